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
  #held: Buffer[] = []
  #heldLength = 0
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

  /** Takes bytes; `next` has to be asked until it gives no more before others are taken. */
  feed(chunk: Buffer): void {
    if (this.#heldLength > 0) {
      this.#held.push(chunk)
      this.#heldLength += chunk.length
      if (this.#heldLength < this.#needed) return
    }
    this.#chunk = this.#heldLength === 0 ? chunk : Buffer.concat(this.#held)
    this.#position = 0
    this.#held = []
    this.#heldLength = 0
  }

  /** The next whole frame, without copying or cutting anything; undefined where more bytes are needed. */
  next(): ByteReader | KongPluginError | undefined {
    for (;;) {
      const left = this.#chunk.length - this.#position
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, left)
        this.#toSkip -= skipped
        this.#position += skipped
        if (this.#toSkip > 0) return undefined
      } else if (left < this.#needed) {
        if (left > 0) this.#hold()
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
    return new ByteReader(this.#chunk, start, this.#position)
  }

  #hold(): void {
    const part = this.#chunk.subarray(this.#position)
    this.#held.push(part)
    this.#heldLength = part.length
    this.#chunk = nothing
    this.#position = 0
  }
}

const nothing = Buffer.alloc(0)
