// A reader and writer of ProtoBuf:1 of the tests' own: nothing here comes from src, so it can judge src.

/** One field as it lies on the wire: a varint or fixed number as bigint, anything else as bytes or as its fields. */
export interface RawField {
  readonly number: number
  readonly wire: number
  readonly value: bigint | Buffer | readonly RawField[]
}

/** Which fields of a message are messages themselves; `map` marks a map entry, which sorts by its key. */
export interface Shape {
  readonly fields: { readonly [number: number]: () => Shape }
  readonly map?: true
}

const scalars: Shape = { fields: {} }
const value: Shape = { fields: { 5: () => struct, 6: () => list } }
const entry: Shape = { fields: { 2: () => value }, map: true }
const struct: Shape = { fields: { 1: () => entry } }
const list: Shape = { fields: { 1: () => value } }
const keyValue: Shape = { fields: { 2: () => value } }
const exitArguments: Shape = { fields: { 3: () => struct } }
const twoRecords: Shape = { fields: { 1: () => scalars, 2: () => scalars } }

/** The shape of a method's argument message, from Kong's pluginsocket.proto. */
export function shapeOf(method: string): Shape {
  if (/\.(set|add)_header$|\.set_serialize_value$|\.ctx\.shared\.set$|\.set_ctx$/.test(method))
    return keyValue
  if (/\.set_headers$|\.set_query$/.test(method)) return struct
  if (/^kong\.log\.(alert|crit|err|warn|notice|info|debug)$/.test(method)) return list
  if (method === 'kong.response.exit') return exitArguments
  return method === 'kong.client.authenticate' ? twoRecords : scalars
}

export function readFields(bytes: Buffer, shape: Shape = scalars): RawField[] {
  const fields: RawField[] = []
  let at = 0
  const varint = (): bigint => {
    let result = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new Error(`varint cut at ${at} of ${bytes.toString('hex')}`)
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return result
    }
  }
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new Error(`field cut at ${at} of ${bytes.toString('hex')}`)
    at += count
    return bytes.subarray(at - count, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const number = tag >> 3
    const wire = tag & 7
    if (wire === 0) fields.push({ number, wire, value: varint() })
    else if (wire === 1) fields.push({ number, wire, value: take(8) })
    else if (wire === 2) {
      const content = take(Number(varint()))
      const inner = shape.fields[number]
      fields.push({ number, wire, value: inner === undefined ? content : sorted(content, inner()) })
    } else throw new Error(`wire type ${wire} at ${at} of ${bytes.toString('hex')}`)
  }
  return fields
}

function sorted(bytes: Buffer, shape: Shape): RawField[] {
  const fields = readFields(bytes, shape)
  const isMap = Object.values(shape.fields).some((inner) => inner().map === true)
  const key = (field: RawField) => (isMap ? JSON.stringify(show([field])) : '')
  return fields.sort((a, b) => a.number - b.number || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

function show(fields: readonly RawField[]): unknown {
  return fields.map(({ number, wire, value: item }) => {
    if (typeof item === 'bigint') return [number, wire, String(item)]
    return [number, wire, Buffer.isBuffer(item) ? item.toString('hex') : show(item as readonly RawField[])]
  })
}

/** A call's arguments with fields sorted by number and map entries by key: equal exactly when Kong reads the same. */
export function canonicalCall(method: string, bytes: Buffer): string {
  const shape = shapeOf(method)
  return JSON.stringify(show(sorted(bytes, shape)))
}

export function frame(body: Buffer | string): Buffer {
  const bytes = Buffer.from(body)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Cuts complete frames off the start of some bytes; the rest is an unfinished one. */
export function cutFrames(bytes: Buffer): { frames: Buffer[]; rest: Buffer } {
  const frames: Buffer[] = []
  let rest = bytes
  while (rest.length >= 4) {
    const end = 4 + rest.readUInt32LE(0)
    if (rest.length < end) break
    frames.push(rest.subarray(4, end))
    rest = rest.subarray(end)
  }
  return { frames, rest }
}

export function varint(number: number, value: number | bigint): Buffer {
  return Buffer.concat([encodeVarint(BigInt(number * 8)), encodeVarint(BigInt.asUintN(64, BigInt(value)))])
}

export function bytesField(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([encodeVarint(BigInt(number * 8 + 2)), encodeVarint(BigInt(bytes.length)), bytes])
}

/** google.protobuf.Value of plain data. */
export function valueMessage(item: unknown): Buffer {
  if (item === null || item === undefined) return varint(1, 1)
  if (typeof item === 'boolean') return varint(4, item ? 1 : 0)
  if (typeof item === 'string' || Buffer.isBuffer(item)) return bytesField(3, item)
  if (Array.isArray(item)) return bytesField(6, listMessage(item))
  if (typeof item === 'object') return bytesField(5, structMessage(item))
  const double = Buffer.alloc(9, 0x11)
  double.writeDoubleLE(Number(item), 1)
  return double
}

export function listMessage(items: readonly unknown[]): Buffer {
  return Buffer.concat(items.map((item) => bytesField(1, valueMessage(item))))
}

export function structMessage(members: object): Buffer {
  return Buffer.concat(
    Object.entries(members).map(([key, item]) =>
      bytesField(1, Buffer.concat([bytesField(1, key), bytesField(2, valueMessage(item))])),
    ),
  )
}

export function numberOf(fields: readonly RawField[], number: number): number {
  const found = fields.find((field) => field.number === number)
  return found === undefined ? 0 : Number(found.value)
}

export function bytesOf(fields: readonly RawField[], number: number): Buffer | undefined {
  return fields.find((field) => field.number === number)?.value as Buffer | undefined
}

function encodeVarint(value: bigint): Buffer {
  const out: number[] = []
  let rest = value
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Buffer.from([...out, Number(rest)])
}
