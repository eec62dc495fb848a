import type { Takes } from '../../pdk/row.ts'
import * as messages from '../../protocol/protobuf/messages.ts'
import { ByteReader } from '../../wire/bytes.ts'
import { decodeMessage, type Message } from '../../wire/protobuf.ts'
import { decodeList, decodeStruct } from '../../wire/struct.ts'
import { luaList, unpacked } from '../lua.ts'

const KV = { k: { number: 1, kind: 'text' }, v: { number: 2, kind: 'value' } } satisfies Message
const ExitArgs = {
  status: { number: 1, kind: 'int' },
  body: { number: 2, kind: 'bytes' },
  headers: { number: 3, kind: 'struct' },
} satisfies Message

type Read = (body: Buffer) => readonly unknown[]

/** The arguments of a call as Kong takes them from their message; what proto3 leaves out is a zero value. */
export const argumentReaders: Record<Takes, Read> = {
  Empty: () => [],
  String: single(messages.StringValue, ''),
  Int: single(messages.Int, 0),
  Bool: single(messages.Bool, false),
  ByteString: single(messages.ByteString, Buffer.alloc(0)),
  KV(body) {
    const { k, v } = decodeMessage(body, KV)
    return [k ?? '', kongValue(v)]
  },
  Struct: (body) => [kongValue(decodeStruct(new ByteReader(body)))],
  ListValue: (body) => unpacked(decodeList(new ByteReader(body)).map(kongValue)),
  Target: fields(messages.Target, ['host', ''], ['port', 0]),
  ConsumerSpec: fields(messages.ConsumerSpec, ['id', ''], ['by_username', false]),
  AuthenticateArgs: fields(messages.AuthenticateArgs, ['consumer', undefined], ['credential', undefined]),
  ExitArgs(body) {
    const { status, body: content, headers } = decodeMessage(body, ExitArgs)
    // proto3 cannot leave a body out: none is one of no bytes.
    return [status ?? 0, content ?? '', kongValue(headers)]
  },
}

function single(message: Message, zero: unknown): Read {
  return (body) => [decodeMessage(body, message).v ?? zero]
}

function fields(message: Message, ...names: [name: string, zero: unknown][]): Read {
  return (body) => {
    const decoded = decodeMessage(body, message)
    return names.map(([name, zero]) => decoded[name] ?? zero)
  }
}

/** Kong takes `false` in a Value for nil, and null for the text "NULL_VALUE". */
function kongValue(value: unknown): unknown {
  if (value === null) return 'NULL_VALUE'
  if (value === false) return undefined
  if (typeof value !== 'object' || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return luaList(value.map(kongValue))
  const members = Object.entries(value).map(([key, member]) => [key, kongValue(member)] as const)
  return Object.fromEntries(members.filter(([, member]) => member !== undefined))
}
