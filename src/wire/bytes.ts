import { fault } from '../errors.ts'
import { decodeText, encodeText } from './text.ts'
import { decodeWord } from './words.ts'

const firstSize = 512
/** A writer that has grown beyond it starts small again. */
const keptSize = 65_536
/** Up to so many bytes, or characters, a loop is quicker than a call into the runtime. */
const shortLength = 64

/** Grows as it is written to; `clear()` starts anew in the same memory. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(firstSize)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Holds what was written in its first `length` bytes, until something is written again. */
  get buffer(): Buffer {
    return this.#buffer
  }

  /** What was written, as bytes of their own. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#length))
    this.clear()
    return taken
  }

  clear(): void {
    this.#length = 0
    if (this.#buffer.length > keptSize) this.#buffer = Buffer.allocUnsafeSlow(firstSize)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  /** A whole number from -2^53 to 2^53 as a ProtoBuf varint; negative ones take ten bytes, as int32 and int64 do. */
  varint(value: number): void {
    this.#reserve(10)
    if (value < 0) {
      this.#negative(value)
      return
    }
    let rest = value
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#length++] = rest
  }

  double(value: number): void {
    this.#reserve(8)
    this.#buffer.writeDoubleLE(value, this.#length)
    this.#length += 8
  }

  doubleBigEndian(value: number): void {
    this.#reserve(8)
    this.#buffer.writeDoubleBE(value, this.#length)
    this.#length += 8
  }

  /** A whole number of so many bytes, highest first; of a negative one the two's complement. */
  bigEndian(value: number, width: 1 | 2 | 4): void {
    this.#reserve(width)
    for (let shift = (width - 1) * 8; shift >= 0; shift -= 8) this.#buffer[this.#length++] = value >>> shift
  }

  bytes(value: Uint8Array): void {
    const { length } = value
    this.#reserve(length)
    const buffer = this.#buffer
    const start = this.#length
    if (length > shortLength) buffer.set(value, start)
    else for (let index = 0; index < length; index++) buffer[start + index] = value[index]!
    this.#length = start + length
  }

  /** A varint length and the text's bytes. */
  text(value: string): void {
    const { length } = value
    if (length <= shortLength) {
      const start = this.#length
      this.byte(length)
      if (this.ascii(value)) return
      this.#length = start
    }
    const encoded = encodeText(value)
    this.varint(encoded.length)
    this.bytes(encoded)
  }

  /** The characters as bytes; writes nothing and says `false` where one of them needs more than a byte. */
  ascii(value: string): boolean {
    const { length } = value
    this.#reserve(length)
    const buffer = this.#buffer
    const start = this.#length
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code >= 0x80) return false
      buffer[start + index] = code
    }
    this.#length = start + length
    return true
  }

  /** Leaves room for a uint32 length; `endFrame` fills it in. */
  beginFrame(): number {
    this.#reserve(4)
    this.#length += 4
    return this.#length
  }

  endFrame(start: number): void {
    this.#buffer.writeUInt32LE(this.#length - start, start - 4)
  }

  /** Leaves room for a one-byte varint length; `endMessage` fills it in, and moves the content where it needs more. */
  beginMessage(): number {
    this.byte(0)
    return this.#length
  }

  endMessage(start: number): void {
    const size = this.#length - start
    if (size < 0x80) {
      this.#buffer[start - 1] = size
      return
    }
    const extra = varintSize(size) - 1
    this.#reserve(extra)
    this.#buffer.copyWithin(start + extra, start, this.#length)
    const end = this.#length + extra
    this.#length = start - 1
    this.varint(size)
    this.#length = end
  }

  /** Forgets what was written after a position, as when an argument turns out not to be sendable. */
  cutTo(length: number): void {
    this.#length = length
  }

  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest >= 0x80n) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.#length++] = Number(rest)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

/** Reads a ProtoBuf message from a part of a buffer; every read past its end is a BAD_PROTOBUF. */
export class ByteReader {
  readonly #bytes: Buffer
  #end: number
  readonly #lent: boolean
  #position: number

  /** Of `lent` bytes, which will be others soon, everything that is read is a copy. */
  constructor(bytes: Buffer, start = 0, end = bytes.length, lent = false) {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
    this.#lent = lent
  }

  get done(): boolean {
    return this.#position >= this.#end
  }

  get position(): number {
    return this.#position
  }

  /** Reads again from a `position`. */
  back(position: number): void {
    this.#position = position
  }

  /** All that was not read yet. */
  rest(): Buffer {
    const start = this.#position
    this.#position = this.#end
    return this.#cut(start, this.#end)
  }

  /** An unsigned varint; beyond 2^53 the low digits are lost. */
  varint(): number {
    const first = this.#position < this.#end ? this.#bytes[this.#position]! : 0x80
    if (first < 0x80) {
      this.#position++
      return first
    }
    return this.#longVarint()
  }

  /** An int32 or int64: the upper half of the unsigned range is negative. */
  signed(): number {
    const value = this.varint()
    return value >= 2 ** 63 ? this.#signedAgain() : value
  }

  double(): number {
    const at = this.#skip(8)
    return this.#bytes.readDoubleLE(at)
  }

  bytes(): Buffer {
    const length = this.varint()
    const at = this.#skip(length)
    return this.#cut(at, at + length)
  }

  text(): string {
    const length = this.varint()
    const at = this.#skip(length)
    return decodeText(this.#bytes, at, at + length)
  }

  /** The same for a name that comes again and again. */
  word(): string {
    const length = this.varint()
    const at = this.#skip(length)
    return decodeWord(this.#bytes, at, at + length)
  }

  message(): ByteReader {
    const length = this.varint()
    const at = this.#skip(length)
    return new ByteReader(this.#bytes, at, at + length, this.#lent)
  }

  /**
   * Goes into a message that lies within: from now on it is all there is. Gives what `leave` needs once it is read to its
   * end, without a reader of its own for each of many small messages.
   */
  enter(): number {
    const length = this.varint()
    const at = this.#skip(length)
    const outer = this.#end
    this.#position = at
    this.#end = at + length
    return outer
  }

  leave(outer: number): void {
    this.#end = outer
  }

  /** Passes over a field of a wire type that this side does not know. */
  skipField(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.#skip(8)
    else if (wireType === 2) this.#skip(this.varint())
    else if (wireType === 5) this.#skip(4)
    else throw fault('BAD_PROTOBUF', `wire type ${wireType} does not exist`, this.#position)
  }

  #cut(start: number, end: number): Buffer {
    const part = this.#bytes.subarray(start, end)
    return this.#lent ? Buffer.from(part) : part
  }

  #longVarint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.#next()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
    throw fault('BAD_PROTOBUF', 'a number is longer than ten bytes', this.#position)
  }

  #signedAgain(): number {
    let start = this.#position - 1
    while (start > 0 && this.#position - start < 10 && this.#bytes[start - 1]! >= 0x80) start--
    let value = 0n
    for (let at = start; at < this.#position; at++)
      value |= BigInt(this.#bytes[at]! & 0x7f) << BigInt(7 * (at - start))
    return Number(BigInt.asIntN(64, value))
  }

  #next(): number {
    if (this.#position >= this.#end) throw fault('BAD_PROTOBUF', 'it ends within a field', this.#position)
    return this.#bytes[this.#position++]!
  }

  #skip(count: number): number {
    const at = this.#position
    if (count > this.#end - at) throw fault('BAD_PROTOBUF', 'it ends within a field', at)
    this.#position = at + count
    return at
  }
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}
