import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readElf } from '../../build/executable/elf.ts'
import { elfOf } from './support/small-elf.ts'

const hasReadelf = process.platform === 'linux' && spawnSync('readelf', ['--version']).status === 0
const withReadelf = hasReadelf ? test : test.skip

for (const file of process.platform === 'linux' ? ownFiles() : []) {
  withReadelf(`readElf says of ${file} what readelf says`, () => {
    const actual = readElf(readFileSync(file))
    const expected = readelf(file)
    assert.equal(actual.libraries, expected.libraries)
    assert.equal(actual.wantedVersions, expected.wantedVersions)
    assert.equal(actual.offeredVersions, expected.offeredVersions)
    assert.is(actual.interpreter, expected.interpreter)
    assert.is(actual.stripped, expected.stripped)
    assert.is(actual.arch, { X64: 'x64', AArch64: 'arm64' }[expected.machine] ?? expected.machine)
    assert.is(actual.blob, undefined)
  })
}

const widths = [
  { wide: true, little: true, machine: 62, arch: 'x64' },
  { wide: true, little: true, machine: 183, arch: 'arm64' },
  { wide: false, little: true, machine: 40, arch: 'arm' },
  { wide: false, little: true, machine: 3, arch: 'i386' },
  { wide: true, little: true, machine: 21, arch: 'ppc64le' },
  { wide: true, little: true, machine: 243, arch: 'riscv64' },
  { wide: true, little: false, machine: 22, arch: 's390x' },
  { wide: false, little: false, machine: 8, arch: 'mips' },
  { wide: true, little: true, machine: 4660, arch: 'machine 4660' },
]

for (const { arch, ...layout } of widths) {
  test(`readElf reads all of a file for ${arch} without a section table`, () => {
    const file = elfOf({
      ...layout,
      interpreter: '/lib/ld-linux.so.2',
      soname: 'libown.so.1',
      needed: ['libm.so.6', 'libc.so.6'],
      wanted: { 'libm.so.6': ['GLIBC_2.27'], 'libc.so.6': ['GLIBC_2.4', 'GLIBC_2.28'] },
      offered: ['libown.so.1', 'OWN_1.0', 'OWN_1.1'],
      notes: { GNU: Buffer.from('12345'), NODE_SEA_BLOB: Buffer.from('this is the blob') },
    })
    assert.equal(readElf(file), {
      format: 'elf',
      os: 'linux',
      arch,
      libc: 'glibc',
      interpreter: '/lib/ld-linux.so.2',
      libraries: ['libm.so.6', 'libc.so.6'],
      wantedVersions: { 'libm.so.6': ['GLIBC_2.27'], 'libc.so.6': ['GLIBC_2.4', 'GLIBC_2.28'] },
      offeredVersions: ['OWN_1.0', 'OWN_1.1'],
      blob: { offset: file.indexOf('this is the blob'), size: 16 },
      stripped: true,
    })
  })
}

test('readElf tells the C library by the interpreter and the needed libraries', () => {
  const libc = (about: Parameters<typeof elfOf>[0]) => readElf(elfOf(about)).libc
  assert.is(libc({ interpreter: '/lib/ld-musl-x86_64.so.1' }), 'musl')
  assert.is(libc({ needed: ['libstdc++.so.6', 'libc.musl-x86_64.so.1'] }), 'musl')
  assert.is(libc({ soname: 'libc.musl-x86_64.so.1' }), 'musl', 'the library of Alpine itself')
  assert.is(libc({ interpreter: '/lib64/ld-linux-x86-64.so.2' }), 'glibc')
  assert.is(libc({ needed: ['libc.so.6'] }), 'glibc')
  assert.is(libc({ soname: 'ld-linux-aarch64.so.1' }), 'glibc')
  assert.is(
    libc({ needed: ['libstdc++.so.6', 'libc.so'], wanted: { 'libgcc_s.so.1': ['GLIBC_2.0'] } }),
    'musl',
    'bcrypt for musl on arm64: a version of libgcc is called GLIBC_2.0',
  )
  assert.is(libc({ needed: ['libm.so', 'libdl.so', 'libc.so'] }), undefined, 'Android')
  assert.is(libc({}), undefined, 'a program that brings all of it along')
})

