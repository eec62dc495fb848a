import { readFile } from 'node:fs'
import { fault, reason } from '../../errors.ts'
import type { Prepared } from '../../pdk/client.ts'
import type { Gives, Row, Takes } from '../../pdk/row.ts'
import type { ByteReader, ByteWriter } from '../../wire/bytes.ts'
import { decode, encode, type Message } from '../../wire/protobuf.ts'
import {
  decodeStruct,
  decodeValue,
  encodeList,
  encodeStruct,
  encodeValue,
  type Refuse,
} from '../../wire/struct.ts'
import * as messages from './messages.ts'

/** A row over ProtoBuf:1: its method frame, and how its argument and result messages are written and read. */
export interface PreparedCall extends Prepared {
  /** The length and the name, ready to be sent. */
  readonly frame: Buffer
  readonly write: (writer: ByteWriter, args: readonly unknown[]) => void
  /** The result in the author's form; a promise where a file has to be read for it. */
  readonly read: (body: ByteReader) => unknown
}

export function prepare(row: Row): PreparedCall | undefined {
  if (row.protobuf === undefined) return undefined
  const { takes, gives } = row.protobuf
  const refuse: Refuse = (path, value, remedy) => {
    throw fault('NOT_CARRIED', row.name, path, value, 'ProtoBuf:1', remedy)
  }
  const read = readers[gives]
  return {
    row,
    frame: frameOf(row.name),
    write: refusingSurplus(row, takes, writers[takes](refuse), refuse),
    read(body) {
      const raw = read(body, row)
      return raw instanceof Promise ? raw.then(row.result) : row.result(raw)
    },
  }
}

type Write = (writer: ByteWriter, args: readonly unknown[]) => void

/** How many arguments a message has room for; a list has room for all. */
const room: Record<Takes, number> = {
  Empty: 0,
  String: 1,
  Int: 1,
  Bool: 1,
  ByteString: 1,
  Struct: 1,
  KV: 2,
  Target: 2,
  ConsumerSpec: 2,
  AuthenticateArgs: 2,
  ExitArgs: 3,
  ListValue: Number.POSITIVE_INFINITY,
}

/**
 * Some functions take more over MsgPack:1 than their ProtoBuf:1 message can hold: what was given for it must not
 * vanish. The size limit of get_raw_body needs no room: Kong sends a long body's path here.
 */
function refusingSurplus(row: Row, takes: Takes, write: Write, refuse: Refuse): Write {
  const most = room[takes]
  if (row.args.length <= most || row.protobuf?.gives === 'RawBodyResult') return write
  return (writer, args) => {
    for (let index = most; index < args.length; index++)
      if (args[index] !== undefined)
        refuse(
          row.args[index]?.name ?? `argument ${index + 1}`,
          args[index],
          'leave it out, or use MsgPack:1',
        )
    write(writer, args)
  }
}

const fields =
  (message: Message, ...names: string[]) =>
  (): Write =>
  (writer, args) =>
    encode(writer, message, Object.fromEntries(names.map((name, index) => [name, args[index]])))

/** Argument messages: what an author gave, in the order of the row's parameters, into the fields Kong reads. */
const writers: Record<Takes, (refuse: Refuse) => Write> = {
  Empty: () => () => undefined,
  String: () => (writer, args) => {
    writer.byte(0x0a)
    writer.text(args[0] as string)
  },
  Int: fields(messages.Int, 'v'),
  Bool: fields(messages.Bool, 'v'),
  Target: fields(messages.Target, 'host', 'port'),
  ConsumerSpec: fields(messages.ConsumerSpec, 'id', 'by_username'),
  AuthenticateArgs: fields(messages.AuthenticateArgs, 'consumer', 'credential'),
  ByteString: () => (writer, args) => writeBytes(writer, 0x0a, args[0] as string | Uint8Array),
  KV: (refuse) => (writer, args) => {
    writer.byte(0x0a)
    writer.text(args[0] as string)
    // A missing value is nil to Kong: it deletes the key. null_value would arrive as the text "NULL_VALUE".
    if (args[1] === undefined || args[1] === null) return
    writer.byte(0x12)
    const start = writer.beginMessage()
    encodeValue(writer, args[1], 'value', refuse)
    writer.endMessage(start)
  },
  Struct: (refuse) => (writer, args) => encodeStruct(writer, args[0] as object, 'argument', refuse),
  ListValue: (refuse) => (writer, args) => encodeList(writer, args, 'arguments', refuse),
  ExitArgs: (refuse) => (writer, args) => {
    writer.byte(0x08)
    writer.varint(args[0] as number)
    if (args[1] !== undefined) writeBytes(writer, 0x12, args[1] as string | Uint8Array)
    if (args[2] === undefined) return
    writer.byte(0x1a)
    const start = writer.beginMessage()
    encodeStruct(writer, args[2] as object, 'headers', refuse)
    writer.endMessage(start)
  },
}

type Read = (body: ByteReader, row: Row) => unknown

const record =
  (message: Message): Read =>
  (body) =>
    decode(body, message)

/** A message with one member `v`; Kong leaves it out both for nil and for "", 0 and false. */
const single =
  (message: Message): Read =>
  (body) =>
    body.done ? undefined : decode(body, message).v

/** The same where it is text, which most calls give. */
function singleText(body: ByteReader): unknown {
  let value: unknown
  while (!body.done) {
    const tag = body.varint()
    if (tag === 0x0a) value = body.text()
    else body.skipField(tag % 8)
  }
  return value
}

const readers: Record<Gives, Read> = {
  Empty: () => undefined,
  String: singleText,
  Int: single(messages.Int),
  Number: single(messages.NumberValue),
  Bool: single(messages.Bool),
  ByteString: single(messages.ByteString),
  Value: decodeValue,
  Struct: decodeStruct,
  Route: record(messages.Route),
  Service: record(messages.Service),
  Consumer: record(messages.Consumer),
  AuthenticatedCredential: record(messages.AuthenticatedCredential),
  MemoryStats: record(messages.MemoryStats),
  UriCapturesResult: record(messages.UriCapturesResult),
  RawBodyResult: readBody,
}

/** nginx keeps a long body in a file (over 8 kB by default); Kong then sends its path instead of the bytes. */
function readBody(body: ByteReader, row: Row): unknown {
  const { content, body_filepath: path, error } = decode(body, messages.RawBodyResult)
  if (typeof path === 'string') return readBodyFile(path, row)
  if (error !== undefined) throw fault('BODY_UNREADABLE', row.name, String(error))
  return content
}

/** By a callback: Node's promises for files are half a megabyte to load. */
function readBodyFile(path: string, row: Row): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    readFile(path, (failure, body) => {
      if (failure === null) resolve(body)
      else reject(fault('BODY_UNREADABLE', row.name, reason(failure)))
    })
  })
}

function writeBytes(writer: ByteWriter, tag: number, value: string | Uint8Array): void {
  writer.byte(tag)
  if (typeof value === 'string') {
    writer.text(value)
    return
  }
  writer.varint(value.length)
  writer.bytes(value)
}

function frameOf(name: string): Buffer {
  const text = Buffer.from(name, 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text])
}
