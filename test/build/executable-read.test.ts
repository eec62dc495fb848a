import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError, UsageError } from '../../build/errors.ts'
import { readExecutable } from '../../build/executable/read.ts'
import { archiveOf } from './support/archive.ts'
import { elfOf } from './support/small-elf.ts'
import { machOOf } from './support/small-mach-o.ts'
import { type Format, seaOf } from './support/small-sea.ts'

const small: Readonly<Record<Format, Buffer>> = {
  elf: seaOf('elf', { node: '24.21.0', fuse: '1' }),
  pe: seaOf('pe', { node: '24.21.0', fuse: '1' }),
  'mach-o': seaOf('mach-o', { node: '24.21.0', fuse: '1' }),
}

/** Behind it lies the content of the Mach-O file; all of the others lies before it. */
const headers = 2000

const facts: Readonly<Record<Format, string>> = {
  elf: 'elf linux x64',
  pe: 'pe win x64',
  'mach-o': 'mach-o darwin arm64',
}

for (const form of ['elf', 'pe', 'mach-o'] as const) {
  test(`readExecutable knows ${form} by its first bytes, and finds the blob`, () => {
    const { format, os, arch, blob } = readExecutable(small[form])
    assert.is(`${format} ${os} ${arch}`, facts[form])
    assert.equal(blob, { offset: small[form].indexOf('the code'), size: 'the code'.length })
  })

  test(`readExecutable gives facts or a BuildError for every cut of ${form}`, () => {
    const ends = Array.from(small[form], (_, end) => outcomeOf(small[form].subarray(0, end)))
    assert.equal([...new Set(ends)].sort(), ['BuildError'], 'what is cut is never taken for whole')
  })

  test(`readExecutable gives facts or a BuildError for damaged bytes of ${form}`, () => {
    const damaged = new Set<string>()
    for (const [at, byte] of small[form].subarray(0, headers).entries()) {
      for (const other of [0, 1, 0x7f, 0x80, 0xff, byte ^ 1]) {
        const bytes = Buffer.from(small[form])
        bytes[at] = other
        damaged.add(outcomeOf(bytes))
      }
    }
    const next = random(7)
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(small[form])
      for (let count = 0; count < 4; count++)
        bytes.writeUInt32LE(next(), next() % Math.min(headers, bytes.length - 4))
      damaged.add(outcomeOf(bytes))
    }
    assert.equal([...damaged].sort(), ['BuildError', 'facts'])
  })
}

const others: [what: string, bytes: Buffer, sentence: RegExp][] = [
  ['an empty file', Buffer.alloc(0), /^it is empty: copy, download or build it again$/],
  ['a gzip archive', archiveOf({}), /^it is a gzip archive: unpack it and name the binary inside$/],
  ['any gzip file', gzipSync('x'), /^it is a gzip archive/],
  ['a zip archive', Buffer.from('PK\x03\x04rest'), /^it is a zip archive/],
  ['a tar archive', tarOf(), /^it is a tar archive/],
  ['a static library', Buffer.from('!<arch>\nrest'), /^it is an ar archive \(\.deb or \.a\)/],
  [
    'a script',
    Buffer.from('#! /bin/sh\nexec node "$0"\n'),
    /^it is a script that \/bin\/sh runs: name the binary/,
  ],
  [
    'a source file',
    Buffer.from("import { s } from 'kong-ts-pdk'\n// größer"),
    /^it is text, as a source file is: build it/,
  ],
  ['WebAssembly', Buffer.from('\0asm\x01\0\0\0'), /^it is a WebAssembly module/],
  ['a Java class', Buffer.from('cafebabe00000041', 'hex'), /^it is a Java class/],
  [
    'a blob that lies in no Node',
    Buffer.from('20da430100000000', 'hex'),
    /^it is the blob of a build, which has yet to/,
  ],
  ['noise', Buffer.from('0102030405', 'hex'), /: it begins with the bytes 01 02 03 04 05$/],
  [
    'one byte',
    Buffer.from([0x7f]),
    /^it is neither an ELF, nor a Mach-O, nor a PE file: it begins with the bytes 7f$/,
  ],
]
for (const [what, bytes, sentence] of others) {
  test(`readExecutable says of ${what} what it is`, () => {
    assert.throws(
      () => readExecutable(bytes),
      (error: unknown) => error instanceof BuildError && sentence.test(error.message),
    )
  })
}

test('readExecutable refuses more load commands than a program has', () => {
  const file = machOOf({})
  file.writeUInt32LE(45_000_000, 16)
  assert.throws(
    () => readExecutable(file),
    /its header names 45000000 load commands of \d+ bytes, and no program/,
  )
})

test('readExecutable refuses more notes than a program has', () => {
  const notes = elfOf({ notes: { NONE: Buffer.alloc(200_000) } })
  notes.writeUInt32LE(0, notes.indexOf('NONE') - 12)
  notes.writeUInt32LE(0, notes.indexOf('NONE') - 8)
  notes.fill(0, notes.indexOf('NONE'), notes.indexOf('NONE') + 4)
  assert.throws(() => readExecutable(notes), /it is damaged: it has more than 10000 notes$/)
})

test('readExecutable ends with a usage error for what is none, and with another for a damaged one', () => {
  assert.throws(
    () => readExecutable(Buffer.from('hello\n')),
    (error: unknown) => error instanceof UsageError,
  )
  const cut = elfOf({ needed: ['libc.so.6'] }).subarray(0, 100)
  assert.throws(
    () => readExecutable(cut),
    (error: unknown) => !(error instanceof UsageError),
  )
})

test.run()

function outcomeOf(bytes: Buffer): string {
  try {
    readExecutable(bytes)
    return 'facts'
  } catch (error) {
    return error instanceof BuildError ? 'BuildError' : String(error)
  }
}

function tarOf(): Buffer {
  const block = Buffer.alloc(1024)
  block.write('node', 0)
  block.write('ustar', 257)
  return block
}

/** The same numbers in each run (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
