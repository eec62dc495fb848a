import { setMember } from '../set-member.ts'
import { ByteReader, type ByteWriter } from './bytes.ts'
import { decodeStruct, decodeValue } from './struct.ts'

/** How a field lies on the wire: a scalar, a message (by its codec), or one of google.protobuf's own. */
type Kind = 'text' | 'bytes' | 'bool' | 'int' | 'double' | 'value' | 'struct' | Message

export interface Field {
  readonly number: number
  readonly kind: Kind
  readonly many?: true
  /** A map with text keys; `kind` is that of its values. */
  readonly map?: true
}

/** Fields by name. */
export type Message = { readonly [name: string]: Field }

/** What `decode` gives: a field that was not sent is not there. */
export type Decoded = Record<string, unknown>

/**
 * Writes the members of an object that are there. A value that is there is always written, proto3's zero values
 * too: Kong reads both forms alike.
 */
export function encode(writer: ByteWriter, message: Message, value: Decoded): void {
  for (const name in message) {
    const field = message[name]!
    const member = value[name]
    if (member === undefined) continue
    if (field.many) for (const item of member as unknown[]) encodeField(writer, field, item)
    else encodeField(writer, field, member)
  }
}

/** Reads the fields that the message names, and passes over all others. */
export function decode(reader: ByteReader, message: Message): Decoded {
  const value: Decoded = {}
  while (!reader.done) {
    const tag = reader.varint()
    const number = Math.floor(tag / 8)
    const name = nameOf(message, number)
    if (name === undefined) reader.skipField(tag % 8)
    else decodeField(reader, message[name]!, tag % 8, value, name)
  }
  return value
}

function encodeField(writer: ByteWriter, field: Field, value: unknown): void {
  const { number, kind } = field
  if (kind === 'text') {
    writer.varint(number * 8 + 2)
    writer.text(value as string)
  } else if (kind === 'bytes') {
    writer.varint(number * 8 + 2)
    writer.varint((value as Uint8Array).length)
    writer.bytes(value as Uint8Array)
  } else if (kind === 'bool') {
    writer.varint(number * 8)
    writer.byte(value === true ? 1 : 0)
  } else if (kind === 'int') {
    writer.varint(number * 8)
    writer.varint(value as number)
  } else if (kind === 'double') {
    writer.varint(number * 8 + 1)
    writer.double(value as number)
  } else if (typeof kind === 'object') {
    writer.varint(number * 8 + 2)
    const start = writer.beginMessage()
    encode(writer, kind, value as Decoded)
    writer.endMessage(start)
  }
}

function decodeField(reader: ByteReader, field: Field, wireType: number, value: Decoded, name: string): void {
  if (wireType !== wireTypeOf(field)) {
    reader.skipField(wireType)
    return
  }
  if (field.map) {
    const entry = decode(reader.message(), {
      key: { number: 1, kind: 'text' },
      value: { number: 2, kind: field.kind },
    })
    value[name] ??= {}
    setMember(value[name] as Decoded, String(entry.key ?? ''), entry.value ?? '')
    return
  }
  const item = decodeKind(reader, field.kind)
  if (field.many) {
    value[name] ??= []
    ;(value[name] as unknown[]).push(item)
  } else value[name] = item
}

function decodeKind(reader: ByteReader, kind: Kind): unknown {
  if (kind === 'text') return reader.text()
  if (kind === 'bytes') return reader.bytes()
  if (kind === 'bool') return reader.varint() !== 0
  if (kind === 'int') return reader.signed()
  if (kind === 'double') return reader.double()
  if (kind === 'value') return decodeValue(reader.message())
  if (kind === 'struct') return decodeStruct(reader.message())
  return decode(reader.message(), kind)
}

function wireTypeOf({ kind, map }: Field): number {
  if (map) return 2
  if (kind === 'bool' || kind === 'int') return 0
  return kind === 'double' ? 1 : 2
}

function nameOf(message: Message, number: number): string | undefined {
  for (const name in message) if (message[name]!.number === number) return name
  return undefined
}

/** Decodes a whole buffer as one message. */
export function decodeMessage(bytes: Buffer, message: Message): Decoded {
  return decode(new ByteReader(bytes), message)
}
