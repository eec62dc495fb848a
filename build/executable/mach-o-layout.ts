import { BuildError } from '../errors.ts'

/** Where the parts of a 64-bit little-endian Mach-O file lie. What is listed lies inside the file. */
export interface MachOLayout {
  /** `x64`, `arm64`, or another one by its number. */
  readonly arch: string
  /** 2 is a program, 6 a library, 8 a bundle such as a native addon. */
  readonly fileType: number
  readonly commands: readonly MachOCommand[]
  /** Where the last load command ends. */
  readonly commandsEnd: number
  readonly segments: readonly MachOSegment[]
}

export interface MachOCommand {
  readonly kind: number
  readonly at: number
  readonly size: number
}

export interface MachOSegment {
  readonly name: string
  /** Where its load command lies. */
  readonly at: number
  readonly address: number
  /** How many bytes it takes in memory. */
  readonly memory: number
  readonly offset: number
  readonly size: number
  readonly sections: readonly MachOSection[]
}

export interface MachOSection {
  readonly name: string
  readonly offset: number
  /** How many bytes it takes in the file: 0 where the system fills it with zeros. */
  readonly size: number
}

const headerSize = 32
const segmentSize = 72
const sectionSize = 80
const segment64 = 0x19
/** A Node has some thirty load commands, of 5 KB. */
const mostCommands = 10_000
const mostCommandBytes = 2 ** 24
/** Section types that take no bytes of the file: zerofill, of 4 GB and more, and of each thread. */
const zeroFilled = new Set([0x1, 0xc, 0x12])

/** Reads header and load commands; a cut or inconsistent file is a BuildError. */
export function readLayout(bytes: Buffer): MachOLayout {
  checkMagic(bytes)
  if (bytes.length < headerSize) refuse(`it has ${bytes.length} bytes but its header takes ${headerSize}`)
  const [count, size] = [bytes.readUInt32LE(16), bytes.readUInt32LE(20)]
  if (count > mostCommands || size > mostCommandBytes)
    refuse(
      `its header names ${count} load commands of ${size} bytes, and no program has more than ${mostCommands} of ${mostCommandBytes}`,
    )
  const commandsEnd = headerSize + size
  if (commandsEnd > bytes.length)
    refuse(`it has ${bytes.length} bytes but its load commands end at ${commandsEnd}, so it was cut`)
  const commands = readCommands(bytes, count, commandsEnd)
  return {
    arch: archOf(bytes.readUInt32LE(4), bytes.readUInt32LE(8)),
    fileType: bytes.readUInt32LE(12),
    commands,
    commandsEnd,
    segments: commands.flatMap((command) =>
      command.kind === segment64 ? [readSegment(bytes, command)] : [],
    ),
  }
}

/** What the processor's two numbers stand for. */
export function archOf(type: number, subtype: number): string {
  if (type === 0x01000007) return 'x64'
  if (type === 0x0100000c) return (subtype & 0xffffff) === 2 ? 'arm64e' : 'arm64'
  return `CPU type 0x${type.toString(16)}`
}

/** The command, refused where it has fewer than `size` bytes. */
export function checkSize(command: MachOCommand, size: number): MachOCommand {
  if (command.size < size) {
    refuse(
      `its load command 0x${command.kind.toString(16)} at ${command.at} has ${command.size} bytes but needs ${size}`,
    )
  }
  return command
}

export function refuse(reason: string): never {
  throw new BuildError(`Cannot read the Mach-O file: ${reason}`)
}

function checkMagic(bytes: Buffer): void {
  const magic = bytes.length < 4 ? undefined : bytes.readUInt32BE(0)
  if (magic === 0xcffaedfe) return
  if (magic === 0xcafebabe || magic === 0xcafebabf)
    refuse(
      'it is a universal file, which holds one for each of several processors: take one out with lipo -thin',
    )
  if (magic === 0xcefaedfe) refuse('it is a 32-bit one, which macOS no longer runs')
  if (magic === 0xfeedface || magic === 0xfeedfacf)
    refuse('it is a big-endian one, for a processor that macOS has left')
  refuse(`it begins with the bytes "${bytes.toString('hex', 0, 4)}" instead of "cffaedfe"`)
}

function readCommands(bytes: Buffer, count: number, end: number): MachOCommand[] {
  const commands: MachOCommand[] = []
  let at = headerSize
  for (let index = 0; index < count; index++) {
    const size = at + 8 <= end ? bytes.readUInt32LE(at + 4) : 0
    if (size < 8 || size % 8 !== 0 || at + size > end) {
      refuse(
        `load command ${index + 1} of ${count}, at ${at}, has ${size} bytes, which cannot be in a table that ends at ${end}`,
      )
    }
    commands.push({ kind: bytes.readUInt32LE(at), at, size })
    at += size
  }
  if (at !== end) refuse(`its ${count} load commands end at ${at}, but its header says ${end}`)
  return commands
}

function readSegment(bytes: Buffer, command: MachOCommand): MachOSegment {
  const { at } = checkSize(command, segmentSize)
  const count = bytes.readUInt32LE(at + 64)
  checkSize(command, segmentSize + count * sectionSize)
  const name = nameAt(bytes, at + 8)
  const offset = numberAt(bytes, at + 40)
  const size = numberAt(bytes, at + 48)
  checkRange(bytes, `segment "${name}"`, offset, size)
  const sections = Array.from({ length: count }, (_, index) =>
    readSection(bytes, at + segmentSize + index * sectionSize),
  )
  return {
    name,
    at,
    address: numberAt(bytes, at + 24),
    memory: numberAt(bytes, at + 32),
    offset,
    size,
    sections,
  }
}

function readSection(bytes: Buffer, at: number): MachOSection {
  const name = nameAt(bytes, at)
  const offset = bytes.readUInt32LE(at + 48)
  const size = zeroFilled.has(bytes.readUInt32LE(at + 64) & 0xff) ? 0 : numberAt(bytes, at + 40)
  checkRange(bytes, `section "${name}"`, offset, size)
  return { name, offset, size }
}

function checkRange(bytes: Buffer, what: string, offset: number, size: number): void {
  if (offset + size > bytes.length)
    refuse(`it has ${bytes.length} bytes but its ${what} ends at ${offset + size}, so it was cut`)
}

/** Numbers past 2^53 lose their last digits, but none that is so large passes for an offset. */
function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at))
}

function nameAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 16).replace(/\0.*$/s, '')
}
