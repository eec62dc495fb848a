import { BuildError } from '../errors.ts'
import type { FileBytes } from './bytes.ts'
import { address, type Elf, offsetOf, segmentType } from './elf-layout.ts'

const tag = {
  needed: 1,
  strings: 5,
  stringsSize: 10,
  soname: 14,
  offered: 0x6ffffffc,
  offeredCount: 0x6ffffffd,
  wanted: 0x6ffffffe,
  wantedCount: 0x6fffffff,
}
const baseVersion = 1
/** A libc has some fifty versions; the limit ends lists that run in circles. */
const mostEntries = 2000

export interface Dynamic {
  readonly libraries: readonly string[]
  readonly soname?: string
  readonly wantedVersions: ReadonlyMap<string, readonly string[]>
  readonly offeredVersions: readonly string[]
}

/** What the dynamic linker reads; empty in a program that is linked without it. */
export function readDynamic(elf: Elf): Dynamic {
  const { file, wide, segments } = elf
  const segment = segments.find(({ type }) => type === segmentType.dynamic)
  if (segment === undefined) return { libraries: [], wantedVersions: new Map(), offeredVersions: [] }
  const needed: number[] = []
  const kept = Object.values(tag)
  const values = new Map<number, number>()
  const word = wide ? 8 : 4
  for (let at = segment.offset; at + 2 * word <= segment.offset + segment.size; at += 2 * word) {
    const [name, value] = [address(file, wide, at), address(file, wide, at + word)]
    if (name === 0) break
    if (name === tag.needed) needed.push(value)
    else if (kept.includes(name)) values.set(name, value)
    if (needed.length > mostEntries) throw tooMany('libraries')
  }
  const strings = offsetOf(segments, values.get(tag.strings) ?? 0)
  const stringsSize = values.get(tag.stringsSize) ?? 0
  const name = (at: number): string => {
    if (at >= stringsSize)
      throw new BuildError(`it is damaged: a name lies at ${at} of ${stringsSize} bytes of names`)
    return file.text(strings + at)
  }
  const list = (which: number, counter: number) =>
    values.has(which)
      ? { at: offsetOf(segments, values.get(which) ?? 0), count: values.get(counter) ?? 0 }
      : undefined
  const soname = values.get(tag.soname)
  return {
    libraries: needed.map(name),
    ...(soname === undefined ? {} : { soname: name(soname) }),
    wantedVersions: readWanted(file, name, list(tag.wanted, tag.wantedCount)),
    offeredVersions: readOffered(file, name, list(tag.offered, tag.offeredCount)),
  }
}

type List = { readonly at: number; readonly count: number } | undefined

/** A chain of libraries, each with a chain of versions. */
function readWanted(file: FileBytes, name: (at: number) => string, list: List): Map<string, string[]> {
  const wanted = new Map<string, string[]>()
  let total = 0
  follow(list, (at) => {
    const library = name(file.u32(at + 4))
    const versions = wanted.get(library) ?? []
    follow({ at: at + file.u32(at + 8), count: file.u16(at + 2) }, (entry) => {
      if (++total > mostEntries) throw tooMany('versions')
      versions.push(name(file.u32(entry + 8)))
      return file.u32(entry + 12)
    })
    wanted.set(library, versions)
    return file.u32(at + 12)
  })
  return wanted
}

/** The first name of an entry is its own, others are those it follows; the base entry names the library itself. */
function readOffered(file: FileBytes, name: (at: number) => string, list: List): string[] {
  const offered: string[] = []
  follow(list, (at) => {
    if ((file.u16(at + 2) & baseVersion) === 0) offered.push(name(file.u32(at + file.u32(at + 12))))
    return file.u32(at + 16)
  })
  return offered
}

/** Calls `read` for each entry; it gives the distance to the next one. */
function follow(list: List, read: (at: number) => number): void {
  if (list === undefined) return
  if (list.count > mostEntries) throw tooMany('versions')
  let { at } = list
  for (let left = list.count; left > 0; left--) {
    const next = read(at)
    if (next === 0) return
    at += next
  }
}

function tooMany(what: string): BuildError {
  return new BuildError(`it is damaged: it names more than ${mostEntries} ${what}`)
}
