import type { Executable } from './facts.ts'
import {
  archOf,
  checkSize,
  type MachOCommand,
  type MachOLayout,
  readLayout,
  refuse,
} from './mach-o-layout.ts'

/**
 * A library that the start fails without: loaded, handed on to others (re-exported), or needing this one itself
 * (upward). Weak and lazy libraries may be missing.
 */
const neededLibraries = new Set([0xc, 0x8000001f, 0x80000023])
const buildVersion = 0x32
const oldestMacOS = 0x24
const macOS = 1

/** What the headers of a 64-bit program, library or bundle for macOS say; a universal file is refused. */
export function readMachO(bytes: Buffer): Executable {
  const layout = readLayout(bytes)
  const minimumSystem = findMinimumSystem(bytes, layout)
  const blob = findBlob(layout)
  return {
    format: 'mach-o',
    os: 'darwin',
    arch: layout.arch,
    libraries: layout.commands
      .filter(({ kind }) => neededLibraries.has(kind))
      .map((command) => libraryOf(bytes, command)),
    wantedVersions: {},
    offeredVersions: [],
    ...(minimumSystem === undefined ? {} : { minimumSystem }),
    ...(blob === undefined ? {} : { blob }),
  }
}

/** The files in a universal file, in its order; of any other file, none. They share the memory of `bytes`. */
export function machOSlices(bytes: Buffer): { readonly arch: string; readonly bytes: Buffer }[] {
  const magic = bytes.length < 8 ? 0 : bytes.readUInt32BE(0)
  if (magic !== 0xcafebabe && magic !== 0xcafebabf) return []
  const wide = magic === 0xcafebabf
  const count = bytes.readUInt32BE(4)
  const entrySize = wide ? 32 : 20
  // A Java class begins with the same four bytes, followed by a version of 45 or more.
  if (count > 32 || 8 + count * entrySize > bytes.length)
    refuse(`it says that it holds files for ${count} processors, but it has ${bytes.length} bytes`)
  return Array.from({ length: count }, (_, index) => {
    const at = 8 + index * entrySize
    const arch = archOf(bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4))
    const offset = wide ? Number(bytes.readBigUInt64BE(at + 8)) : bytes.readUInt32BE(at + 8)
    const size = wide ? Number(bytes.readBigUInt64BE(at + 16)) : bytes.readUInt32BE(at + 12)
    if (offset + size > bytes.length)
      refuse(`it has ${bytes.length} bytes but its part for ${arch} ends at ${offset + size}, so it was cut`)
    return { arch, bytes: bytes.subarray(offset, offset + size) }
  })
}

function libraryOf(bytes: Buffer, command: MachOCommand): string {
  const { at, size } = checkSize(command, 24)
  const name = bytes.readUInt32LE(at + 8)
  const end = name < size ? bytes.subarray(0, at + size).indexOf(0, at + name) : -1
  if (end < 0) refuse(`the name of a library does not lie inside its load command at ${at}`)
  return bytes.toString('utf8', at + name, end)
}

function findMinimumSystem(bytes: Buffer, { commands }: MachOLayout): string | undefined {
  for (const command of commands) {
    if (command.kind === oldestMacOS) return versionAt(bytes, checkSize(command, 16).at + 8)
    if (command.kind !== buildVersion) continue
    const { at } = checkSize(command, 24)
    if (bytes.readUInt32LE(at + 8) === macOS) return versionAt(bytes, at + 12)
  }
  return undefined
}

function versionAt(bytes: Buffer, at: number): string {
  const patch = bytes[at]
  const version = `${bytes.readUInt16LE(at + 2)}.${bytes[at + 1]}`
  return patch === 0 ? version : `${version}.${patch}`
}

/** postject puts the two underscores before the name it is given. */
function findBlob({ segments }: MachOLayout): Executable['blob'] {
  const section = segments
    .find(({ name }) => name === 'NODE_SEA')
    ?.sections.find(({ name }) => name === '__NODE_SEA_BLOB')
  return section === undefined ? undefined : { offset: section.offset, size: section.size }
}
