import type { Scene } from '../fake-kong/answer.ts'
import { unpacked } from '../fake-kong/lua.ts'
import type { Packed } from '../fake-kong/msgpack/encode.ts'
import { answerStep } from '../fake-kong/msgpack/peer.ts'
import type { End } from '../fake-kong/outcome.ts'
import { answerFrame } from '../fake-kong/protobuf/peer.ts'
import type { Prepared } from '../pdk/client.ts'
import type { Dialect } from '../pdk/phases.ts'
import type { PreparedCall as MsgpackCall } from '../protocol/msgpack/ask.ts'
import type { PreparedCall as ProtobufCall } from '../protocol/protobuf/ask.ts'
import { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { MessageDecoder } from '../wire/msgpack.ts'

/** A call that was written and not answered; with `why` Kong raises. */
export type Question = (scene: Scene, why: string | undefined) => Reply

export type Reply =
  | { readonly args: readonly unknown[]; readonly result: unknown; readonly read: () => unknown }
  | ({ readonly args: readonly unknown[] } & End)

/**
 * A call without a wire: its values still go through the dialect's messages, so that what a dialect cannot carry, or
 * gives back in another form, is the same at every level.
 */
export const questions: Record<Dialect, (prepared: Prepared, args: readonly unknown[]) => Question> = {
  'ProtoBuf:1': (prepared, args) => askProtobuf(prepared as ProtobufCall, args),
  'MsgPack:1': (prepared, args) => askMsgpack(prepared as MsgpackCall, args),
}

function askProtobuf(prepared: ProtobufCall, args: readonly unknown[]): Question {
  const writer = new ByteWriter()
  prepared.write(writer, args)
  const body = writer.take()
  return (scene, why) => {
    const answered = answerFrame(scene, prepared.row.name, body, why)
    if (!('frame' in answered)) return answered
    return {
      args: answered.args,
      result: answered.result,
      read: () => prepared.read(new ByteReader(answered.frame)),
    }
  }
}

function askMsgpack(prepared: MsgpackCall, given: readonly unknown[]): Question {
  const writer = new ByteWriter()
  prepared.write(writer, prepared.args(given))
  const { Method, Args } = decoded(writer.take()) as { Method: string; Args: unknown[] }
  const args = unpacked(Args)
  return (scene, why) => {
    if (why !== undefined) return { args, end: 'raised', why }
    const answered = answerStep(scene, Method, args)
    if ('end' in answered) return { args, ...answered }
    const { result, data } = answered
    return { args, result, read: () => prepared.read(data && decoded(data.bytes)) }
  }
}

/** No message of a test is longer. */
const messageLimit = 2 ** 30

function decoded(bytes: Packed['bytes']): unknown {
  for (const message of new MessageDecoder(messageLimit).push(bytes)) return message
  return undefined
}
