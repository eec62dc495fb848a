import { methods } from '../../src/pdk/methods.ts'
import { prepare as prepareMsgpack } from '../../src/protocol/msgpack/ask.ts'
import { readRequest, writeReplyHead } from '../../src/protocol/msgpack/messages.ts'
import { prepare } from '../../src/protocol/protobuf/ask.ts'
import { Route, RpcCall, RpcReturn } from '../../src/protocol/protobuf/messages.ts'
import { ByteReader, ByteWriter } from '../../src/wire/bytes.ts'
import { MessageDecoder } from '../../src/wire/msgpack.ts'
import { encodeMessage, writeMapHeader, writeValue } from '../../src/wire/msgpack-writer.ts'
import { type Decoded, decode, encode, type Message } from '../../src/wire/protobuf.ts'
import { decodeStruct, encodeStruct } from '../../src/wire/struct.ts'
import { route } from '../guard/answers.ts'
import { refuse } from '../guard/kong.ts'
import { type MessageName, messageNames, values } from './messages.ts'
import type { Codec, Subject } from './subject.ts'

/** Our codecs as the sessions use them, and two other ways, which show what each habit is worth. */
export function ourSubjects(): Subject[] {
  return [inPlace(), copiedOut(), byTable()]
}

/** The bytes of a message, with which every other codec is checked. */
export function ownBytes(name: MessageName): Buffer {
  const writer = new ByteWriter()
  writers[name](writer)
  return writer.take()
}

/** What the bytes of a message stand for, in the form of `values`. */
export function readPlainly(name: MessageName, bytes: Buffer): unknown {
  const message = tables[name]
  if (message !== undefined) return decode(new ByteReader(bytes), message)
  return name === '10 headers as Struct' ? decodeStruct(new ByteReader(bytes)) : readMessage(bytes)
}

/** Written into the memory of the connection, from which the socket takes it. */
function inPlace(): Subject {
  const writer = new ByteWriter()
  return subjectOf('kong-ts-pdk', (name) => {
    const [write, read, bytes] = [writers[name], readers[name], ownBytes(name)]
    return {
      write() {
        writer.clear()
        write(writer)
      },
      read: () => read(bytes),
      ...(name === '10 headers as Struct' && { again: structAgain }),
      ...(name === 'MsgPack step with 10 headers' && { again: (other) => encodeMessage(readMessage(other)) }),
    }
  })
}

/** Given out as bytes of its own, as a library does. */
function copiedOut(): Subject {
  const writer = new ByteWriter()
  return subjectOf('the same, copied out', (name) => ({
    write() {
      writers[name](writer)
      return writer.take()
    },
  }))
}

/** By the tables of fields with which a session reads and writes what is not sent for every event. */
function byTable(): Subject {
  const writer = new ByteWriter()
  return subjectOf('the same, by tables', (name) => {
    const message =
      name === 'RpcCall of an event' || name === 'RpcReturn of an event' ? tables[name] : undefined
    if (message === undefined) return {}
    const [value, bytes] = [values[name] as Decoded, ownBytes(name)]
    return {
      write() {
        writer.clear()
        encode(writer, message, value)
      },
      read: () => decode(new ByteReader(bytes), message),
    }
  })
}

function subjectOf(name: string, codec: (message: MessageName) => Codec): Subject {
  return { name, codecs: Object.fromEntries(messageNames.map((message) => [message, codec(message)])) }
}

const tables: Partial<Record<MessageName, Message>> = {
  'RpcCall of an event': RpcCall,
  'RpcReturn of an event': RpcReturn,
  'RpcReturn of a start': RpcReturn,
  'Route of get_route': Route,
  'KV of set_header': { k: { number: 1, kind: 'text' }, v: { number: 2, kind: 'value' } },
}

const setHeader = prepare(methods.response.setHeader)!
const setHeaderMsgpack = prepareMsgpack(methods.response.setHeader)
const decoder = new MessageDecoder(65_536)

const writers: Readonly<Record<MessageName, (writer: ByteWriter) => void>> = {
  'RpcCall of an event': (writer) => encode(writer, RpcCall, call),
  'RpcReturn of an event'(writer) {
    writer.byte(0x08)
    writer.varint(2)
  },
  'RpcReturn of a start': (writer) => encode(writer, RpcReturn, started),
  '10 headers as Struct': (writer) => encodeStruct(writer, headers, 'headers', refuse),
  'Route of get_route': (writer) => encode(writer, Route, route),
  'KV of set_header': (writer) => setHeader.write(writer, header),
  'MsgPack step with 10 headers': (writer) => writeValue(writer, step),
  'MsgPack reply with a call'(writer) {
    writeReplyHead(writer, 17)
    writeMapHeader(writer, 2)
    writeValue(writer, 'EventId')
    writeValue(writer, 4711)
    writeValue(writer, 'Data')
    setHeaderMsgpack.write(writer, header)
  },
}

const readers: Readonly<Record<MessageName, (bytes: Buffer) => unknown>> = {
  'RpcCall of an event': readEvent,
  'RpcReturn of an event': (bytes) => decode(new ByteReader(bytes), RpcReturn),
  'RpcReturn of a start': (bytes) => decode(new ByteReader(bytes), RpcReturn),
  '10 headers as Struct': (bytes) => decodeStruct(new ByteReader(bytes)),
  'Route of get_route': (bytes) => decode(new ByteReader(bytes), Route),
  'KV of set_header': (bytes) => readPlainly('KV of set_header', bytes),
  'MsgPack step with 10 headers'(bytes) {
    decoder.feed(bytes)
    return readRequest(decoder.next()!)
  },
  'MsgPack reply with a call': readMessage,
}

const call = values['RpcCall of an event'] as Decoded
const started = values['RpcReturn of a start'] as Decoded
const headers = values['10 headers as Struct'] as object
const header = Object.values(values['KV of set_header'] as object)
const step = values['MsgPack step with 10 headers']

let sequence = 0
let instance = 0

/** As a session reads the command that nearly every frame is: without making an object of it. */
function readEvent(bytes: Buffer): string {
  const frame = new ByteReader(bytes)
  let phase = ''
  while (!frame.done) {
    const tag = frame.varint()
    if (tag === 0x08) sequence = frame.signed()
    else if (tag === 0x122) {
      const event = frame.message()
      while (!event.done) {
        const inner = event.varint()
        if (inner === 0x08) instance = event.signed()
        else if (inner === 0x12) phase = event.word()
        else event.skipField(inner % 8)
      }
    } else frame.skipField(tag % 8)
  }
  return sequence + instance > 0 ? phase : ''
}

function readMessage(bytes: Buffer): unknown {
  decoder.feed(bytes)
  return decoder.next()!.value()
}

function structAgain(bytes: Buffer): Buffer {
  const writer = new ByteWriter()
  encodeStruct(writer, decodeStruct(new ByteReader(bytes)), 'headers', refuse)
  return writer.take()
}
