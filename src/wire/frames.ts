import { fault, type KongPluginError } from '../errors.ts'
import { ByteReader, type ByteWriter } from './bytes.ts'

/** A frame: a uint32 little-endian length, then that many bytes. */
export function writeFrame(writer: ByteWriter, body: Uint8Array): void {
  const start = writer.beginFrame()
  writer.bytes(body)
  writer.endFrame(start)
}

/**
 * Finds the frames in bytes that arrive in any cut. A frame over the limit is passed over byte by byte and
 * handed on as the error it is, in its place, so that its session can decide; nothing is allocated for a length
 * that was only announced.
 */
export class FrameDecoder {
  readonly #limit: number
  #chunk: Buffer = nothing
  #position = 0
  #end = 0
  /** Where no whole frame has come yet: what has, in its first `#heldLength` bytes. */
  #held: Buffer = nothing
  #heldLength = 0
  #lent = false
  #needed = 4
  #inBody = false
  #toSkip = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether the bytes so far end between two frames. */
  get atBoundary(): boolean {
    return this.#heldLength === 0 && !this.#inBody && this.#toSkip === 0
  }

  /** Takes the first `length` bytes, which are ours until `next` gives no more; that has to be asked for before others. */
  feed(chunk: Buffer, length = chunk.length): void {
    this.#position = 0
    if (this.#heldLength === 0) {
      this.#chunk = chunk
      this.#end = length
      this.#lent = true
      return
    }
    this.#hold(chunk, 0, length)
    this.#end = 0
    if (this.#heldLength < this.#needed) return
    this.#chunk = this.#held
    this.#end = this.#heldLength
    this.#lent = false
    this.#held = nothing
    this.#heldLength = 0
  }

  /** The next whole frame, without copying or cutting anything; undefined where more bytes are needed. */
  next(): ByteReader | KongPluginError | undefined {
    for (;;) {
      const left = this.#end - this.#position
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, left)
        this.#toSkip -= skipped
        this.#position += skipped
        if (this.#toSkip > 0) return undefined
      } else if (left < this.#needed) {
        if (left > 0) this.#hold(this.#chunk, this.#position, this.#end)
        this.#chunk = nothing
        this.#position = this.#end = 0
        return undefined
      } else if (this.#inBody) return this.#take()
      else {
        const length = this.#chunk.readUInt32LE(this.#position)
        this.#position += 4
        if (length > this.#limit) {
          this.#toSkip = length
          return fault('FRAME_TOO_LONG', length, this.#limit)
        }
        this.#needed = length
        this.#inBody = true
      }
    }
  }

  /** The same for who has time: each frame as a buffer. */
  *push(chunk: Buffer): Generator<Buffer | KongPluginError> {
    this.feed(chunk)
    for (let frame = this.next(); frame !== undefined; frame = this.next())
      yield frame instanceof ByteReader ? frame.rest() : frame
  }

  #take(): ByteReader {
    const start = this.#position
    this.#position += this.#needed
    this.#needed = 4
    this.#inBody = false
    return new ByteReader(this.#chunk, start, this.#position, this.#lent)
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const length = this.#heldLength + end - start
    if (length > this.#held.length) {
      // A multiple of what has come, and never what was only announced.
      const grown = Buffer.allocUnsafe(Math.max(length, Math.min(this.#needed, length * growth)))
      this.#held.copy(grown, 0, 0, this.#heldLength)
      this.#held = grown
    }
    chunk.copy(this.#held, this.#heldLength, start, end)
    this.#heldLength = length
  }
}

const nothing = Buffer.alloc(0)
const growth = 4
