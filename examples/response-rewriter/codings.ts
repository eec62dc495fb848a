import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

/** What Content-Encoding says, undone; fails for more than `maxBytes`, in whatever form they come. */
export async function decode(body: Buffer, encodings: readonly string[], maxBytes: number): Promise<Buffer> {
  const coding = codingOf(encodings)
  try {
    const plain = coding === undefined ? body : await coding.decode(body, { maxOutputLength: maxBytes })
    if (plain.length <= maxBytes) return plain
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_BUFFER_TOO_LARGE')
      throw new Error(`it cannot be unpacked as ${encodings.join(', ')}: ${message}`)
  }
  throw new Error(`it has more than ${maxBytes} bytes: raise max_body_bytes`)
}

/** The same done again. */
export async function encode(body: Buffer, encodings: readonly string[]): Promise<Buffer> {
  return (await codingOf(encodings)?.encode(body)) ?? body
}

interface Coding {
  decode(body: Buffer, limit: { readonly maxOutputLength: number }): Promise<Buffer>
  encode(body: Buffer): Promise<Buffer>
}

const unbrotli = promisify(zlib.brotliDecompress)
const brotli = promisify(zlib.brotliCompress)
const inflate = promisify(zlib.inflate)
const inflateRaw = promisify(zlib.inflateRaw)
/** Brotli's usual quality of 11 is for files that are packed once. */
const brotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }

const gzip: Coding = { decode: promisify(zlib.gunzip), encode: promisify(zlib.gzip) }

const codings: Readonly<Record<string, Coding>> = {
  gzip,
  'x-gzip': gzip,
  deflate: { decode: inflateEither, encode: promisify(zlib.deflate) },
  br: { decode: unbrotli, encode: (body) => brotli(body, brotliOptions) },
}

/** Some servers leave out the zlib header that `deflate` has to have. */
function inflateEither(body: Buffer, limit: zlib.ZlibOptions): Promise<Buffer> {
  const hasHeader = ((body[0] ?? 0) & 15) === 8 && body.length > 1 && body.readUInt16BE(0) % 31 === 0
  return (hasHeader ? inflate : inflateRaw)(body, limit)
}

function codingOf(encodings: readonly string[]): Coding | undefined {
  const name = encodings.join(', ').trim().toLowerCase()
  if (name === '' || name === 'identity') return undefined
  const coding = Object.hasOwn(codings, name) ? codings[name] : undefined
  if (coding === undefined)
    throw new Error(`it is packed as ${name}, and only gzip, deflate and br are known`)
  return coding
}
