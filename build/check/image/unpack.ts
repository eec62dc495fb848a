import { pipeline, Readable } from 'node:stream'
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
  let read = 0
  const rest = counted(packed.pass(), (length) => {
    read += length
  })
  // What goes wrong is thrown from the iteration.
  const plain =
    unzip === undefined ? rest : (pipeline(Readable.from(rest), unzip, () => {}) as AsyncIterable<Buffer>)
  for await (const chunk of plain) {
    limits.bytes(chunk.length)
    yield chunk
  }
  // zstd of Node 24 ends with the first of several frames.
  if (unzip !== undefined && !(unzip instanceof zlib.Gunzip) && unzip.bytesWritten < read)
    throw new UsageError(
      `it is packed with zstd in several frames, which Node ${process.versions.node} cannot unpack: use Node 26, or unpack it first (zstd -d)`,
    )
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  count: (length: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    count(chunk.length)
    yield chunk
  }
}

function unzipFor(magic: string): zlib.Gunzip | zlib.ZstdDecompress | undefined {
  if (magic.startsWith('1f8b')) return zlib.createGunzip()
  if (magic !== '28b52ffd') return undefined
  if (zlib.createZstdDecompress !== undefined) return zlib.createZstdDecompress()
  throw new UsageError(
    `it is packed with zstd, which Node ${process.versions.node} cannot unpack: use Node 24, or unpack it first (zstd -d)`,
  )
}
