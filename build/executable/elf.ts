import { BuildError } from '../errors.ts'
import { readDynamic } from './elf-dynamic.ts'
import { type Elf, openElf, segmentType } from './elf-layout.ts'
import type { Executable } from './facts.ts'

const symbolTable = 2
/** A Node has three or four. */
const mostNotes = 10_000
const blobOwner = Buffer.from('NODE_SEA_BLOB\0')

/** What an ELF file says of itself by its program headers, which a stripped one has too. */
export function readElf(bytes: Buffer): Executable {
  const elf = openElf(bytes)
  const interpreter = elf.segments.find(({ type }) => type === segmentType.interpreter)
  const { libraries, soname, wantedVersions, offeredVersions } = readDynamic(elf)
  const path = interpreter === undefined ? undefined : elf.file.text(interpreter.offset)
  const libc = libcOf(path, [...libraries, soname ?? ''])
  const blob = findBlob(elf)
  return {
    format: 'elf',
    os: 'linux',
    arch: elf.arch,
    ...(libc === undefined ? {} : { libc }),
    ...(path === undefined ? {} : { interpreter: path }),
    libraries,
    wantedVersions: Object.fromEntries(wantedVersions),
    offeredVersions,
    ...(blob === undefined ? {} : { blob }),
    stripped: !hasSymbols(elf),
  }
}

/** Cross compilers for musl name it `libc.so`, as Android names its own, which has more libraries beside it. */
function libcOf(interpreter: string | undefined, libraries: readonly string[]): 'glibc' | 'musl' | undefined {
  const names = [interpreter?.replace(/.*\//, '') ?? '', ...libraries]
  const some = (pattern: RegExp) => names.some((name) => pattern.test(name))
  if (some(/^(ld-musl-|libc\.musl-)/)) return 'musl'
  if (some(/^(ld-linux.*|ld64|libc|libm|libdl|libpthread|librt)\.so\.\d+$/)) return 'glibc'
  return some(/^libc\.so$/) && !some(/^lib(m|dl|log)\.so$/) ? 'musl' : undefined
}

/** The note that postject writes; as Node looks for it, notes begin at multiples of four. */
function findBlob({ file, segments }: Elf): { offset: number; size: number } | undefined {
  const notes = segments.filter(({ type }) => type === segmentType.note)
  if (notes.reduce((total, { size }) => total + size, 0) > file.length)
    throw new BuildError('it is damaged: its notes lie over one another')
  let count = 0
  for (const { offset, size } of notes) {
    const end = offset + size
    for (let at = offset; at + 12 <= end; ) {
      if (++count > mostNotes) throw new BuildError(`it is damaged: it has more than ${mostNotes} notes`)
      const [nameSize, length] = [file.u32(at), file.u32(at + 4)]
      const content = at + 12 + roundUp(nameSize)
      if (nameSize === blobOwner.length && file.slice(at + 12, nameSize).equals(blobOwner)) {
        file.slice(content, length)
        return { offset: content, size: length }
      }
      at = content + roundUp(length)
    }
  }
  return undefined
}

function roundUp(size: number): number {
  return Math.ceil(size / 4) * 4
}

function hasSymbols({ file, sections }: Elf): boolean {
  if (sections === undefined) return false
  const types = Array.from({ length: sections.count }, (_, index) =>
    file.u32(sections.offset + index * sections.entry + 4),
  )
  return types.includes(symbolTable)
}
