import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readPe } from '../../build/executable/pe.ts'
import { peOf } from './support/small-pe.ts'
import { temporaryFolder } from './support/temporary.ts'

const formats = spawnSync('objdump', ['-i'], { encoding: 'utf8' }).stdout ?? ''
const withObjdump = formats.includes('pei-x86-64') ? test : test.skip

const whole = peOf({
  imports: ['KERNEL32.dll', 'WS2_32.dll'],
  delayed: ['dbghelp.dll'],
  resources: { ICON: Buffer.from('no blob'), NODE_SEA_BLOB: Buffer.from('this is the blob') },
  system: [6, 2],
})

test('readPe reads the libraries that must be there, the system and the blob', () => {
  assert.equal(readPe(whole), {
    format: 'pe',
    os: 'win',
    arch: 'x64',
    libraries: ['KERNEL32.dll', 'WS2_32.dll'],
    wantedVersions: {},
    offeredVersions: [],
    minimumSystem: '6.2',
    blob: { offset: whole.indexOf('this is the blob'), size: 16 },
  })
})

withObjdump('readPe says what objdump says', () => {
  const file = join(temporaryFolder(), 'small.exe')
  writeFileSync(file, whole)
  const said = execFileSync('objdump', ['-p', file], { encoding: 'utf8', env: { LC_ALL: 'C' } })
  const { libraries, minimumSystem } = readPe(whole)
  assert.equal(
    libraries,
    [...said.matchAll(/DLL Name: (.*)/g)].map(([, name]) => name),
  )
  const [major, minor] = ['Major', 'Minor'].map(
    (which) => new RegExp(`${which}SubsystemVersion\\s+(\\d+)`).exec(said)?.[1],
  )
  assert.is(minimumSystem, `${major}.${minor}`)
})

const machines: [machine: number, arch: string][] = [
  [0xaa64, 'arm64'],
  [0x014c, 'i386'],
  [0x5064, 'machine 20580'],
]
for (const [machine, arch] of machines) {
  test(`readPe names the processor ${arch}, with addresses of 4 bytes too`, () => {
    for (const wide of [true, false]) {
      const { libraries, ...facts } = readPe(peOf({ machine, wide, imports: ['ntdll.dll'] }))
      assert.is(facts.arch, arch)
      assert.equal(libraries, ['ntdll.dll'])
    }
  })
}

test('readPe finds the blob by its name in any case, and by no other', () => {
  assert.is(readPe(peOf({ resources: { node_sea_blob: Buffer.from('1234') } })).blob?.size, 4)
  assert.is(readPe(peOf({ resources: { NODE_SEA_BLOT: Buffer.from('1234') } })).blob, undefined)
  assert.is(readPe(peOf({})).blob, undefined)
})

test('readPe says of a file that was cut how long it is and how long it must be', () => {
  assert.throws(
    () => readPe(whole.subarray(0, -1)),
    new RegExp(
      `^it was cut or is damaged: it has ${whole.length - 1} bytes, but its headers name byte ${whole.length}$`,
    ),
  )
})

test('readPe refuses programs of DOS and other kinds', () => {
  assert.throws(
    () => readPe(Buffer.from('MZ')),
    /^it is a program for DOS, or a Windows program that was cut/,
  )
  const rom = Buffer.from(whole)
  rom.writeUInt16LE(0x107, 88)
  assert.throws(
    () => readPe(rom),
    /^it is no Windows program: the kind of its optional header is 263, not 267 or 523$/,
  )
})

test('readPe refuses more sections than Windows loads, and a library list without an end', () => {
  const sections = Buffer.from(whole)
  sections.writeUInt16LE(97, 70)
  assert.throws(() => readPe(sections), /^it is damaged: it names 97 sections, but Windows loads at most 96$/)
  const libraries = Array.from({ length: 4097 }, (_, index) => `${index}.dll`)
  assert.throws(
    () => readPe(peOf({ imports: libraries })),
    /^it is damaged: it names more than 4096 libraries$/,
  )
})

test.run()