test('readElf gives an empty answer for a program that is linked without libraries', () => {
  const { libraries, wantedVersions, interpreter } = readElf(elfOf({ type: 2 }))
  assert.equal(
    { libraries, wantedVersions, interpreter },
    { libraries: [], wantedVersions: {}, interpreter: undefined },
  )
})

test('readElf takes the names of libraries as text, whatever they are', () => {
  const file = elfOf({ needed: ['__proto__'], wanted: { ['__proto__']: ['A_1'] } })
  assert.equal(Object.entries(readElf(file).wantedVersions), [['__proto__', ['A_1']]])
})

test('readElf refuses what is no executable or library for Linux, and says what it is', () => {
  const refusals: [Parameters<typeof elfOf>[0], RegExp][] = [
    [{ type: 1 }, /^it is an object file \(\.o\), which has not been linked: name the executable/],
    [{ type: 4 }, /^it is a core dump of a process that crashed/],
    [{ type: 77 }, /^it is an ELF file of type 77, neither an executable \(2\) nor a library \(3\)$/],
    [{ abi: 9 }, /^it is an ELF file for FreeBSD, not for Linux$/],
    [{ abi: 200 }, /^it is an ELF file for another system \(ABI 200\), not for Linux$/],
  ]
  for (const [about, sentence] of refusals) assert.throws(() => readElf(elfOf(about)), sentence)
})

test('readElf says of a file that was cut how long it is and how long it must be', () => {
  const file = elfOf({ needed: ['libc.so.6'] })
  assert.throws(
    () => readElf(file.subarray(0, -1)),
    new RegExp(
      `^it was cut or is damaged: it has ${file.length - 1} bytes, but its headers name byte ${file.length}$`,
    ),
  )
})

test('readElf ends lists that run in circles or have no end', () => {
  const file = elfOf({ needed: ['libc.so.6'], wanted: { 'libc.so.6': ['GLIBC_2.4'] } })
  const library = file.indexOf(Buffer.from([1, 0, 1, 0]), 64 + 4 * 56)
  const endless = Buffer.from(file)
  endless.writeUInt16LE(0xffff, library + 2)
  endless.writeUInt32LE(1, library + 16 + 12)
  assert.throws(() => readElf(endless), /^it (is damaged|was cut or is damaged): /)
  const many = Buffer.from(file)
  many.writeUInt32LE(0xffffffff, many.indexOf(Buffer.from('ffffff6f00000000', 'hex')) + 8)
  assert.throws(() => readElf(many), /^it is damaged: it names more than 2000 versions$/)
})

test.run()

/** This Node, and the C and C++ libraries that it runs with. */
function ownFiles(): string[] {
  const report = process.report.getReport() as unknown as { sharedObjects: string[] }
  const libraries = report.sharedObjects.filter((path) => /\/(libc|libstdc\+\+|ld-.*)\.so/.test(path))
  return [process.execPath, ...libraries]
}

function readelf(file: string) {
  const run = (...args: string[]) =>
    execFileSync('readelf', ['-W', ...args, file], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      env: { LC_ALL: 'C' },
    })
  const wantedVersions: Record<string, string[]> = {}
  const offeredVersions: string[] = []
  let versions: string[] = []
  for (const line of run('-V').split('\n')) {
    const library = /Version: 1 {2}File: (\S+)/.exec(line)?.[1]
    if (library !== undefined) wantedVersions[library] = versions = []
    const wanted = /^ {2}0x[0-9a-f]+: {3}Name: (\S+) {2}Flags/.exec(line)?.[1]
    if (wanted !== undefined) versions.push(wanted)
    const offered = /Rev: 1 {2}Flags: (.*?) {2}Index: .* Name: (\S+)/.exec(line)
    if (offered?.[2] !== undefined && !offered[1]?.includes('BASE')) offeredVersions.push(offered[2])
  }
  return {
    libraries: [...run('-d').matchAll(/\(NEEDED\) +Shared library: \[(.*)\]/g)].map(([, name]) => name),
    wantedVersions,
    offeredVersions,
    interpreter: /\[Requesting program interpreter: (.*)\]/.exec(run('-l'))?.[1],
    stripped: !/ SYMTAB /.test(run('-S')),
    machine: /Machine: +(.*)/.exec(run('-h'))?.[1]?.replace('Advanced Micro Devices X86-64', 'X64') ?? '',
  }
}
