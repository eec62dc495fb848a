// Puts what Kong writes in random order into one order, and changes nothing else. Nothing here comes from src.
import { bytesField, readFields, type Shape } from '../../support/protobuf-oracle.ts'

const text: Shape = { fields: {} }
const value: Shape = { fields: { 5: () => struct, 6: () => list } }
const entry: Shape = { fields: { 2: () => value }, map: true }
const struct: Shape = { fields: { 1: () => entry } }
const list: Shape = { fields: { 1: () => value } }
const pair: Shape = { fields: {}, map: true }
const captures: Shape = { fields: { 2: () => pair } }
const service: Shape = { fields: { 18: () => text } }
const dicts: Shape = { fields: { 1: () => text, 2: () => text } }
const memory: Shape = { fields: { 1: () => dicts, 2: () => text } }

const shapes: Readonly<Record<string, Shape>> = {
  Value: value,
  Struct: struct,
  UriCapturesResult: captures,
  Route: service,
  MemoryStats: memory,
}

/** A ProtoBuf message with fields by number and map entries by key; fields that repeat stay in their order. */
export function canonicalProtobuf(kind: string, bytes: Buffer): string {
  const shape = shapes[kind] ?? text
  // As the only field of another message, since only what is inside is put in order.
  const fields = readFields(bytesField(1, bytes), { fields: { 1: () => shape } })
  return JSON.stringify(fields, (_, item: unknown) => (typeof item === 'bigint' ? `${item}` : item))
}

/** A MsgPack value as text that tells all types apart, with map entries by key. */
export function canonicalMsgpack(bytes: Buffer): string {
  const { text: found, end } = item(bytes, 0)
  if (end !== bytes.length) throw new Error(`${bytes.length - end} bytes follow the value`)
  return found
}

interface Found {
  readonly text: string
  readonly end: number
}

function item(bytes: Buffer, at: number): Found {
  const type = bytes[at]!
  const fixed = (name: string, size: number): Found => ({
    text: `${name}(${bytes.toString('hex', at, at + size)})`,
    end: at + size,
  })
  if (type < 0x80 || type >= 0xe0) return fixed('int', 1)
  if (type < 0x90) return map(bytes, at + 1, type & 15)
  if (type < 0xa0) return array(bytes, at + 1, type & 15)
  if (type < 0xc0) return fixed('str', 1 + (type & 31))
  if (type <= 0xc3) return fixed('constant', 1)
  if (type <= 0xc6) {
    const width = 1 << (type - 0xc4)
    return fixed('bin', 1 + width + bytes.readUIntBE(at + 1, width))
  }
  if (type === 0xcb) return fixed('double', 9)
  if (type >= 0xcc && type <= 0xd3) return fixed('int', 1 + (1 << ((type - 0xcc) % 4)))
  if (type >= 0xd9 && type <= 0xdb) {
    const width = 1 << (type - 0xd9)
    return fixed('str', 1 + width + bytes.readUIntBE(at + 1, width))
  }
  if (type === 0xdc) return array(bytes, at + 3, bytes.readUInt16BE(at + 1))
  if (type === 0xde) return map(bytes, at + 3, bytes.readUInt16BE(at + 1))
  throw new Error(`type ${type.toString(16)} at ${at}`)
}

function array(bytes: Buffer, start: number, count: number): Found {
  const texts: string[] = []
  let at = start
  for (let index = 0; index < count; index++) {
    const found = item(bytes, at)
    texts.push(found.text)
    at = found.end
  }
  return { text: `[${texts.join(' ')}]`, end: at }
}

function map(bytes: Buffer, start: number, count: number): Found {
  const texts: string[] = []
  let at = start
  for (let index = 0; index < count; index++) {
    const key = item(bytes, at)
    const member = item(bytes, key.end)
    texts.push(`${key.text}:${member.text}`)
    at = member.end
  }
  return { text: `{${texts.sort().join(' ')}}`, end: at }
}
