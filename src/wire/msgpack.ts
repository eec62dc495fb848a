import { Packr } from 'msgpackr/pack'
import { fault } from '../errors.ts'
import { setMember } from '../set-member.ts'
import { decodeText, encodeText } from './text.ts'

const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, variableMapSize: true })

/** One value as MsgPack. Text that holds bytes which are not UTF-8 goes as `bin`: to Kong both are strings. */
export function encodeMessage(value: unknown): Buffer {
  return packr.pack(withBytes(value))
}

/**
 * Finds and reads the messages in bytes that arrive in any cut. msgpackr writes; reading is our own, as a
 * message must be recognised before it is complete (msgpackr reads what is there from the start with every
 * piece) and as text must keep bytes that are not UTF-8.
 */
export class MessageDecoder {
  readonly #limit: number
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  #scanned = 0
  #open = 1

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether the bytes so far end between two messages. */
  get atBoundary(): boolean {
    return this.#length === 0
  }

  *push(chunk: Buffer): Generator<unknown> {
    this.#append(chunk)
    while (this.#length > 0) {
      if (!this.#scan()) {
        if (Math.max(this.#scanned, this.#length) > this.#limit)
          throw fault('MESSAGE_TOO_LONG', Math.max(this.#scanned, this.#length), this.#limit)
        return
      }
      const message = new Reader(this.#bytes.subarray(0, this.#scanned)).value()
      this.#bytes = this.#bytes.subarray(this.#scanned)
      this.#length -= this.#scanned
      this.#scanned = 0
      this.#open = 1
      yield message
    }
  }

  /** Walks over the items that have arrived; `#open` counts those still to come. True when none is. */
  #scan(): boolean {
    while (this.#open > 0) {
      const header = headerAt(this.#bytes, this.#scanned, this.#length)
      if (header === undefined) return false
      if (this.#scanned + header.size > this.#length) {
        if (header.size > this.#limit) throw fault('MESSAGE_TOO_LONG', header.size, this.#limit)
        return false
      }
      this.#scanned += header.size
      this.#open += header.items - 1
    }
    return true
  }

  #append(chunk: Buffer): void {
    if (this.#length === 0) {
      this.#bytes = chunk
      this.#length = chunk.length
      return
    }
    const needed = this.#length + chunk.length
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    chunk.copy(this.#bytes, this.#length)
    this.#length = needed
  }
}

interface Header {
  /** Bytes of the item itself: its first byte, its length, and its content unless that is further items. */
  size: number
  /** Items that follow and belong to it. */
  items: number
}

/** What stands at a position, or `undefined` when its length has not arrived yet. */
function headerAt(bytes: Buffer, at: number, end: number): Header | undefined {
  if (at >= end) return undefined
  const type = bytes[at]!
  if (type < 0x80 || type >= 0xe0) return { size: 1, items: 0 }
  if (type < 0x90) return { size: 1, items: 2 * (type & 0x0f) }
  if (type < 0xa0) return { size: 1, items: type & 0x0f }
  if (type < 0xc0) return { size: 1 + (type & 0x1f), items: 0 }
  const fixed = fixedSizes[type]
  if (fixed !== undefined) return { size: fixed, items: 0 }
  const counted = countedTypes[type]
  if (counted === undefined) throw fault('BAD_MSGPACK', `type 0x${type.toString(16)} does not exist`, at)
  if (at + 1 + counted.width > end) return undefined
  const count = bytes.readUIntBE(at + 1, counted.width)
  return counted.itemsEach === 0
    ? { size: 1 + counted.width + counted.extra + count, items: 0 }
    : { size: 1 + counted.width, items: count * counted.itemsEach }
}

/** nil, booleans, numbers and fixext: the type tells the size. */
const fixedSizes: { readonly [type: number]: number } = {
  192: 1,
  194: 1,
  195: 1,
  202: 5,
  203: 9,
  204: 2,
  205: 3,
  206: 5,
  207: 9,
  208: 2,
  209: 3,
  210: 5,
  211: 9,
  212: 3,
  213: 4,
  214: 6,
  215: 10,
  216: 18,
}

/** bin, ext, str, array and map: a count follows, of bytes or of items. */
const countedTypes: { readonly [type: number]: { width: number; extra: number; itemsEach: number } } = {
  196: { width: 1, extra: 0, itemsEach: 0 },
  197: { width: 2, extra: 0, itemsEach: 0 },
  198: { width: 4, extra: 0, itemsEach: 0 },
  199: { width: 1, extra: 1, itemsEach: 0 },
  200: { width: 2, extra: 1, itemsEach: 0 },
  201: { width: 4, extra: 1, itemsEach: 0 },
  217: { width: 1, extra: 0, itemsEach: 0 },
  218: { width: 2, extra: 0, itemsEach: 0 },
  219: { width: 4, extra: 0, itemsEach: 0 },
  220: { width: 2, extra: 0, itemsEach: 1 },
  221: { width: 4, extra: 0, itemsEach: 1 },
  222: { width: 2, extra: 0, itemsEach: 2 },
  223: { width: 4, extra: 0, itemsEach: 2 },
}

/** Reads one message that is known to be complete. */
class Reader {
  readonly #bytes: Buffer
  #position = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  value(): unknown {
    const at = this.#position
    const type = this.#bytes[at]!
    const { size } = headerAt(this.#bytes, at, this.#bytes.length)!
    this.#position = at + size
    if (type < 0x80) return type
    if (type >= 0xe0) return type - 0x100
    if (type < 0x90) return this.#map(type & 0x0f)
    if (type < 0xa0) return this.#array(type & 0x0f)
    if (type < 0xc0) return decodeText(this.#bytes, at + 1, at + size)
    return this.#long(type, at)
  }

  #long(type: number, at: number): unknown {
    const bytes = this.#bytes
    switch (type) {
      case 0xc0:
        return undefined
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xca:
        return bytes.readFloatBE(at + 1)
      case 0xcb:
        return bytes.readDoubleBE(at + 1)
      case 0xcc:
      case 0xcd:
      case 0xce:
        return bytes.readUIntBE(at + 1, 1 << (type - 0xcc))
      case 0xcf:
        return Number(bytes.readBigUInt64BE(at + 1))
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return bytes.readIntBE(at + 1, 1 << (type - 0xd0))
      case 0xd3:
        return Number(bytes.readBigInt64BE(at + 1))
      case 0xdc:
        return this.#array(bytes.readUInt16BE(at + 1))
      case 0xdd:
        return this.#array(bytes.readUInt32BE(at + 1))
      case 0xde:
        return this.#map(bytes.readUInt16BE(at + 1))
      case 0xdf:
        return this.#map(bytes.readUInt32BE(at + 1))
    }
    const counted = countedTypes[type]
    if (counted === undefined || counted.extra === 1)
      throw fault('BAD_MSGPACK', 'it holds an extension type', at)
    const start = at + 1 + counted.width
    return type < 0xd0 ? bytes.subarray(start, this.#position) : decodeText(bytes, start, this.#position)
  }

  #array(count: number): unknown[] {
    const items: unknown[] = []
    for (let index = 0; index < count; index++) items.push(this.value())
    return items
  }

  #map(count: number): Record<string, unknown> {
    const members: Record<string, unknown> = {}
    for (let index = 0; index < count; index++) {
      const at = this.#position
      const key = this.value()
      if (typeof key === 'object' || key === undefined)
        throw fault('BAD_MSGPACK', 'a key is neither text nor a number', at)
      setMember(members, String(key), this.value())
    }
    return members
  }
}

/** The value itself where msgpackr can write it as it is, else a copy with its broken text as bytes. */
function withBytes(value: unknown): unknown {
  return isWritable(value) ? value : copyWithBytes(value)
}

function isWritable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (value instanceof Uint8Array) return Buffer.isBuffer(value)
  if (Array.isArray(value)) return value.every(isWritable)
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isWritable(item))
}

function copyWithBytes(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : encodeText(value)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length)
  if (Array.isArray(value)) return value.map(copyWithBytes)
  // A Map, as a name may have to be bytes too.
  return new Map(Object.entries(value).map(([key, item]) => [copyWithBytes(key), copyWithBytes(item)]))
}
