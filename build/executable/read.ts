import { UsageError } from '../errors.ts'
import { readElf } from './elf.ts'
import type { Executable } from './facts.ts'
import { readMachO } from './mach-o.ts'
import { readPe } from './pe.ts'

const machOMagics = ['feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe', 'cafebabf']
/** A Java class begins as a Mach-O file for several processors does, with its version, from 45, for their number. */
const mostProcessors = 44

const others: readonly { readonly begins: string; readonly is: string }[] = [
  { begins: '1f8b', is: 'a gzip archive: unpack it and name the binary inside' },
  { begins: '504b0304', is: 'a zip archive: unpack it and name the binary inside' },
  { begins: '28b52ffd', is: 'a zstd archive: unpack it and name the binary inside' },
  { begins: 'fd377a585a00', is: 'an xz archive: unpack it and name the binary inside' },
  { begins: '425a68', is: 'a bzip2 archive: unpack it and name the binary inside' },
  { begins: '213c617263683e0a', is: 'an ar archive (.deb or .a): unpack it and name the binary inside' },
  { begins: '0061736d', is: 'a WebAssembly module, which no system starts by itself' },
  { begins: 'cafebabe', is: 'a Java class, which no system starts by itself' },
  { begins: '20da4301', is: 'the blob of a build, which has yet to go into a Node: name the binary' },
]

/**
 * What the headers of an executable, a library or a native addon say. A damaged one is a BuildError; what is none a
 * UsageError whose message says what it is instead, as the rest of a sentence: `it is a gzip archive: ...`.
 */
export function readExecutable(bytes: Buffer): Executable {
  const magic = bytes.toString('hex', 0, 8)
  if (magic.startsWith('7f454c46')) return readElf(bytes)
  if (machOMagics.includes(magic.slice(0, 8)) && !isJava(bytes)) return readMachO(bytes)
  if (magic.startsWith('4d5a')) return readPe(bytes)
  throw new UsageError(`it is ${describe(bytes, magic)}`)
}

function isJava(bytes: Buffer): boolean {
  return bytes.length >= 8 && bytes.readUInt32BE() === 0xcafebabe && bytes.readUInt32BE(4) > mostProcessors
}

function describe(bytes: Buffer, magic: string): string {
  if (bytes.length === 0) return 'empty: copy, download or build it again'
  const other = others.find(({ begins }) => magic.startsWith(begins))
  if (other !== undefined) return other.is
  if (bytes.toString('latin1', 257, 262) === 'ustar')
    return 'a tar archive: unpack it and name the binary inside'
  const start = bytes.toString('latin1', 0, 512)
  const interpreter = /^#! *([\x20-\x7e]+)/.exec(start)?.[1]
  if (interpreter !== undefined)
    return `a script that ${interpreter.trim()} runs: name the binary that it starts`
  if (/^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(start))
    return 'text, as a source file is: build it first, and name the binary of the build'
  return `neither an ELF, nor a Mach-O, nor a PE file: it begins with the bytes ${magic.replace(/..(?=.)/g, '$& ')}`
}
