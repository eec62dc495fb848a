import { BuildError } from '../errors.ts'
import { type FileBytes, openBytes } from './bytes.ts'
import type { Executable } from './facts.ts'

const machines: Readonly<Record<number, string>> = {
  332: 'i386',
  452: 'armnt',
  34404: 'x64',
  42561: 'arm64ec',
  43620: 'arm64',
}
const magic = { pe32: 0x10b, pe32plus: 0x20b }
const directory = { imports: 1, resources: 2 }
/** Windows itself loads no more. */
const mostSections = 96
const mostLibraries = 4096
const applicationData = 10
const blobName = 'NODE_SEA_BLOB'

/** What a Windows executable or DLL says of itself. Libraries that it loads only when it first calls them stay out. */
export function readPe(bytes: Buffer): Executable {
  const pe = openPe(bytes)
  const blob = findBlob(pe)
  return {
    format: 'pe',
    os: 'win',
    arch: pe.arch,
    libraries: readImports(pe),
    wantedVersions: {},
    offeredVersions: [],
    minimumSystem: pe.minimumSystem,
    ...(blob === undefined ? {} : { blob }),
  }
}

interface Pe {
  readonly file: FileBytes
  readonly arch: string
  readonly minimumSystem: string
  readonly sections: readonly Section[]
  /** Where the data directories begin, and how many there are. */
  readonly directories: { readonly at: number; readonly count: number }
}

interface Section {
  readonly address: number
  readonly offset: number
  readonly size: number
}

function openPe(bytes: Buffer): Pe {
  const file = openBytes(bytes)
  const header = file.length < 64 ? file.length : file.u32(60)
  if (header + 24 > file.length || file.u32(header) !== 0x4550)
    throw new BuildError('it is a program for DOS, or a Windows program that was cut: it has no PE header')
  const machine = file.u16(header + 4)
  const optional = header + 24
  const kind = file.u16(optional)
  if (kind !== magic.pe32 && kind !== magic.pe32plus)
    throw new BuildError(
      `it is no Windows program: the kind of its optional header is ${kind}, not 267 or 523`,
    )
  const count = file.u16(header + 6)
  if (count > mostSections)
    throw new BuildError(
      `it is damaged: it names ${count} sections, but Windows loads at most ${mostSections}`,
    )
  const firstDirectory = optional + (kind === magic.pe32plus ? 112 : 96)
  return {
    file,
    arch: machines[machine] ?? `machine ${machine}`,
    minimumSystem: `${file.u16(optional + 48)}.${file.u16(optional + 50)}`,
    sections: readSections(file, optional + file.u16(header + 20), count, file.u32(optional + 60)),
    directories: { at: firstDirectory, count: file.u32(firstDirectory - 4) },
  }
}

/** The headers are loaded too: they are the first section here. */
function readSections(file: FileBytes, table: number, count: number, headers: number): Section[] {
  const sections = Array.from({ length: count }, (_, index) => {
    const at = table + index * 40
    const section = { address: file.u32(at + 12), offset: file.u32(at + 20), size: file.u32(at + 16) }
    if (section.size > 0) file.slice(section.offset, section.size)
    return section
  })
  return [{ address: 0, offset: 0, size: headers }, ...sections]
}

/** Where a directory lies in memory; 0 where there is none. */
function addressOf({ file, directories }: Pe, index: number): number {
  return index < directories.count ? file.u32(directories.at + index * 8) : 0
}

/** Where an address of the running program lies in the file. */
function offsetOf({ sections }: Pe, virtual: number): number {
  const home = sections.find(({ address, size }) => virtual >= address && virtual < address + size)
  if (home === undefined)
    throw new BuildError(`it is damaged: address ${virtual} of its tables is in none of its sections`)
  return home.offset + (virtual - home.address)
}

/** A list of entries of 20 bytes that ends with an empty one. */
function readImports(pe: Pe): string[] {
  const libraries: string[] = []
  const table = addressOf(pe, directory.imports)
  if (table === 0) return libraries
  for (let at = offsetOf(pe, table); pe.file.u32(at + 12) !== 0; at += 20) {
    if (libraries.length === mostLibraries)
      throw new BuildError(`it is damaged: it names more than ${mostLibraries} libraries`)
    libraries.push(pe.file.text(offsetOf(pe, pe.file.u32(at + 12))))
  }
  return libraries
}

/** Resources are a tree of three levels: type, name, language; Windows compares names without regard to case. */
function findBlob(pe: Pe): { offset: number; size: number } | undefined {
  const root = addressOf(pe, directory.resources)
  if (root === 0) return undefined
  const base = offsetOf(pe, root)
  const { file } = pe
  const type = entriesAt(file, base).find(({ name }) => name === applicationData)
  if (type === undefined) return undefined
  const entry = entriesAt(file, base + type.offset).find(
    ({ name, named }) => named && isBlobName(file, base + name),
  )
  if (entry === undefined) return undefined
  const language = entriesAt(file, base + entry.offset)[0]
  if (language === undefined) throw new BuildError(`it is damaged: its resource ${blobName} has no content`)
  const leaf = base + language.offset
  const blob = { offset: offsetOf(pe, file.u32(leaf)), size: file.u32(leaf + 4) }
  file.slice(blob.offset, blob.size)
  return blob
}

interface Entry {
  /** A number, or where the text of a name lies. */
  readonly name: number
  readonly named: boolean
  readonly offset: number
}

function entriesAt(file: FileBytes, at: number): Entry[] {
  const count = file.u16(at + 12) + file.u16(at + 14)
  file.slice(at + 16, count * 8)
  return Array.from({ length: count }, (_, index) => {
    const name = file.u32(at + 16 + index * 8)
    return {
      name: name & 0x7fffffff,
      named: name > 0x7fffffff,
      offset: file.u32(at + 20 + index * 8) & 0x7fffffff,
    }
  })
}

function isBlobName(file: FileBytes, at: number): boolean {
  if (file.u16(at) !== blobName.length) return false
  return (
    file
      .slice(at + 2, 2 * blobName.length)
      .toString('utf16le')
      .toUpperCase() === blobName
  )
}
