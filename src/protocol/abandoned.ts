import { methods } from '../pdk/methods.ts'
import type { Dialect } from '../pdk/phases.ts'
import { defaults, type NamedPlugin } from '../plugin/plugin.ts'
import { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { FrameDecoder } from '../wire/frames.ts'
import { MessageDecoder } from '../wire/msgpack.ts'
import { encodeMessage } from '../wire/msgpack-writer.ts'
import { decode } from '../wire/protobuf.ts'
import { readRequest } from './msgpack/messages.ts'
import { prepare } from './protobuf/ask.ts'
import { RpcCall } from './protobuf/messages.ts'

/**
 * What can still be done for Kong on a connection whose process has died: nobody knows what was said on it last. Closing
 * it is no way out. Over ProtoBuf:1 Kong would run the event again, and the next process might die by it as well; over
 * MsgPack:1 the request would pass without the plugin.
 */
export interface Abandoned {
  /**
   * What refuses the event that Kong waits for, if it waits for one; `undefined` where failing plugins let it pass.
   * Where nobody waits, Kong drops the connection, unread bytes and all. It must not be said where Kong waits for an
   * instance: Kong would raise while it holds a claim on it, and all its requests would wait for ten seconds.
   */
  readonly refusal: Buffer | undefined
  /**
   * Whether Kong may go on with the connection behind the refusal: it takes no notice of what it reads in one piece with
   * the answer that the dead process had still given. Then somebody must be there, as closing would let a request pass.
   */
  readonly goesOn: boolean
  /**
   * Whether the bytes that nobody has read are one whole command. Kong had everything it waited for when it sent that:
   * another process can take the connection as it is.
   */
  isCommand(unread: Buffer): boolean
}

export function abandonedIn(dialect: Dialect, plugins: readonly NamedPlugin[]): Abandoned {
  const { frameLimit } = defaults
  if (dialect === 'ProtoBuf:1')
    return {
      refusal: exitCall(),
      goesOn: false,
      isCommand: (unread) => isRead(() => isCall(unread, frameLimit)),
    }
  const failing = plugins.some(({ onError }) => onError === 'fail')
  return {
    // A reply to no request of Kong's: it raises there, which ends the request with 500, whatever was asked.
    refusal: failing ? encodeMessage([1, 0, undefined, undefined]) : undefined,
    goesOn: true,
    isCommand: (unread) => isRead(() => isRequest(unread, frameLimit)),
  }
}

/** No answer of Kong's has fields with the numbers of the commands. */
function isCall(unread: Buffer, frameLimit: number): boolean {
  const decoder = new FrameDecoder(frameLimit)
  const [frame, ...more] = decoder.push(unread)
  if (!Buffer.isBuffer(frame) || more.length > 0 || !decoder.atBoundary) return false
  const { sequence, ...command } = decode(new ByteReader(frame), RpcCall)
  return sequence !== undefined && Object.keys(command).length === 1
}

function isRequest(unread: Buffer, frameLimit: number): boolean {
  const decoder = new MessageDecoder(frameLimit)
  decoder.feed(unread)
  const message = decoder.next()
  return message !== undefined && readRequest(message).method !== '' && decoder.atBoundary
}

function isRead(read: () => boolean): boolean {
  try {
    return read()
  } catch {
    return false
  }
}

/**
 * `kong.response.exit(500)`, which Kong reads as the handler's next call, also where failing plugins let requests pass:
 * the end of the event would need its number, and behind a closed connection Kong runs it again.
 */
function exitCall(): Buffer | undefined {
  const exit = prepare(methods.response.exit)
  if (exit === undefined) return undefined
  const out = new ByteWriter()
  out.bytes(exit.frame)
  const start = out.beginFrame()
  exit.write(out, [
    500,
    '{"message":"An unexpected error occurred"}',
    { 'content-type': 'application/json; charset=utf-8' },
  ])
  out.endFrame(start)
  return out.take()
}
