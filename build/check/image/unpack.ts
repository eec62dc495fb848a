import { pipeline, Readable, type Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { UsageError } from '../../errors.ts'
import { Bytes } from './bytes.ts'
import type { Limits } from './limits.ts'

/** The bytes of a file that may be packed with gzip or zstd, in chunks that are small however well it was packed. */
export function unpack(packed: AsyncIterable<Buffer>, limits: Limits): Bytes {
  return new Bytes(chunksOf(new Bytes(packed), limits))
}

async function* chunksOf(packed: Bytes, limits: Limits): AsyncGenerator<Buffer> {
  const unzip = unzipFor((await packed.peek(4)).toString('hex'))
  const rest = packed.pass()
  // What goes wrong is thrown from the iteration.
  const plain =
    unzip === undefined ? rest : (pipeline(Readable.from(rest), unzip, () => {}) as AsyncIterable<Buffer>)
  for await (const chunk of plain) {
    limits.bytes(chunk.length)
    yield chunk
  }
}

function unzipFor(magic: string): Transform | undefined {
  if (magic.startsWith('1f8b')) return zlib.createGunzip()
  if (magic !== '28b52ffd') return undefined
  if (zlib.createZstdDecompress !== undefined) return zlib.createZstdDecompress()
  throw new UsageError(
    `it is packed with zstd, which Node ${process.versions.node} cannot unpack: use Node 24, or unpack it first (zstd -d)`,
  )
}
