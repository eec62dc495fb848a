import { BuildError } from '../errors.ts'
import { magics } from './super-blob.ts'

/** The part of a signature that holds a hash of each page of the file. */
export interface CodeDirectory {
  readonly identifier: string
  /** The developer's, where a certificate names one. */
  readonly team?: string
  /** Bits of `signatureFlags` and others. */
  readonly flags: number
  readonly hash: HashName
  /** Bytes from one hashed page to the next; Infinity where one hash covers all. */
  readonly pageSize: number
  /** How many bytes of the file the hashes cover: all before the signature. */
  readonly codeLimit: number
  /** Where the code lies; only since version 0x20400. */
  readonly executable?: { readonly offset: number; readonly size: number; readonly mainBinary: boolean }
  /** The hash of the blob in slot 1, 2 and so on; zeros where there is none. */
  readonly slotHashes: readonly Buffer[]
  readonly pageHashes: readonly Buffer[]
}

export type HashName = 'sha1' | 'sha256' | 'sha384'

export const signatureFlags = { adHoc: 0x2, hardenedRuntime: 0x10000 } as const

/** By the number that stands for it; a hash of 20 bytes of type 3 is the beginning of a SHA-256. */
const hashes: Readonly<Record<number, { readonly name: HashName; readonly size: number }>> = {
  1: { name: 'sha1', size: 20 },
  2: { name: 'sha256', size: 32 },
  3: { name: 'sha256', size: 20 },
  4: { name: 'sha384', size: 48 },
}

const version = 0x20400
/** Each version has the fields of the one before, and some more. */
const headerSizes = [
  [0x20600, 108],
  [0x20500, 96],
  [0x20400, 88],
  [0x20300, 64],
  [0x20200, 52],
  [0x20100, 48],
  [0x20001, 44],
] as const
const headerSize = 88
const mainBinary = 1n

/** A code directory of version 0x20400 with SHA-256 hashes of pages whose size is a power of two. */
export function encodeCodeDirectory(directory: CodeDirectory): Buffer {
  const { identifier, flags, codeLimit, executable, pageSize, slotHashes, pageHashes } = directory
  const name = Buffer.from(`${identifier}\0`)
  const hashOffset = headerSize + name.length + slotHashes.length * 32
  const header = Buffer.alloc(headerSize)
  header.writeUInt32BE(magics.codeDirectory, 0)
  header.writeUInt32BE(hashOffset + pageHashes.length * 32, 4)
  header.writeUInt32BE(version, 8)
  header.writeUInt32BE(flags, 12)
  header.writeUInt32BE(hashOffset, 16)
  header.writeUInt32BE(headerSize, 20)
  header.writeUInt32BE(slotHashes.length, 24)
  header.writeUInt32BE(pageHashes.length, 28)
  header.writeUInt32BE(codeLimit, 32)
  header.set([32, 2, 0, Math.log2(pageSize)], 36)
  header.writeBigUInt64BE(BigInt(executable?.offset ?? 0), 64)
  header.writeBigUInt64BE(BigInt(executable?.size ?? 0), 72)
  header.writeBigUInt64BE(executable?.mainBinary ? mainBinary : 0n, 80)
  // The hashes of the slots come before those of the pages, the highest slot first.
  return Buffer.concat([header, name, ...slotHashes.toReversed(), ...pageHashes])
}

export function decodeCodeDirectory(bytes: Buffer): CodeDirectory {
  if (bytes.length < 44 || bytes.readUInt32BE(0) !== magics.codeDirectory)
    refuse('it does not begin with fade0c02')
  const has = bytes.readUInt32BE(8)
  const size = headerSizes.find(([since]) => since <= has)?.[1]
  if (size === undefined || has >= 0x30000 || bytes.length < size)
    refuse(`it has version 0x${has.toString(16)} and ${bytes.length} bytes, which is unknown`)
  const hash = hashes[bytes.readUInt8(37)]
  const exponent = bytes.readUInt8(39)
  if (hash === undefined || hash.size !== bytes.readUInt8(36) || exponent > 20)
    refuse(
      `its hashes of type ${bytes[37]}, ${bytes[36]} bytes long, of pages of 2^${exponent} bytes, are unknown`,
    )
  if (has >= 0x20100 && bytes.readUInt32BE(44) !== 0) refuse('it leaves parts of the file out (scatter)')
  const team = has >= 0x20200 ? bytes.readUInt32BE(48) : 0
  const wideLimit = has >= 0x20300 ? Number(bytes.readBigUInt64BE(56)) : 0
  return {
    identifier: textAt(bytes, bytes.readUInt32BE(20), size),
    ...(team === 0 ? {} : { team: textAt(bytes, team, size) }),
    flags: bytes.readUInt32BE(12),
    hash: hash.name,
    pageSize: exponent === 0 ? Number.POSITIVE_INFINITY : 2 ** exponent,
    codeLimit: wideLimit || bytes.readUInt32BE(32),
    ...(has < 0x20400 ? {} : { executable: executableOf(bytes) }),
    ...hashesOf(bytes, size, hash.size),
  }
}

function executableOf(bytes: Buffer): NonNullable<CodeDirectory['executable']> {
  return {
    offset: Number(bytes.readBigUInt64BE(64)),
    size: Number(bytes.readBigUInt64BE(72)),
    mainBinary: (bytes.readBigUInt64BE(80) & mainBinary) !== 0n,
  }
}

function hashesOf(
  bytes: Buffer,
  start: number,
  size: number,
): Pick<CodeDirectory, 'slotHashes' | 'pageHashes'> {
  const offset = bytes.readUInt32BE(16)
  const slots = bytes.readUInt32BE(24)
  const pages = bytes.readUInt32BE(28)
  if (offset - slots * size < start || offset + pages * size > bytes.length) {
    refuse(
      `its ${slots} hashes before and ${pages} hashes behind byte ${offset} do not lie from ${start} to ${bytes.length}`,
    )
  }
  const hashAt = (at: number) => bytes.subarray(at, at + size)
  return {
    slotHashes: Array.from({ length: slots }, (_, index) => hashAt(offset - (index + 1) * size)),
    pageHashes: Array.from({ length: pages }, (_, index) => hashAt(offset + index * size)),
  }
}

function textAt(bytes: Buffer, at: number, start: number): string {
  const end = at < start ? -1 : bytes.indexOf(0, at)
  if (end < 0) refuse(`a name at ${at} does not lie from ${start} to ${bytes.length}`)
  return bytes.toString('utf8', at, end)
}

function refuse(reason: string): never {
  throw new BuildError(`Cannot read the signature's code directory: ${reason}`)
}
