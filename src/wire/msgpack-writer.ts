import { ByteWriter } from './bytes.ts'
import { encodeText } from './text.ts'

/** One value as MsgPack. */
export function encodeMessage(value: unknown): Buffer {
  const writer = new ByteWriter()
  writeValue(writer, value)
  return writer.take()
}

/**
 * Writes a value in the shortest form there is; null and undefined are nil. Text that holds bytes which are not UTF-8
 * goes as text all the same, with these bytes: Kong's own does, and another worker has to read text where we had some.
 * Whole numbers beyond 32 bits are doubles, which is what Lua has.
 */
export function writeValue(writer: ByteWriter, value: unknown): void {
  if (typeof value === 'string') writeText(writer, value)
  else if (typeof value === 'number') writeNumber(writer, value)
  else if (value === undefined || value === null) writer.byte(0xc0)
  else if (typeof value === 'boolean') writer.byte(value ? 0xc3 : 0xc2)
  else if (value instanceof Uint8Array) writeBytes(writer, value)
  else if (Array.isArray(value)) {
    writeArrayHeader(writer, value.length)
    // Not forEach: it would pass over the holes of a sparse array.
    for (let index = 0; index < value.length; index++) writeValue(writer, value[index])
  } else if (typeof value === 'object') {
    const entries = Object.entries(value)
    writeMapHeader(writer, entries.length)
    for (const [key, member] of entries) {
      writeText(writer, key)
      writeValue(writer, member)
    }
  } else throw new TypeError(`MsgPack has no form for a ${typeof value}`)
}

export function writeArrayHeader(writer: ByteWriter, count: number): void {
  if (count < 0x10) writer.byte(0x90 + count)
  else writeCount(writer, 0xdc, count)
}

export function writeMapHeader(writer: ByteWriter, count: number): void {
  if (count < 0x10) writer.byte(0x80 + count)
  else writeCount(writer, 0xde, count)
}

function writeText(writer: ByteWriter, text: string): void {
  const { length } = text
  if (length < 0x20) {
    const start = writer.length
    writer.byte(0xa0 + length)
    if (writer.ascii(text)) return
    writer.cutTo(start)
  }
  const encoded = encodeText(text)
  if (encoded.length < 0x20) writer.byte(0xa0 + encoded.length)
  else if (encoded.length < 0x100) {
    writer.byte(0xd9)
    writer.byte(encoded.length)
  } else writeCount(writer, 0xda, encoded.length)
  writer.bytes(encoded)
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  if (bytes.length < 0x100) {
    writer.byte(0xc4)
    writer.byte(bytes.length)
  } else writeCount(writer, 0xc5, bytes.length)
  writer.bytes(bytes)
}

/** The form with two bytes for the count, or the next one, with four. */
function writeCount(writer: ByteWriter, type: number, count: number): void {
  const wide = count > 0xffff
  writer.byte(wide ? type + 1 : type)
  writer.bigEndian(count, wide ? 4 : 2)
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (value >>> 0 === value) {
    if (value < 0x80) writer.byte(value)
    else if (value < 0x100) writeWhole(writer, 0xcc, value, 1)
    else if (value < 0x10000) writeWhole(writer, 0xcd, value, 2)
    else writeWhole(writer, 0xce, value, 4)
  } else if (value >> 0 === value) {
    if (value >= -0x20) writer.byte(0x100 + value)
    else if (value >= -0x80) writeWhole(writer, 0xd0, value, 1)
    else if (value >= -0x8000) writeWhole(writer, 0xd1, value, 2)
    else writeWhole(writer, 0xd2, value, 4)
  } else {
    writer.byte(0xcb)
    writer.doubleBigEndian(value)
  }
}

function writeWhole(writer: ByteWriter, type: number, value: number, width: 1 | 2 | 4): void {
  writer.byte(type)
  writer.bigEndian(value, width)
}
