import { createHash } from 'node:crypto'
import { BuildError } from '../errors.ts'
import { type MachOLayout, readLayout } from '../executable/mach-o-layout.ts'
import { type CodeDirectory, decodeCodeDirectory, signatureFlags } from './code-directory.ts'
import { findSignature, hashPages } from './mach-o.ts'
import { type Blob, decodeSuperBlob, slots } from './super-blob.ts'

/** What a signature says of itself. */
export interface MachOSignature {
  readonly identifier: string
  /** Of the developer, where a certificate names one. */
  readonly team?: string
  /** Signed without a certificate. */
  readonly adHoc: boolean
  readonly hardenedRuntime: boolean
  /** The hash of each code directory, as `['sha1', 'sha256']`. */
  readonly hashes: readonly string[]
  /** How many pages are hashed, and how many bytes each but the last one has. */
  readonly pages: number
  readonly pageSize: number
  /** How many bytes of the file the hashes cover: all before the signature. */
  readonly codeLimit: number
  readonly entitlements: boolean
}

/** Parts that a code directory may name but that lie in other files: a bundle's Info.plist and resources, a disk image. */
const elsewhere = new Set([1, 3, 6])
const program = 2

/**
 * Refuses a Mach-O file whose bytes are not those that were signed, with the page or part that differs. It says
 * nothing of who signed: certificates are not checked, and anyone can sign ad hoc.
 */
export function verifyMachO(bytes: Buffer): MachOSignature {
  const layout = readLayout(bytes)
  const { offset, size } = findSignature(bytes, layout) ?? refuse('it has none')
  checkPlace(bytes, layout, offset, size)
  const blobs = decodeSuperBlob(bytes.subarray(offset))
  const directories = blobs.filter(isCodeDirectory).map((blob) => decodeCodeDirectory(blob.bytes))
  const [first] = directories
  if (first === undefined || blobs.every(({ slot }) => slot !== slots.codeDirectory))
    refuse('it has no code directory')
  for (const directory of directories) {
    checkReach(directory, layout, offset)
    checkSlots(directory, blobs)
    checkPages(directory, bytes.subarray(0, offset))
  }
  checkCertificates(first, blobs)
  return {
    identifier: first.identifier,
    ...(first.team === undefined ? {} : { team: first.team }),
    adHoc: (first.flags & signatureFlags.adHoc) !== 0,
    hardenedRuntime: (first.flags & signatureFlags.hardenedRuntime) !== 0,
    hashes: directories.map(({ hash }) => hash),
    pages: first.pageHashes.length,
    pageSize: first.pageSize,
    codeLimit: first.codeLimit,
    entitlements: blobs.some(({ slot }) => slot === slots.entitlements),
  }
}

function isCodeDirectory({ slot }: Blob): boolean {
  return slot === slots.codeDirectory || (slot >= slots.alternates && slot < slots.alternatesEnd)
}

/** Bytes behind the signature or the segment would be covered by nothing. */
function checkPlace(bytes: Buffer, { segments }: MachOLayout, offset: number, size: number): void {
  const linkEdit = segments.find(({ name }) => name === '__LINKEDIT')
  const end = linkEdit === undefined ? 0 : linkEdit.offset + linkEdit.size
  if (linkEdit === undefined || offset < linkEdit.offset || offset + size !== end || end !== bytes.length) {
    refuse(
      `it lies from ${offset} to ${offset + size}, but must end with the segment "__LINKEDIT", which ends at ${end}, and with the file, at ${bytes.length}`,
    )
  }
}

function checkReach(directory: CodeDirectory, layout: MachOLayout, offset: number): void {
  const { codeLimit, pageSize, pageHashes, executable } = directory
  if (codeLimit !== offset) refuse(`it covers ${codeLimit} bytes, but ${offset} lie before it`)
  const pages = Number.isFinite(pageSize) ? Math.ceil(codeLimit / pageSize) : 1
  if (pageHashes.length !== pages)
    refuse(
      `it has ${pageHashes.length} page hashes, but ${codeLimit} bytes have ${pages} pages of ${pageSize}`,
    )
  const text = layout.segments.find(({ name }) => name === '__TEXT')
  if (executable === undefined || text === undefined) return
  if (executable.offset !== text.offset || executable.size !== text.size) {
    refuse(
      `it says that the code has ${executable.size} bytes at ${executable.offset}, but the segment "__TEXT" has ${text.size} at ${text.offset}`,
    )
  }
  if (executable.mainBinary !== (layout.fileType === program))
    refuse(`it is ${executable.mainBinary ? '' : 'not '}that of a program, unlike the file`)
}

function checkSlots({ hash, slotHashes }: CodeDirectory, blobs: readonly Blob[]): void {
  for (const { slot, bytes } of blobs) {
    if (slot === slots.codeDirectory || slot >= slots.alternates) continue
    const expected = slotHashes[slot - 1]
    const actual = createHash(hash).update(bytes).digest()
    if (expected === undefined || !expected.equals(actual.subarray(0, expected.length)))
      refuse(`its part in slot ${slot} (${nameOf(slot)}) is not the one that was signed`)
  }
  slotHashes.forEach((expected, index) => {
    const slot = index + 1
    if (elsewhere.has(slot) || expected.every((byte) => byte === 0)) return
    if (blobs.every((blob) => blob.slot !== slot))
      refuse(`it lacks the part in slot ${slot} (${nameOf(slot)}) that was signed`)
  })
}

function nameOf(slot: number): string {
  return { 2: 'requirements', 5: 'entitlements', 7: 'entitlements in DER' }[slot] ?? 'of a use unknown here'
}

function checkPages({ hash, pageSize, pageHashes }: CodeDirectory, code: Buffer): void {
  const actual = hashPages(code, Math.min(pageSize, code.length), hash)
  const changed = pageHashes.flatMap((expected, page) =>
    actual[page]?.subarray(0, expected.length).equals(expected) ? [] : [page],
  )
  const [page] = changed
  if (page === undefined) return
  const start = page * Math.min(pageSize, code.length)
  const end = Math.min(start + pageSize, code.length)
  const others = changed.length === 1 ? '' : `, and ${changed.length - 1} more`
  refuse(
    `page ${page} of ${pageHashes.length}, the bytes ${start} to ${end - 1}, is not the one that was signed${others}`,
  )
}

/** macOS ends a program whose signature names no certificate and does not say that it has none. */
function checkCertificates({ flags }: CodeDirectory, blobs: readonly Blob[]): void {
  const certificates = blobs.find(({ slot }) => slot === slots.certificates)
  const some = certificates !== undefined && certificates.bytes.length > 8
  if ((flags & signatureFlags.adHoc) === 0 && !some) refuse('it is neither ad hoc nor has it a certificate')
}

function refuse(reason: string): never {
  throw new BuildError(`The Mach-O file's signature does not hold: ${reason}`)
}
