import { isUtf8 } from 'node:buffer'
import type { RecordedBody } from './record.ts'

/** Bytes of a body that are kept, from its beginning. */
const most = 65_536

/** A body that grows while it passes by. */
export class KeptBody {
  #kept: Buffer = Buffer.alloc(0)
  #used = 0
  #size = 0

  /** In bytes, of all that came. */
  get size(): number {
    return this.#size
  }

  add(bytes: Uint8Array): void {
    this.#size += bytes.length
    const taken = bytes.subarray(0, most - this.#used)
    if (taken.length === 0) return
    this.#reserve(this.#used + taken.length)
    this.#kept.set(taken, this.#used)
    this.#used += taken.length
  }

  clear(): void {
    this.#used = 0
    this.#size = 0
  }

  shown(): RecordedBody {
    const size = this.#size
    const isCut = size > this.#used
    const bytes = this.#kept.subarray(0, this.#used)
    const text = isCut ? wholeCharacters(bytes) : bytes
    return isUtf8(text)
      ? { size, text: text.toString(), isCut }
      : { size, base64: bytes.toString('base64'), isCut }
  }

  #reserve(length: number): void {
    if (length <= this.#kept.length) return
    const larger = Buffer.alloc(Math.min(most, Math.max(length, this.#kept.length * 2)))
    larger.set(this.#kept.subarray(0, this.#used))
    this.#kept = larger
  }
}

/** The bytes without a character that was cut in two at their end. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let left = 0; left < 4; left++) {
    const whole = bytes.subarray(0, bytes.length - left)
    if (isUtf8(whole)) return whole
  }
  return bytes
}
