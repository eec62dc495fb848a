import type { Gives } from '../../pdk/row.ts'
import * as messages from '../../protocol/protobuf/messages.ts'
import { ByteWriter } from '../../wire/bytes.ts'
import { type Decoded, encode, type Message } from '../../wire/protobuf.ts'
import { BodyFile, Raised } from '../answer.ts'
import { bytesOf, entriesOf, listIn, luaType, textOf } from '../lua.ts'

type Write = (writer: ByteWriter, value: unknown) => void

/** The message that carries a result. Kong raises where the result does not fit into it. */
export function encodeResult(gives: Gives, value: unknown): Buffer {
  const writer = new ByteWriter()
  if (gives === 'Value' || value !== undefined) resultWriters[gives](writer, value)
  return writer.take()
}

const resultWriters: Record<Gives, Write> = {
  Empty: () => undefined,
  String: single(messages.StringValue, 'string'),
  Int: single(messages.Int, 'number'),
  Number: single(messages.NumberValue, 'number'),
  Bool: single(messages.Bool, 'boolean'),
  ByteString: (writer, value) => writeBytes(writer, messages.ByteString, 'v', value),
  RawBodyResult: (writer, value) => {
    if (value instanceof BodyFile) writeBytes(writer, messages.RawBodyResult, 'body_filepath', value.path)
    else writeBytes(writer, messages.RawBodyResult, 'content', value)
  },
  Value: writeValue,
  Struct: writeStruct,
  UriCapturesResult(writer, value) {
    const { unnamed, named } = value as { unnamed: Map<number, string>; named: Record<string, string> }
    encode(writer, captures, {
      unnamed: listIn(unnamed),
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
    if (luaType(value) !== type)
      throw new Raised(`bad argument #2 to 'encode' (${type} expected for field 'v', got ${luaType(value)})`)
    if (type === 'string') writeBytes(writer, message, 'v', value)
    else if (value !== 0) encode(writer, message, { v: value })
  }
}

function writeBytes(writer: ByteWriter, message: Message, name: string, value: unknown): void {
  const bytes = bytesOf(value)
  const { number } = message[name]!
  if (bytes.length > 0) encode(writer, { [name]: { number, kind: 'bytes' } }, { [name]: bytes })
}

/** google.protobuf.Value: Kong tells a list by its first item, and takes all else that is a table for a struct. */
function writeValue(writer: ByteWriter, value: unknown): void {
  const type = luaType(value)
  if (type === 'nil') writer.bytes(nil)
  else if (type === 'boolean') writer.bytes(Buffer.of(0x20, value === true ? 1 : 0))
  else if (type === 'table') writeTable(writer, value as object)
  else if (type === 'number') {
    writer.byte(0x11)
    writer.double(value as number)
  } else if (type === 'string') {
    const bytes = bytesOf(value)
    writer.byte(0x1a)
    writer.varint(bytes.length)
    writer.bytes(bytes)
  }
}

const nil = Buffer.of(0x08, 0x01)

function writeTable(writer: ByteWriter, table: object): void {
  const items = listIn(table)
  writer.byte(items.length > 0 ? 0x32 : 0x2a)
  const start = writer.beginMessage()
  if (items.length > 0) for (const item of items) writeInside(writer, 0x0a, () => writeValue(writer, item))
  else writeStruct(writer, table)
  writer.endMessage(start)
}

function writeStruct(writer: ByteWriter, value: unknown): void {
  for (const [key, member] of entriesOf(value as object)) {
    if (luaType(key) !== 'string')
      throw new Raised(`bad argument #2 to 'encode' (string expected for field 'key', got ${luaType(key)})`)
    writeInside(writer, 0x0a, () => {
      writer.byte(0x0a)
      writer.text(textOf(key))
      writeInside(writer, 0x12, () => writeValue(writer, member))
    })
  }
}

function writeInside(writer: ByteWriter, tag: number, write: () => void): void {
  writer.byte(tag)
  const start = writer.beginMessage()
  write()
  writer.endMessage(start)
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
