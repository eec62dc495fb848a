import { BuildError } from '../errors.ts'

/** One part of an embedded signature: a code directory, requirements, entitlements, certificates. */
export interface Blob {
  /** What it is for, as a number of Apple's; `slots` names those that we use. */
  readonly slot: number
  /** With the eight bytes of its own magic number and length. */
  readonly bytes: Buffer
}

export const slots = {
  codeDirectory: 0,
  requirements: 2,
  resources: 3,
  entitlements: 5,
  /** Further code directories, with other hashes, from here on. */
  alternates: 0x1000,
  alternatesEnd: 0x1005,
  certificates: 0x10000,
} as const

/** The first number of each kind of blob. */
export const magics = {
  superBlob: 0xfade0cc0,
  codeDirectory: 0xfade0c02,
  requirements: 0xfade0c01,
  certificates: 0xfade0b01,
} as const

const headerSize = 12
const entrySize = 8
/** Apple knows about twenty kinds. */
const mostBlobs = 100

/** An embedded signature of these blobs, in this order. Its numbers are big-endian, unlike those around it. */
export function encodeSuperBlob(blobs: readonly Blob[]): Buffer {
  const header = Buffer.alloc(headerSize + blobs.length * entrySize)
  let offset = header.length
  blobs.forEach(({ slot, bytes }, index) => {
    header.writeUInt32BE(slot, headerSize + index * entrySize)
    header.writeUInt32BE(offset, headerSize + index * entrySize + 4)
    offset += bytes.length
  })
  header.writeUInt32BE(magics.superBlob, 0)
  header.writeUInt32BE(offset, 4)
  header.writeUInt32BE(blobs.length, 8)
  return Buffer.concat([header, ...blobs.map(({ bytes }) => bytes)])
}

/** The blobs of an embedded signature; what follows it in `bytes` is room that it does not use. */
export function decodeSuperBlob(bytes: Buffer): Blob[] {
  if (bytes.length < headerSize || bytes.readUInt32BE(0) !== magics.superBlob)
    refuse('it does not begin with fade0cc0')
  const length = bytes.readUInt32BE(4)
  const count = bytes.readUInt32BE(8)
  const start = headerSize + count * entrySize
  if (length > bytes.length || start > length || count > mostBlobs)
    refuse(`its ${count} parts end at ${length} of ${bytes.length} bytes`)
  const blobs = Array.from({ length: count }, (_, index) => {
    const slot = bytes.readUInt32BE(headerSize + index * entrySize)
    const offset = bytes.readUInt32BE(headerSize + index * entrySize + 4)
    const size = offset >= start && offset + 8 <= length ? bytes.readUInt32BE(offset + 4) : 0
    if (size < 8 || offset + size > length)
      refuse(
        `its part in slot ${slot} has ${size} bytes at ${offset}, but the parts lie from ${start} to ${length}`,
      )
    return { slot, bytes: bytes.subarray(offset, offset + size) }
  })
  const twice = blobs.find(({ slot }, index) => blobs.findIndex((blob) => blob.slot === slot) !== index)
  if (twice !== undefined) refuse(`it has two parts in slot ${twice.slot}`)
  return blobs
}

/** A blob with nothing but its magic number and length, and what the kind has behind them. */
export function encodeBlob(magic: number, content: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(magic, 0)
  header.writeUInt32BE(8 + content.length, 4)
  return Buffer.concat([header, content])
}

function refuse(reason: string): never {
  throw new BuildError(`Cannot read the signature: ${reason}`)
}
