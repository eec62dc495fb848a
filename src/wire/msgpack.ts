import { fault } from '../errors.ts'
import { setMember } from '../set-member.ts'
import { decodeText } from './text.ts'
import { decodeWord } from './words.ts'

/**
 * Finds the messages in bytes that arrive in any cut. Reading is our own, as a message must be recognised before it is
 * complete (libraries read what is there from the start with every piece) and as text must keep bytes that are not UTF-8.
 */
export class MessageDecoder {
  readonly #limit: number
  #bytes: Buffer = nothing
  /** Where the message begins that is looked for, how far it was scanned, and where the bytes end. */
  #start = 0
  #scanned = 0
  #end = 0
  #lent = false
  #open = 1

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether the bytes so far end between two messages. */
  get atBoundary(): boolean {
    return this.#start === this.#end
  }

  /** Takes the first `length` bytes, which are ours until `next` gives no more; that has to be asked for before others. */
  feed(chunk: Buffer, length = chunk.length): void {
    if (this.#start === this.#end) {
      this.#bytes = chunk
      this.#start = this.#scanned = 0
      this.#end = length
      this.#lent = true
    } else this.#hold(chunk, length)
  }

  /** The next whole message; undefined where more bytes are needed. */
  next(): MessageReader | undefined {
    if (this.#start === this.#end) {
      this.#bytes = nothing
      this.#start = this.#scanned = this.#end = 0
      return undefined
    }
    if (!this.#scan()) {
      const long = Math.max(this.#scanned, this.#end) - this.#start
      if (long > this.#limit) throw fault('MESSAGE_TOO_LONG', long, this.#limit)
      if (this.#lent) this.#hold(nothing, 0)
      return undefined
    }
    const start = this.#start
    this.#start = this.#scanned
    this.#open = 1
    return new MessageReader(this.#bytes, start, this.#scanned, this.#lent)
  }

  /** The same for who has time: each message as a value. */
  *push(chunk: Buffer): Generator<unknown> {
    this.feed(chunk)
    for (let message = this.next(); message !== undefined; message = this.next()) yield message.value()
  }

  /** Walks over the items that have arrived; `#open` counts those still to come. True when none is. */
  #scan(): boolean {
    while (this.#open > 0) {
      if (!readHeader(this.#bytes, this.#scanned, this.#end)) return false
      if (this.#scanned + itemSize > this.#end) {
        if (itemSize > this.#limit) throw fault('MESSAGE_TOO_LONG', itemSize, this.#limit)
        return false
      }
      this.#scanned += itemSize
      this.#open += itemCount - 1
    }
    return true
  }

  /** Keeps what has come of a message, and more of it, in memory of our own. */
  #hold(chunk: Buffer, length: number): void {
    const had = this.#end - this.#start
    if (this.#lent || this.#end + length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(had + length, had * 2))
      this.#bytes.copy(grown, 0, this.#start, this.#end)
      this.#bytes = grown
      this.#scanned -= this.#start
      this.#start = 0
      this.#end = had
      this.#lent = false
    }
    chunk.copy(this.#bytes, this.#end, 0, length)
    this.#end += length
  }
}

const nothing = Buffer.alloc(0)

/** What `readHeader` found. Bytes of the item itself: its first byte, its length, and its content unless that is items. */
let itemSize = 0
/** Items that follow and belong to it. */
let itemCount = 0

/** Reads what stands at a position; `false` when its length has not arrived yet. */
function readHeader(bytes: Buffer, at: number, end: number): boolean {
  if (at >= end) return false
  const type = bytes[at]!
  itemSize = 1
  itemCount = 0
  if (type < 0x80 || type >= 0xe0) return true
  if (type < 0x90) itemCount = 2 * (type & 0x0f)
  else if (type < 0xa0) itemCount = type & 0x0f
  else if (type < 0xc0) itemSize = 1 + (type & 0x1f)
  else return readLongHeader(bytes, at, end, type)
  return true
}

function readLongHeader(bytes: Buffer, at: number, end: number, type: number): boolean {
  itemSize = fixedSizes[type]!
  if (itemSize > 0) return true
  const width = countWidths[type]!
  if (width === 0) throw fault('BAD_MSGPACK', `type 0x${type.toString(16)} does not exist`, at)
  if (at + 1 + width > end) return false
  const count = readCount(bytes, at + 1, width)
  if (type >= firstMap) itemCount = 2 * count
  else if (type >= firstArray) itemCount = count
  itemSize = 1 + width + (type >= firstArray ? 0 : count + (isExtension(type) ? 1 : 0))
  return true
}

function readCount(bytes: Buffer, at: number, width: number): number {
  let count = bytes[at]!
  for (let index = 1; index < width; index++) count = count * 0x100 + bytes[at + index]!
  return count
}

/** nil, booleans, numbers and fixext by their type, which tells the size; 0 for all else. */
const fixedSizes = table({
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
})

/** bin, ext, str, array and map: how long the count is that follows, of bytes or of items. */
const countWidths = table({
  196: 1,
  197: 2,
  198: 4,
  199: 1,
  200: 2,
  201: 4,
  217: 1,
  218: 2,
  219: 4,
  220: 2,
  221: 4,
  222: 2,
  223: 4,
})

const firstArray = 0xdc
const firstMap = 0xde

function isExtension(type: number): boolean {
  return type >= 0xc7 && type <= 0xc9
}

function table(sizes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = new Uint8Array(0x100)
  for (const [type, size] of Object.entries(sizes)) bytes[Number(type)] = size
  return bytes
}

/** Reads one message that is known to be complete. */
export class MessageReader {
  readonly #bytes: Buffer
  readonly #end: number
  readonly #lent: boolean
  #position: number

  constructor(bytes: Buffer, start: number, end: number, lent: boolean) {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
    this.#lent = lent
  }

  get position(): number {
    return this.#position
  }

  /** Reads again from a `position`. */
  back(position: number): void {
    this.#position = position
  }

  /** How many items the array has that begins here; 0 where a short array does not begin. */
  items(): number {
    const type = this.#bytes[this.#position]!
    if (type < 0x90 || type >= 0xa0) return 0
    this.#position++
    return type & 0x0f
  }

  /** How many members the map has that begins here; -1 where a short map does not begin. */
  members(): number {
    const type = this.#bytes[this.#position]!
    if (type < 0x80 || type >= 0x90) return -1
    this.#position++
    return type & 0x0f
  }

  /** A value; a text is one that comes again and again. */
  word(): unknown {
    const at = this.#position
    const type = this.#bytes[at]!
    if (type < 0xa0 || type >= 0xc0) return this.value()
    this.#position = at + 1 + (type & 0x1f)
    return decodeWord(this.#bytes, at + 1, this.#position)
  }

  value(): unknown {
    const at = this.#position
    const type = this.#bytes[at]!
    readHeader(this.#bytes, at, this.#end)
    this.#position = at + itemSize
    if (type < 0x80) return type
    if (type >= 0xe0) return type - 0x100
    if (type < 0x90) return this.#map(type & 0x0f)
    if (type < 0xa0) return this.#array(type & 0x0f)
    if (type < 0xc0) return decodeText(this.#bytes, at + 1, this.#position)
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
        return readCount(bytes, at + 1, 1 << (type - 0xcc))
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
    const width = countWidths[type]!
    if (width === 0 || isExtension(type)) throw fault('BAD_MSGPACK', 'it holds an extension type', at)
    const start = at + 1 + width
    if (type >= 0xd0) return decodeText(bytes, start, this.#position)
    const part = bytes.subarray(start, this.#position)
    return this.#lent ? Buffer.from(part) : part
  }

  #array(count: number): unknown[] {
    if (count === 1) return [this.value()]
    const items: unknown[] = []
    for (let index = 0; index < count; index++) items.push(this.value())
    return items
  }

  #map(count: number): Record<string, unknown> {
    const members: Record<string, unknown> = {}
    for (let index = 0; index < count; index++) {
      const at = this.#position
      const key = this.word()
      if (typeof key === 'object' || key === undefined)
        throw fault('BAD_MSGPACK', 'a key is neither text nor a number', at)
      setMember(members, typeof key === 'string' ? key : String(key), this.value())
    }
    return members
  }
}
