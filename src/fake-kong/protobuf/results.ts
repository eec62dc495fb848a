import type { Gives } from '../../pdk/row.ts'
import * as messages from '../../protocol/protobuf/messages.ts'
import { ByteWriter } from '../../wire/bytes.ts'
import { type Decoded, encode, type Message } from '../../wire/protobuf.ts'
import { encodeStruct, encodeValue, type Refuse } from '../../wire/struct.ts'
import { Raised } from '../answer.ts'

type Write = (writer: ByteWriter, value: unknown) => void

/** The message that carries a result. Kong raises where the result does not fit into it. */
export function encodeResult(gives: Gives, value: unknown): Buffer {
  const writer = new ByteWriter()
  if (value !== undefined) resultWriters[gives](writer, value)
  else if (gives === 'Value') writer.bytes(nil)
  return writer.take()
}

const nil = Buffer.of(0x08, 0x01)

const resultWriters: Record<Gives, Write> = {
  Empty: () => undefined,
  String: single(messages.StringValue, 'string'),
  Int: single(messages.Int, 'number'),
  Number: single(messages.NumberValue, 'number'),
  Bool: single(messages.Bool, 'boolean'),
  ByteString: (writer, value) => writeBytes(writer, messages.ByteString, 'v', value),
  RawBodyResult: (writer, value) => writeBytes(writer, messages.RawBodyResult, 'content', value),
  Value: (writer, value) => {
    if (value === false) writer.bytes(nil)
    else encodeValue(writer, luaTable(value), 'result', refuse)
  },
  Struct: (writer, value) => encodeStruct(writer, luaTable(value) as object, 'result', refuse),
  UriCapturesResult(writer, value) {
    const { unnamed, named } = value as { unnamed: Map<number, string>; named: Record<string, string> }
    encode(writer, captures, {
      unnamed: [...unnamed.keys()].filter((index) => index > 0).map((index) => unnamed.get(index)),
      named: Object.entries(named).map(([key, text]) => ({ key, value: text })),
    })
  },
  Route: record(messages.Route),
  Service: record(messages.Service),
  Consumer: record(messages.Consumer),
  AuthenticatedCredential: record(messages.AuthenticatedCredential),
  MemoryStats: record(messages.MemoryStats),
}

const captures = {
  unnamed: { number: 1, kind: 'text', many: true },
  named: {
    number: 2,
    kind: { key: { number: 1, kind: 'text' }, value: { number: 2, kind: 'text' } },
    many: true,
  },
} satisfies Message

/** A message with one member `v`, which Kong leaves out for "" and 0. */
function single(message: Message, type: string): Write {
  return (writer, value) => {
    if (type === 'string' && value instanceof Uint8Array) writeBytes(writer, message, 'v', value)
    else if (typeof value !== type)
      throw new Raised(`a ${type} was expected, and ${typeof value} is the result`)
    else if (value !== '' && value !== 0) encode(writer, message, { v: value })
  }
}

function writeBytes(writer: ByteWriter, message: Message, name: string, value: unknown): void {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value))
  const { number } = message[name]!
  if (bytes.length > 0) encode(writer, { [name]: { number, kind: 'bytes' } }, { [name]: bytes })
}

/**
 * Members of an entity that its message has no room for stay behind, and so do 0 and ""; a table where text is due does
 * not fit.
 */
function record(message: Message): Write {
  return (writer, value) => {
    const members = Object.entries(value as Decoded).filter(([name, member]) => {
      const field = message[name]
      if (field === undefined || member === 0 || member === '') return false
      return field.many !== true || Array.isArray(member)
    })
    encode(writer, message, Object.fromEntries(members))
  }
}

/** Kong cannot tell an empty list from an empty table, and writes both as a table. */
function luaTable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.length === 0 ? {} : value.map(luaTable)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, luaTable(member)]))
}

const refuse: Refuse = (path, value) => {
  throw new Raised(`${path} is ${String(value)}, which cannot be encoded`)
}
