import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

const blockSize = 512

/**
 * Writes one file of a .tgz to `target` and returns its SHA-256, or undefined where the archive lacks it. The archive
 * is read to its end, so that a cut or damaged one fails.
 */
export async function extractFile(
  archive: string,
  entry: string,
  target: string,
): Promise<string | undefined> {
  const output = await open(target, 'wx', 0o755)
  try {
    return await pipeline(createReadStream(archive), createGunzip(), (source: AsyncIterable<Buffer>) =>
      copyEntry(source, entry, output),
    )
  } finally {
    await output.close()
  }
}

async function copyEntry(
  source: AsyncIterable<Buffer>,
  entry: string,
  output: FileHandle,
): Promise<string | undefined> {
  const hash = createHash('sha256')
  let found = false
  let header = Buffer.alloc(0)
  let wanted = false
  let body = 0
  let padding = 0
  for await (const chunk of source) {
    let rest = chunk
    while (rest.length > 0) {
      if (body > 0) {
        const part = rest.subarray(0, body)
        if (wanted) {
          hash.update(part)
          await output.writeFile(part)
        }
        body -= part.length
        rest = rest.subarray(part.length)
      } else if (padding > 0) {
        const skipped = Math.min(padding, rest.length)
        padding -= skipped
        rest = rest.subarray(skipped)
      } else {
        const missing = blockSize - header.length
        header = Buffer.concat([header, rest.subarray(0, missing)])
        rest = rest.subarray(missing)
        if (header.length < blockSize) continue
        const { name, size } = readHeader(header)
        header = Buffer.alloc(0)
        wanted = name === entry
        found ||= wanted
        body = size
        padding = (blockSize - (size % blockSize)) % blockSize
      }
    }
  }
  if (header.length > 0 || body > 0 || padding > 0)
    throw new Error('the archive ends in the middle of a file')
  return found ? hash.digest('hex') : undefined
}

function readHeader(block: Buffer): { name: string; size: number } {
  const text = (start: number, length: number) =>
    block
      .subarray(start, start + length)
      .toString('latin1')
      .replace(/\0.*$/s, '')
  const prefix = text(345, 155)
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`
  const size = Number.parseInt(text(124, 12).trim() || '0', 8)
  if (Number.isNaN(size)) throw new Error(`the archive holds no valid header where one must be`)
  return { name, size }
}
