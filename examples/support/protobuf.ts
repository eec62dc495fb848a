/** The few messages of Kong's pluginsocket.proto that the examples need, read and written by hand. */

type Scalar = number | Buffer

/** Writes fields as [number, value]: a number as a varint, all else with its length before it. */
export function message(...fields: [number, number | string | Buffer | undefined][]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (value === undefined) return []
      if (typeof value === 'number') return [varint(number * 8), varint(value)]
      const bytes = Buffer.from(value)
      return [varint(number * 8 + 2), varint(bytes.length), bytes]
    }),
  )
}

/** Reads all fields by number, in the order in which they came. */
export function fieldsOf(bytes: Buffer): Map<number, Scalar[]> {
  const fields = new Map<number, Scalar[]>()
  for (let at = 0; at < bytes.length; ) {
    const [tag, afterTag] = readVarint(bytes, at)
    const [value, next] = readScalar(bytes, afterTag, tag % 8)
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value])
    at = next
  }
  return fields
}

export function textOf(bytes: Buffer, number: number): string {
  return String(fieldsOf(bytes).get(number)?.at(-1) ?? '')
}

export function bytesOf(bytes: Buffer, number: number): Buffer {
  return Buffer.from((fieldsOf(bytes).get(number)?.at(-1) as Buffer | undefined) ?? '')
}

export function numberOf(bytes: Buffer, number: number): number {
  return Number(fieldsOf(bytes).get(number)?.at(-1) ?? 0)
}

/** google.protobuf.Value */
export function anyOf(bytes: Buffer): unknown {
  for (const [number, values] of fieldsOf(bytes)) {
    const value = values.at(-1)
    if (number === 2) return value
    if (number === 3) return String(value)
    if (number === 4) return value === 1
    if (number === 5) return structOf(value as Buffer)
    if (number === 6) return listOf(value as Buffer)
  }
  return null
}

/** google.protobuf.Struct */
export function structOf(bytes: Buffer): Record<string, unknown> {
  const entries = (fieldsOf(bytes).get(1) ?? []) as Buffer[]
  return Object.fromEntries(entries.map((entry) => [textOf(entry, 1), anyOf(bytesOf(entry, 2))]))
}

/** google.protobuf.ListValue */
export function listOf(bytes: Buffer): unknown[] {
  return ((fieldsOf(bytes).get(1) ?? []) as Buffer[]).map(anyOf)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}

function readVarint(bytes: Buffer, start: number): [value: number, next: number] {
  let value = 0
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    const byte = bytes.readUInt8(at)
    value += (byte % 128) * factor
    if (byte < 128) return [value, at + 1]
  }
}

function readScalar(bytes: Buffer, at: number, wireType: number): [value: Scalar, next: number] {
  if (wireType === 0) return readVarint(bytes, at)
  if (wireType === 1) return [bytes.readDoubleLE(at), at + 8]
  if (wireType !== 2) throw new Error(`The plugin sent a field of wire type ${wireType}`)
  const [length, start] = readVarint(bytes, at)
  if (start + length > bytes.length)
    throw new Error('The plugin sent a field that is longer than its message')
  return [bytes.subarray(start, start + length), start + length]
}
