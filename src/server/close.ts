import { readSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { descriptorOf } from './channel.ts'

const room = Buffer.alloc(65_536)

/**
 * Closes a connection unless Kong has sent on since the loop last looked: that is received a moment later, and the
 * answer is `false`. Node itself looks only once a turn, and shuts one side down a turn later. The kernel wakes Kong
 * with our last bytes, and on a busy machine lets it go on before us: so the look stands right before the close.
 */
export function closeNow(socket: Socket, receive: (chunk: Buffer, length: number) => void): boolean {
  const late = readNow(socket)
  if (late === undefined) {
    socket.destroy()
    return true
  }
  process.nextTick(() => {
    if (!socket.destroyed) receive(late, late.length)
  })
  return false
}

/** The first close of a process takes 0.2 ms, as its code is not compiled yet: no connection of Kong's is to pay that. */
export function rehearseClosing(): void {
  const nobody = connect('/dev/null/nobody')
  nobody.on('error', () => undefined)
  closeNow(nobody, () => undefined)
}

/** The bytes that wait in the kernel, if there are any. Node has no public way to read a socket at once. */
export function readNow(socket: Socket): Buffer | undefined {
  const fd = descriptorOf(socket)
  if (fd < 0) return undefined
  try {
    const length = readSync(fd, room)
    return length === 0 ? undefined : Buffer.from(room.subarray(0, length))
  } catch {
    // Nothing has come (EAGAIN), or the connection is broken.
    return undefined
  }
}
