import { headerSize, headerType, offsetOf, readHeaders, typeOf } from './elf.ts'
import { BuildError } from './errors.ts'

const readable = 4
/** The largest page that Linux uses on x64 and arm64. */
const page = 0x10000
const noteName = Buffer.from('NODE_SEA_BLOB\0')

/**
 * A stripped Node for Linux with a blob inside, as Node looks for it: a note of that name in a segment, and the fuse
 * set. What was there stays where it was. One new segment at the end holds a longer copy of the program headers and the
 * note. It takes a fraction of what postject takes, and is compared with postject's output by a test.
 */
export function injectElf(node: Buffer, blob: Buffer, fuse: string): Buffer {
  const headers = readHeaders(node)
  const loads = headers.filter((header) => typeOf(header) === headerType.load)
  const first = loads[0]
  if (first === undefined || offsetOf(first) !== 0)
    throw new BuildError('the Node has no segment that begins with its first byte')
  const base = virtualOf(first)
  const end = Math.max(...loads.map((header) => virtualOf(header) + Number(header.readBigUInt64LE(40))))
  // Older kernels take for granted that the headers lie as far behind the first segment in memory as in the file.
  const start = alignTo(Math.max(node.length, end - base), page)
  const note = noteOf(blob)
  const tableSize = (headers.length + 2) * headerSize
  const noteAt = start + alignTo(tableSize, 8)

  const table = headers.map((header) =>
    typeOf(header) === headerType.headers ? segment(headerType.headers, start, base, tableSize, 8) : header,
  )
  const lastLoad = table.lastIndexOf(loads.at(-1) as Buffer)
  table.splice(lastLoad + 1, 0, segment(headerType.load, start, base, noteAt + note.length - start, page))
  table.push(segment(headerType.note, noteAt, base, note.length, 4))

  const gap = Buffer.alloc(start - node.length)
  const padding = Buffer.alloc(noteAt - start - tableSize)
  const binary = Buffer.concat([node, gap, ...table, padding, note])
  binary.writeBigUInt64LE(BigInt(start), 32)
  binary.writeUInt16LE(table.length, 56)
  setFuse(binary.subarray(0, node.length), fuse)
  return binary
}

function virtualOf(header: Buffer): number {
  return Number(header.readBigUInt64LE(16))
}

function segment(kind: number, offset: number, base: number, size: number, alignment: number): Buffer {
  const header = Buffer.alloc(headerSize)
  header.writeUInt32LE(kind, 0)
  header.writeUInt32LE(readable, 4)
  header.writeBigUInt64LE(BigInt(offset), 8)
  header.writeBigUInt64LE(BigInt(base + offset), 16)
  header.writeBigUInt64LE(BigInt(base + offset), 24)
  header.writeBigUInt64LE(BigInt(size), 32)
  header.writeBigUInt64LE(BigInt(size), 40)
  header.writeBigUInt64LE(BigInt(alignment), 48)
  return header
}

/** Lengths of name and content, a type of 0, and both padded to four bytes. */
function noteOf(blob: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(noteName.length, 0)
  head.writeUInt32LE(blob.length, 4)
  return Buffer.concat([head, padded(noteName), padded(blob)])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(alignTo(bytes.length, 4) - bytes.length)])
}

function setFuse(node: Buffer, fuse: string): void {
  const at = node.indexOf(`${fuse}:0`)
  if (at < 0)
    throw new BuildError(
      `the Node has no fuse ${fuse} that is not set: it holds a program already, or is none`,
    )
  if (node.indexOf(fuse, at + 1) >= 0) throw new BuildError(`the Node has the fuse ${fuse} more than once`)
  node.write('1', at + fuse.length + 1)
}

function alignTo(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment
}
