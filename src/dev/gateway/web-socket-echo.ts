import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** What RFC 6455 adds to a client's key. */
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Bytes of one frame; more than a person types. */
const largestFrame = 1_048_576
const [close, ping, pong] = [0x8, 0x9, 0xa]

/** Gives each message of a WebSocket back, frame by frame. */
export function echoFrames(request: IncomingMessage, socket: Socket, head: Buffer): void {
  const key = request.headers['sec-websocket-key']
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || key === undefined)
    return void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  const accept = createHash('sha1').update(`${key}${guid}`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  let rest = Buffer.alloc(0)
  const read = (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    for (let frame = cutFrame(rest); frame !== undefined; frame = cutFrame(rest)) {
      if (frame === 'broken') return void socket.destroy()
      rest = rest.subarray(frame.size)
      const { first, payload } = frame
      const opcode = first & 0xf
      socket.write(written(opcode === ping ? (first & 0xf0) | pong : first, payload))
      if (opcode === close) return void socket.end()
    }
  }
  socket.on('data', read)
  socket.on('end', () => socket.end())
  if (head.length > 0) read(head)
}

interface Frame {
  /** The byte with the opcode. */
  readonly first: number
  readonly payload: Buffer
  /** In bytes, with its head. */
  readonly size: number
}

/** The first frame of a client, which masks all that it sends; `undefined` where more is to come. */
function cutFrame(bytes: Buffer): Frame | 'broken' | undefined {
  if (bytes.length < 2) return undefined
  const [first, second] = [bytes[0] as number, bytes[1] as number]
  if ((second & 0x80) === 0) return 'broken'
  const short = second & 0x7f
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 6 + wide) return undefined
  const length = wide === 2 ? bytes.readUInt16BE(2) : wide === 8 ? Number(bytes.readBigUInt64BE(2)) : short
  if (length > largestFrame) return 'broken'
  const start = 6 + wide
  if (bytes.length < start + length) return undefined
  const mask = bytes.subarray(start - 4, start)
  const payload = Buffer.from(bytes.subarray(start, start + length))
  for (let index = 0; index < length; index++) payload[index]! ^= mask[index % 4]!
  return { first, payload, size: start + length }
}

function written(first: number, payload: Buffer): Buffer {
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.of(first, length), payload])
  const head = Buffer.alloc(length < 65_536 ? 4 : 10)
  head[0] = first
  head[1] = length < 65_536 ? 126 : 127
  if (length < 65_536) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}
