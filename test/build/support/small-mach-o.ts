import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface SmallMachO {
  readonly cpu?: number
  readonly subtype?: number
  readonly fileType?: number
  /** Further load commands, behind the segments. */
  readonly commands?: readonly Buffer[]
  /** The content of the segment that postject makes with --macho-segment-name NODE_SEA. */
  readonly blob?: Buffer
  /** How many bytes are free behind the load commands. */
  readonly room?: number
  /** How many bytes the last segment has. */
  readonly linkEdit?: number
}

export const cpus = { x64: 0x01000007, arm64: 0x0100000c } as const
export const kinds = {
  loadLibrary: 0xc,
  lazyLibrary: 0x20,
  weakLibrary: 0x80000018,
  reexportedLibrary: 0x8000001f,
  upwardLibrary: 0x80000023,
  signature: 0x1d,
  oldestMacOS: 0x24,
  build: 0x32,
} as const

const base = 0x100000000
/** Where the segments begin: each takes 8192 bytes of the file, but the last. */
const part = 0x2000

/** A program as Apple's linker lays it out: __PAGEZERO, __TEXT, perhaps NODE_SEA, __LINKEDIT. */
export function machOOf(about: SmallMachO): Buffer {
  const { cpu = cpus.arm64, subtype = 0, fileType = 2, blob, room = 64, linkEdit = 5000 } = about
  const parts = blob === undefined ? 1 : 2
  const segments = (code: number) => [
    segment('__PAGEZERO', { address: 0, memory: base, offset: 0, size: 0 }),
    segment('__TEXT', { address: base, memory: 0x4000, offset: 0, size: part }, [
      { name: '__text', offset: code, size: part - code, type: 0 },
      { name: '__bss', offset: 0, size: 0x4000, type: 1 },
    ]),
    ...(blob === undefined
      ? []
      : [
          segment('NODE_SEA', { address: base + 0x4000, memory: 0x4000, offset: part, size: blob.length }, [
            { name: '__NODE_SEA_BLOB', offset: part, size: blob.length, type: 0 },
          ]),
        ]),
    segment('__LINKEDIT', {
      address: base + parts * 0x4000,
      memory: 0x4000,
      offset: parts * part,
      size: linkEdit,
    }),
    ...(about.commands ?? []),
  ]
  const size = segments(0).reduce((sum, { length }) => sum + length, 0)
  const commands = segments(32 + size + room)
  const file = Buffer.alloc(parts * part + linkEdit)
  for (let at = 32 + size + room; at < file.length; at++) file[at] = (at >> 8) ^ at
  const header = [0xfeedfacf, cpu, subtype, fileType, commands.length, size, 0x200085, 0]
  header.forEach((value, index) => {
    file.writeUInt32LE(value, index * 4)
  })
  Buffer.concat(commands).copy(file, 32)
  blob?.copy(file, part)
  return file
}

export function library(name: string, kind: number = kinds.loadLibrary): Buffer {
  const bytes = command(kind, Math.ceil((24 + name.length + 1) / 8) * 8)
  bytes.writeUInt32LE(24, 8)
  bytes.write(name, 24)
  return bytes
}

/** The oldest system: 13.5.0 is 0x000d0500; platform 1 is macOS, 6 Catalyst. */
export function build(platform: number, version: number): Buffer {
  const bytes = command(kinds.build, 24)
  bytes.writeUInt32LE(platform, 8)
  bytes.writeUInt32LE(version, 12)
  return bytes
}

export function oldest(version: number): Buffer {
  const bytes = command(kinds.oldestMacOS, 16)
  bytes.writeUInt32LE(version, 8)
  return bytes
}

export function signatureAt(offset: number, size: number): Buffer {
  const bytes = command(kinds.signature, 16)
  bytes.writeUInt32LE(offset, 8)
  bytes.writeUInt32LE(size, 12)
  return bytes
}

export interface Place {
  readonly address: number
  readonly memory: number
  readonly offset: number
  readonly size: number
}

interface Section {
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly type: number
}

export function segment(name: string, place: Place, sections: readonly Section[] = []): Buffer {
  const bytes = command(0x19, 72 + sections.length * 80)
  bytes.write(name, 8)
  const numbers = [place.address, place.memory, place.offset, place.size]
  numbers.forEach((value, index) => {
    bytes.writeBigUInt64LE(BigInt(value), 24 + index * 8)
  })
  bytes.writeUInt32LE(sections.length, 64)
  sections.forEach((section, index) => {
    const at = 72 + index * 80
    bytes.write(section.name, at)
    bytes.write(name, at + 16)
    bytes.writeBigUInt64LE(BigInt(place.address + section.offset), at + 32)
    bytes.writeBigUInt64LE(BigInt(section.size), at + 40)
    bytes.writeUInt32LE(section.offset, at + 48)
    bytes.writeUInt32LE(section.type, at + 64)
  })
  return bytes
}

/** A file of test/build/fixtures/mach-o, unpacked. */
export function machOFixture(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`../fixtures/mach-o/${name}.gz`, import.meta.url)))
}

function command(kind: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.writeUInt32LE(kind, 0)
  bytes.writeUInt32LE(size, 4)
  return bytes
}
