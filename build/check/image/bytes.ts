import { BuildError } from '../../errors.ts'

/** Bytes that come in chunks, taken in pieces of whatever size is asked for. */
export class Bytes {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next bytes, which stay where they are; fewer at the end. */
  async peek(size: number): Promise<Buffer> {
    while (this.#held.length < size) {
      const { done, value } = await this.#chunks.next()
      if (done) break
      this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value])
    }
    return this.#held.subarray(0, size)
  }

  /** Exactly as many bytes as asked for. */
  async take(size: number): Promise<Buffer> {
    const bytes = await this.peek(size)
    if (bytes.length < size) throw cut()
    this.#held = this.#held.subarray(size)
    return bytes
  }

  /** So many bytes as they come in, or without a size all that are left. */
  async *pass(size = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if ((await this.peek(1)).length === 0) {
        if (Number.isFinite(size)) throw cut()
        return
      }
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      left -= part.length
      yield part
    }
  }
}

function cut(): BuildError {
  return new BuildError('it was cut: it ends inside of a file')
}
