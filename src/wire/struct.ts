import { setMember } from '../set-member.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** Called for a value that the message would damage on its way; it throws. */
export type Refuse = (path: string, value: unknown, remedy: string) => never

/**
 * google.protobuf.Value and its kin, as Kong reads and writes them: Kong takes `false` for nil and null for the
 * text "NULL_VALUE", so both are refused; a member of an object that is null or undefined is left out, which is
 * what nil means in a Lua table.
 */
export function encodeValue(writer: ByteWriter, value: unknown, path: string, refuse: Refuse): void {
  if (typeof value === 'string') {
    writer.byte(0x1a)
    writer.text(value)
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, value, 'use a finite number')
    writer.byte(0x11)
    writer.double(value)
  } else if (value === true) {
    writer.byte(0x20)
    writer.byte(1)
  } else if (Array.isArray(value)) {
    writer.byte(0x32)
    const start = writer.beginMessage()
    encodeList(writer, value, path, refuse)
    writer.endMessage(start)
  } else if (value instanceof Uint8Array) {
    writer.byte(0x1a)
    writer.varint(value.length)
    writer.bytes(value)
  } else if (typeof value === 'object' && value !== null) {
    writer.byte(0x2a)
    const start = writer.beginMessage()
    encodeStruct(writer, value, path, refuse)
    writer.endMessage(start)
  } else if (value === false) refuse(path, value, 'send 0, "" or another value for it, or use MsgPack:1')
  else if (value === null || value === undefined) refuse(path, value, 'leave it out')
  else refuse(path, value, 'send a value that JSON can hold')
}

export function decodeValue(reader: ByteReader): unknown {
  let value: unknown = null
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 0x1a) value = reader.text()
    else if (tag === 0x08) {
      reader.varint()
      value = null
    } else if (tag === 0x11) value = reader.double()
    else if (tag === 0x20) value = reader.varint() !== 0
    else if (tag === 0x2a || tag === 0x32) {
      const outer = reader.enter()
      value = tag === 0x2a ? decodeStruct(reader) : decodeList(reader)
      reader.leave(outer)
    } else reader.skipField(tag % 8)
  }
  return value
}

export function encodeStruct(writer: ByteWriter, value: object, path: string, refuse: Refuse): void {
  for (const [key, member] of Object.entries(value)) {
    if (member === null || member === undefined) continue
    writer.byte(0x0a)
    const entry = writer.beginMessage()
    writer.byte(0x0a)
    writer.text(key)
    writer.byte(0x12)
    const start = writer.beginMessage()
    encodeValue(writer, member, `${path}.${key}`, refuse)
    writer.endMessage(start)
    writer.endMessage(entry)
  }
}

export function decodeStruct(reader: ByteReader): Record<string, unknown> {
  const struct: Record<string, unknown> = {}
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 0x0a) decodeEntry(reader, struct)
    else reader.skipField(tag % 8)
  }
  return struct
}

export function encodeList(
  writer: ByteWriter,
  values: readonly unknown[],
  path: string,
  refuse: Refuse,
): void {
  // Not forEach: it would pass over the holes of a sparse array, and what follows them would move up.
  for (let index = 0; index < values.length; index++) {
    writer.byte(0x0a)
    const start = writer.beginMessage()
    encodeValue(writer, values[index], `${path}[${index}]`, refuse)
    writer.endMessage(start)
  }
}

export function decodeList(reader: ByteReader): unknown[] {
  const values: unknown[] = []
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 0x0a) {
      const outer = reader.enter()
      values.push(decodeValue(reader))
      reader.leave(outer)
    } else reader.skipField(tag % 8)
  }
  return values
}

function decodeEntry(reader: ByteReader, struct: object): void {
  const outer = reader.enter()
  let key = ''
  let value: unknown = null
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 0x0a) key = reader.word()
    else if (tag === 0x12) {
      const entry = reader.enter()
      value = decodeValue(reader)
      reader.leave(entry)
    } else reader.skipField(tag % 8)
  }
  reader.leave(outer)
  setMember(struct, key, value)
}
