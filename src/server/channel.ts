import { Socket } from 'node:net'
import { writeSync } from './real-write.ts'

/** All connections are read into it, one after another: what came is taken before the next is read. */
const room = Buffer.allocUnsafeSlow(65_536)

/** What Node has below a socket, and no public way to: where it is not there, Node's own way is taken. */
interface WithHandle {
  _handle?: { readonly fd?: number } | null
}

/** The file descriptor of a socket; -1 where it has none, as on Windows. */
export function descriptorOf(socket: Socket): number {
  return (socket as WithHandle)._handle?.fd ?? -1
}

/**
 * Reads a socket without a stream's buffers: `receive` gets bytes that are there until it returns. Gives the socket that
 * has to be used instead, as Node takes a place for the bytes only when a socket is made; the first one closes with it.
 */
export function readInPlace(socket: Socket, receive: (chunk: Buffer, length: number) => void): Socket {
  const handle = (socket as WithHandle)._handle
  if (!handle) {
    socket.on('data', (chunk: Buffer) => receive(chunk, chunk.length))
    return socket
  }
  ;(socket as WithHandle)._handle = null
  const callback = (length: number) => {
    receive(room, length)
    return true
  }
  const used = new Socket({ handle, onread: { buffer: room, callback } } as object)
  used.on('close', () => socket.destroy())
  return used
}

/**
 * Writes the first `length` bytes at once, and leaves to the socket what the kernel does not take: a stream's queue and
 * its callbacks cost more than the write. Only for a socket that is `writable`: a closed one's descriptor is another's.
 */
export function writerOf(socket: Socket): (bytes: Buffer, length: number) => void {
  const fd = descriptorOf(socket)
  return (bytes, length) => {
    const written = fd < 0 || socket.writableLength > 0 ? 0 : tryToWrite(fd, bytes, length)
    if (written < length) socket.write(Buffer.from(bytes.subarray(written, length)))
  }
}

function tryToWrite(fd: number, bytes: Buffer, length: number): number {
  try {
    return writeSync(fd, bytes, 0, length)
  } catch {
    // The kernel's buffer is full (EAGAIN), or the socket says it better.
    return 0
  }
}
