import { BuildError } from './errors.ts'

const checksum = 64
const securityDirectory = 112 + 4 * 8

/**
 * A 64-bit Windows executable without its Authenticode signature, which no longer fits once a blob is inside: Windows
 * shows such a file as damaged, and one without a signature as unsigned.
 */
export function dropAuthenticode(executable: Buffer): Buffer {
  const header = executable.length >= 64 ? executable.readUInt32LE(60) + 24 : Number.POSITIVE_INFINITY
  if (
    header + securityDirectory + 8 > executable.length ||
    executable.readUInt32LE(header - 24) !== 0x4550 ||
    executable.readUInt16LE(header) !== 0x20b
  ) {
    throw new BuildError(
      'Cannot take the signature off the Node binary: it is not a 64-bit Windows executable',
    )
  }
  const start = executable.readUInt32LE(header + securityDirectory)
  const end = start + executable.readUInt32LE(header + securityDirectory + 4)
  if (start > 0 && end !== executable.length) {
    throw new BuildError(
      `Cannot take the signature off the Node binary: it must be the last of ${executable.length} bytes, but ends at ${end}`,
    )
  }
  const unsigned = Buffer.from(executable.subarray(0, start > 0 ? start : undefined))
  unsigned.writeBigUInt64LE(0n, header + securityDirectory)
  unsigned.writeUInt32LE(0, header + checksum)
  return unsigned
}
