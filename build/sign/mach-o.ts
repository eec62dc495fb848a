import { createHash } from 'node:crypto'
import { BuildError } from '../errors.ts'
import {
  checkSize,
  type MachOCommand,
  type MachOLayout,
  type MachOSegment,
  readLayout,
} from '../executable/mach-o-layout.ts'
import { encodeCodeDirectory, type HashName, signatureFlags } from './code-directory.ts'
import { encodeBlob, encodeSuperBlob, magics, slots } from './super-blob.ts'

const signatureCommand = 0x1d
const signatureCommandSize = 16
const program = 2
const hashedPage = 4096
/** Of Apple's processors; Apple's tools round so for Intel's as well. */
const memoryPage = 16384
/** What a signature begins on, and the size of its room is a multiple of. */
const alignment = 16

/**
 * A copy of a Mach-O file with an ad-hoc signature, the same for the same bytes and identifier; one that it had is
 * replaced. It has the three parts that `codesign --sign -` writes: a code directory, empty requirements and no
 * certificate.
 *
 * The official Node is signed with the hardened runtime, which takes rights away, and with entitlements, which give
 * some back: to write code at run time (V8), to load libraries of others (addons). Without the hardened runtime
 * nothing is taken, so there are no entitlements here either; one of them lets debuggers of the same user in.
 */
export function signMachO(bytes: Buffer, identifier: string): Buffer {
  if (identifier === '' || identifier.includes('\0'))
    refuse(`${JSON.stringify(identifier)} cannot be its identifier`)
  const layout = readLayout(bytes)
  const linkEdit = lastSegment(layout)
  const text = layout.segments.find(({ name }) => name === '__TEXT') ?? refuse('it has no segment "__TEXT"')
  const end = endOfContent(bytes, layout, linkEdit)
  const codeLimit = roundUp(end, alignment)
  if (codeLimit > 0xffffffff) refuse(`it has ${codeLimit} bytes, but signatures begin below 4 GB`)
  const signature = (pageHashes: readonly Buffer[]) => encode(identifier, codeLimit, layout, text, pageHashes)

  const unhashed = Array.from({ length: Math.ceil(codeLimit / hashedPage) }, () => Buffer.alloc(32))
  const room = roundUp(signature(unhashed).length, alignment)
  const signed = Buffer.alloc(codeLimit + room)
  bytes.copy(signed, 0, 0, end)
  writeCommand(signed, layout, codeLimit, room)
  growSegment(signed, linkEdit)
  signature(hashPages(signed.subarray(0, codeLimit), hashedPage, 'sha256')).copy(signed, codeLimit)
  return signed
}

/** Where a signature lies, as the file's load commands say; undefined where they name none. */
export function findSignature(
  bytes: Buffer,
  { commands }: MachOLayout,
): { readonly command: MachOCommand; readonly offset: number; readonly size: number } | undefined {
  const found = commands.filter(({ kind }) => kind === signatureCommand)
  if (found.length > 1) refuse(`it has ${found.length} signatures`)
  const [command] = found
  if (command === undefined) return undefined
  const { at } = checkSize(command, signatureCommandSize)
  return { command, offset: bytes.readUInt32LE(at + 8), size: bytes.readUInt32LE(at + 12) }
}

/** The hash of each page; the last one ends where the bytes end. */
export function hashPages(bytes: Buffer, pageSize: number, hash: HashName): Buffer[] {
  const hashes: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pageSize)
    hashes.push(
      createHash(hash)
        .update(bytes.subarray(at, at + pageSize))
        .digest(),
    )
  return hashes
}

/** The segment that a signature belongs in, which can grow only where nothing follows it. */
function lastSegment({ segments }: MachOLayout): MachOSegment {
  const linkEdit = segments.find(({ name }) => name === '__LINKEDIT')
  if (linkEdit === undefined) refuse('it has no segment "__LINKEDIT" to put a signature into')
  const behind = segments.find(
    (segment) =>
      segment !== linkEdit &&
      (segment.offset + segment.size > linkEdit.offset ||
        segment.address + segment.memory > linkEdit.address),
  )
  if (behind !== undefined) {
    refuse(
      `its segment "${behind.name}" lies behind "__LINKEDIT", which cannot grow then: inject with --macho-segment-name NODE_SEA`,
    )
  }
  return linkEdit
}

/** Where the file ends without the signature that it may have. */
function endOfContent(bytes: Buffer, layout: MachOLayout, linkEdit: MachOSegment): number {
  const end = linkEdit.offset + linkEdit.size
  if (end !== bytes.length)
    refuse(`it has ${bytes.length} bytes but its last segment "__LINKEDIT" ends at ${end}`)
  const old = findSignature(bytes, layout)
  if (old === undefined) return end
  if (old.offset < linkEdit.offset || old.offset + old.size !== end) {
    refuse(
      `the signature that it has lies from ${old.offset} to ${old.offset + old.size} instead of at its end, ${end}`,
    )
  }
  return old.offset
}

function encode(
  identifier: string,
  codeLimit: number,
  { fileType }: MachOLayout,
  text: MachOSegment,
  pageHashes: readonly Buffer[],
): Buffer {
  const requirements = encodeBlob(magics.requirements, Buffer.alloc(4))
  const codeDirectory = encodeCodeDirectory({
    identifier,
    flags: signatureFlags.adHoc,
    hash: 'sha256',
    pageSize: hashedPage,
    codeLimit,
    executable: { offset: text.offset, size: text.size, mainBinary: fileType === program },
    slotHashes: [Buffer.alloc(32), createHash('sha256').update(requirements).digest()],
    pageHashes,
  })
  return encodeSuperBlob([
    { slot: slots.codeDirectory, bytes: codeDirectory },
    { slot: slots.requirements, bytes: requirements },
    { slot: slots.certificates, bytes: encodeBlob(magics.certificates, Buffer.alloc(0)) },
  ])
}

/** Says where the signature lies, in the load command that is there or in a new one. */
function writeCommand(signed: Buffer, layout: MachOLayout, offset: number, size: number): void {
  const at = findSignature(signed, layout)?.command.at ?? addCommand(signed, layout)
  signed.writeUInt32LE(signatureCommand, at)
  signed.writeUInt32LE(signatureCommandSize, at + 4)
  signed.writeUInt32LE(offset, at + 8)
  signed.writeUInt32LE(size, at + 12)
}

function addCommand(signed: Buffer, { commands, commandsEnd, segments }: MachOLayout): number {
  const parts = segments.flatMap((segment) => [segment, ...segment.sections])
  const first = parts.reduce(
    (least, { offset, size }) => (size > 0 && offset > 0 ? Math.min(least, offset) : least),
    signed.length,
  )
  if (commandsEnd + signatureCommandSize > first) {
    refuse(
      `a load command takes ${signatureCommandSize} bytes, but only ${first - commandsEnd} are free behind the ones it has`,
    )
  }
  signed.writeUInt32LE(commands.length + 1, 16)
  signed.writeUInt32LE(signed.readUInt32LE(20) + signatureCommandSize, 20)
  return commandsEnd
}

function growSegment(signed: Buffer, linkEdit: MachOSegment): void {
  const size = signed.length - linkEdit.offset
  signed.writeBigUInt64LE(BigInt(roundUp(size, memoryPage)), linkEdit.at + 32)
  signed.writeBigUInt64LE(BigInt(size), linkEdit.at + 48)
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}

function refuse(reason: string): never {
  throw new BuildError(`Cannot sign the Mach-O file: ${reason}`)
}
