import { fault, type KongPluginError } from '../errors.ts'
import type { ByteWriter } from './bytes.ts'

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

  *push(chunk: Buffer): Generator<Buffer | KongPluginError> {
    let rest = chunk
    for (;;) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, rest.length)
        this.#toSkip -= skipped
        rest = rest.subarray(skipped)
        if (this.#toSkip > 0) return
      }
      if (this.#heldLength + rest.length < this.#needed) {
        this.#hold(rest)
        return
      }
      rest = this.#release(rest)
      const part = rest.subarray(0, this.#needed)
      rest = rest.subarray(this.#needed)
      if (this.#inBody) {
        this.#expect(4, false)
        yield part
        continue
      }
      const length = part.readUInt32LE(0)
      if (length > this.#limit) {
        this.#toSkip = length
        yield fault('FRAME_TOO_LONG', length, this.#limit)
      } else if (length === 0) yield part.subarray(4)
      else this.#expect(length, true)
    }
  }

  #expect(needed: number, inBody: boolean): void {
    this.#needed = needed
    this.#inBody = inBody
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return
    this.#held.push(part)
    this.#heldLength += part.length
  }

  #release(rest: Buffer): Buffer {
    if (this.#heldLength === 0) return rest
    const whole = Buffer.concat([...this.#held, rest])
    this.#held = []
    this.#heldLength = 0
    return whole
  }
}
