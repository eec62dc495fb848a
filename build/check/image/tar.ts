import { Header, Pax } from 'tar'
import { BuildError, UsageError } from '../../errors.ts'
import type { Bytes } from './bytes.ts'
import type { Limits } from './limits.ts'

export interface TarEntry {
  readonly path: string
  /** As `File`, `Directory`, `SymbolicLink` or `Link`. */
  readonly type: string
  /** Where a link leads. */
  readonly target: string
  readonly size: number
  /** To be read, if at all, to its end and before the next entry is asked for. */
  readonly body: AsyncIterable<Buffer>
}

const block = 512
const largestHeader = 2 ** 20
const longName = ['NextFileHasLongPath', 'OldGnuLongPath']
const longTarget = 'NextFileHasLongLinkpath'
const extendedHeader = ['ExtendedHeader', 'OldExtendedHeader']
const globalHeader = 'GlobalExtendedHeader'

/** The entries of an archive as the bytes come in; no more of them is held than what one header says. */
export async function* readTar(bytes: Bytes, limits: Limits): AsyncGenerator<TarEntry> {
  let extended: Pax | undefined
  let everywhere: Pax | undefined
  for (let first = true, empty = 0; empty < 2; first = false) {
    const start = await bytes.peek(block)
    if (start.length === 0 && !first) return
    if (start.length < block && first) throw noArchive()
    const header = new Header(await bytes.take(block), 0, extended, everywhere)
    empty = header.nullBlock ? empty + 1 : 0
    if (header.nullBlock) continue
    if (!header.cksumValid) throw first ? noArchive() : new BuildError('it is damaged: a header does not fit')
    limits.entries()
    const { type, path = '', linkpath: target = '', size = 0 } = header
    if ([...longName, longTarget, ...extendedHeader, globalHeader].includes(type)) {
      if (size > largestHeader) throw new BuildError(`it has a header of ${size} bytes`)
      limits.headerBytes(size)
      const text = (await bytes.take(size)).toString('utf8')
      if (type === globalHeader) everywhere = Pax.parse(text, everywhere, true)
      else if (extendedHeader.includes(type)) extended = Pax.parse(text, extended, false)
      else extended = withName(extended, type, text.replace(/\0.*/s, ''))
    } else {
      extended = undefined
      const body = bytes.pass(size)
      yield { path, type, target, size, body }
      await drain(body)
    }
    await bytes.take(-size & (block - 1))
  }
  // What packed it has its own checksum at its very end.
  await drain(bytes.pass())
}

function withName(extended: Pax | undefined, type: string, name: string): Pax {
  return new Pax({ ...extended, [type === longTarget ? 'linkpath' : 'path']: name }, false)
}

async function drain(chunks: AsyncGenerator<Buffer>): Promise<void> {
  while (!(await chunks.next()).done);
}

function noArchive(): UsageError {
  return new UsageError('it is no image: neither a folder nor a tar, plain or packed with gzip or zstd')
}
