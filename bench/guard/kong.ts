import type { Dialect } from '../../src/pdk/phases.ts'
import { RpcCall } from '../../src/protocol/protobuf/messages.ts'
import { ByteWriter } from '../../src/wire/bytes.ts'
import { FrameDecoder, writeFrame } from '../../src/wire/frames.ts'
import { MessageDecoder } from '../../src/wire/msgpack.ts'
import { encodeMessage } from '../../src/wire/msgpack-writer.ts'
import { encode } from '../../src/wire/protobuf.ts'
import { encodeStruct } from '../../src/wire/struct.ts'
import { type Answer, answers } from './answers.ts'

/** Kong on one connection, without a thought of speed: its side of one event is recorded, and then repeated. */
export interface Kong {
  /** The bytes that begin an event. */
  begin(instance: number, phase: string): Buffer
  /** What Kong sends to what a session wrote, and whether that ended the event. */
  answer(written: Buffer): { bytes: Buffer; ended: boolean }
}

export const kongs: Record<Dialect, () => Kong> = {
  'ProtoBuf:1': createProtobufKong,
  'MsgPack:1': createMsgpackKong,
}

const limit = 65_536

function createProtobufKong(): Kong {
  const decoder = new FrameDecoder(limit)
  let frames = 0
  return {
    begin(instance, phase) {
      const writer = new ByteWriter()
      encode(writer, RpcCall, { sequence: 2, cmd_handle_event: { instance_id: instance, event_name: phase } })
      return framed([writer.take()])
    },
    answer(written) {
      const names = [...decoder.push(written)].filter(() => frames++ % 2 === 0).map(String)
      const calls = names.filter((name) => name !== '')
      // The return of an event stands where the arguments of a call do, behind an empty name.
      return { bytes: framed(calls.map((name) => messageOf(answers.get(name)))), ended: names.includes('') }
    },
  }
}

function messageOf(answer: Answer | undefined): Buffer {
  const writer = new ByteWriter()
  if (typeof answer === 'string' || answer instanceof Buffer) {
    writer.byte(0x0a)
    writer.varint(answer.length)
    writer.bytes(Buffer.from(answer))
  } else if (answer !== undefined) {
    const texts = Object.entries(answer).map(([name, [text]]) => [name, text])
    encodeStruct(writer, Object.fromEntries(texts), 'answer', refuse)
  }
  return writer.take()
}

function framed(bodies: readonly Buffer[]): Buffer {
  const writer = new ByteWriter()
  for (const body of bodies) writeFrame(writer, body)
  return writer.take()
}

function createMsgpackKong(): Kong {
  const decoder = new MessageDecoder(limit)
  return {
    begin: (instance, phase) => request('plugin.HandleEvent', { InstanceId: instance, EventName: phase }),
    answer(written) {
      const [[, , , reply]] = [...decoder.push(written)] as [[number, number, null, Reply]]
      const { EventId, Data } = reply
      if (Data === 'ret') return { bytes: Buffer.alloc(0), ended: true }
      const answer = answers.get(Data.Method)
      const lists = typeof answer === 'object' && !(answer instanceof Buffer)
      return {
        bytes: request(lists ? 'plugin.StepMultiMap' : 'plugin.Step', { EventId, Data: answer }),
        ended: false,
      }
    },
  }
}

interface Reply {
  readonly EventId: number
  readonly Data: 'ret' | { readonly Method: string }
}

function request(method: string, argument: unknown): Buffer {
  return encodeMessage([0, 1, method, [argument]])
}

export function refuse(path: string): never {
  throw new Error(`The guard gives only what can be sent, yet ${path} was refused`)
}
