import { BuildError } from '../errors.ts'
import { type FileBytes, openBytes, outside } from './bytes.ts'
import { archOf, systemOf, typeFault } from './elf-words.ts'

export const segmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4 } as const

export interface Elf {
  readonly file: FileBytes
  readonly arch: string
  readonly wide: boolean
  readonly segments: readonly Segment[]
  /** The section table, absent in a stripped file. */
  readonly sections?: { readonly offset: number; readonly count: number; readonly entry: number }
}

export interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly size: number
}

/** The header has addresses of 4 or 8 bytes, and what follows them moves with their size. */
export function openElf(bytes: Buffer): Elf {
  if (bytes.length < 6) throw outside(6, bytes.length)
  const [width, order] = [bytes[4], bytes[5]]
  if (!(width === 1 || width === 2) || !(order === 1 || order === 2))
    throw new BuildError(
      `it is a damaged ELF file: its class is ${width} and its byte order ${order}, not 1 or 2`,
    )
  const wide = width === 2
  const file = openBytes(bytes, order === 1 ? 'little' : 'big')
  const system = systemOf(file.slice(7, 1)[0] ?? 0)
  if (system !== undefined) throw new BuildError(`it is an ELF file for ${system}, not for Linux`)
  const fault = typeFault(file.u16(16))
  if (fault !== undefined) throw new BuildError(fault)
  const word = wide ? 8 : 4
  const counts = 28 + 3 * word
  const sections = {
    offset: address(file, wide, 24 + 2 * word),
    entry: file.u16(counts + 6),
    count: file.u16(counts + 8),
  }
  if (sections.offset > 0) file.slice(sections.offset, sections.entry * sections.count)
  return {
    file,
    wide,
    arch: archOf(file.u16(18), wide, order === 1),
    segments: readSegments(file, wide, address(file, wide, 24 + word), file.u16(counts + 4)),
    ...(sections.offset === 0 ? {} : { sections }),
  }
}

export function address(file: FileBytes, wide: boolean, at: number): number {
  return wide ? file.u64(at) : file.u32(at)
}

function readSegments(file: FileBytes, wide: boolean, table: number, count: number): Segment[] {
  const [entry, offset, virtual, size] = wide ? [56, 8, 16, 32] : [32, 4, 8, 16]
  file.slice(table, count * entry)
  const used: readonly number[] = Object.values(segmentType)
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entry
    const segment = {
      type: file.u32(at),
      offset: address(file, wide, at + offset),
      address: address(file, wide, at + virtual),
      size: address(file, wide, at + size),
    }
    if (used.includes(segment.type)) file.slice(segment.offset, segment.size)
    return segment
  })
}

/** Where an address of the running program lies in the file. */
export function offsetOf(segments: readonly Segment[], virtual: number): number {
  const home = segments.find(
    ({ type, address, size }) => type === segmentType.load && virtual >= address && virtual < address + size,
  )
  if (home === undefined)
    throw new BuildError(`it is damaged: address ${virtual} of its tables is in none of its segments`)
  return home.offset + (virtual - home.address)
}
