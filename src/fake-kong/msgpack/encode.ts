import { BodyFile, Raised } from '../answer.ts'
import { bytesOf, entriesOf, luaType } from '../lua.ts'

/** Bytes that Kong marks as binary; all its other strings are text, whatever is in them. */
export class Binary {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** A value that is written already. */
export class Packed {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
}

/** An empty map, where Kong's own empty tables are arrays. */
export const emptyMap: unique symbol = Symbol('empty map')

/** A Lua value as Kong's MessagePack library writes it: `fixstr`, `str16` and `str32`, and arrays only without holes. */
export function encodeLua(value: unknown): Buffer {
  const parts: Buffer[] = []
  write(parts, value)
  return Buffer.concat(parts)
}

function write(parts: Buffer[], value: unknown): void {
  const type = luaType(value)
  if (value === emptyMap) parts.push(Buffer.of(0x80))
  else if (value instanceof Packed) parts.push(value.bytes)
  else if (value instanceof Binary) writeSized(parts, value.bytes, [0xc4, 0xc5, 0xc6])
  else if (value instanceof BodyFile) throw new Raised("attempt to get length of local 'str' (a nil value)")
  else if (type === 'nil' || type === 'userdata') parts.push(Buffer.of(0xc0))
  else if (type === 'boolean') parts.push(Buffer.of(value === true ? 0xc3 : 0xc2))
  else if (type === 'number') parts.push(encodeNumber(value as number))
  else if (type === 'string') writeText(parts, bytesOf(value))
  else writeTable(parts, value as object)
}

function writeTable(parts: Buffer[], table: object): void {
  const entries = entriesOf(table)
  const isList = entries.every(([key]) => typeof key === 'number' && key >= 1 && key <= entries.length)
  parts.push(isList ? countHeader(entries.length, 0x90, 0xdc) : countHeader(entries.length, 0x80, 0xde))
  const ordered =
    isList && table instanceof Map ? entries.toSorted(([a], [b]) => Number(a) - Number(b)) : entries
  for (const [key, member] of ordered) {
    if (!isList) write(parts, key)
    write(parts, member)
  }
}

function writeText(parts: Buffer[], bytes: Buffer): void {
  if (bytes.length < 32) parts.push(Buffer.of(0xa0 + bytes.length), bytes)
  else writeSized(parts, bytes, [undefined, 0xda, 0xdb])
}

function writeSized(
  parts: Buffer[],
  bytes: Uint8Array,
  [short, middle, long]: readonly [number | undefined, number, number],
): void {
  const size = bytes.length
  if (short !== undefined && size < 0x100) parts.push(Buffer.of(short, size))
  else parts.push(size < 0x10000 ? sized(middle, size, 2) : sized(long, size, 4))
  parts.push(Buffer.from(bytes.buffer, bytes.byteOffset, size))
}

function countHeader(count: number, fix: number, wide: number): Buffer {
  if (count < 16) return Buffer.of(fix + count)
  return count < 0x10000 ? sized(wide, count, 2) : sized(wide + 1, count, 4)
}

/** Whole numbers in the fewest bytes, all others as doubles. */
function encodeNumber(value: number): Buffer {
  if (!Number.isInteger(value) || Object.is(value, -0) || Math.abs(value) >= 2 ** 63) return double(value)
  if (value >= 0) {
    if (value < 0x80) return Buffer.of(value)
    if (value < 0x100) return Buffer.of(0xcc, value)
    if (value < 0x10000) return sized(0xcd, value, 2)
    return value < 2 ** 32 ? sized(0xce, value, 4) : wide(0xcf, value)
  }
  if (value >= -0x20) return Buffer.of(0x100 + value)
  if (value >= -0x80) return Buffer.of(0xd0, 0x100 + value)
  if (value >= -0x8000) return sized(0xd1, 0x10000 + value, 2)
  return value >= -(2 ** 31) ? sized(0xd2, 2 ** 32 + value, 4) : wide(0xd3, value)
}

function sized(type: number, value: number, width: 2 | 4): Buffer {
  const buffer = Buffer.alloc(1 + width, type)
  buffer.writeUIntBE(value, 1, width)
  return buffer
}

function wide(type: number, value: number): Buffer {
  const buffer = Buffer.alloc(9, type)
  buffer.writeBigInt64BE(BigInt.asIntN(64, BigInt(value)), 1)
  return buffer
}

function double(value: number): Buffer {
  const buffer = Buffer.alloc(9, 0xcb)
  buffer.writeDoubleBE(value, 1)
  return buffer
}
