import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import { machOSlices, readMachO } from '../../build/executable/mach-o.ts'
import { build, cpus, kinds, library, machOOf, oldest, segment } from './support/small-mach-o.ts'

const commands = [
  build(1, 0x000d0500),
  library('/usr/lib/libc++.1.dylib'),
  library('/usr/lib/libSystem.B.dylib'),
]

test('readMachO reads architecture, libraries, the oldest system and where the blob lies', () => {
  const file = machOOf({ commands, blob: Buffer.from('a blob') })
  assert.equal(readMachO(file), {
    format: 'mach-o',
    os: 'darwin',
    arch: 'arm64',
    libraries: ['/usr/lib/libc++.1.dylib', '/usr/lib/libSystem.B.dylib'],
    wantedVersions: {},
    offeredVersions: [],
    minimumSystem: '13.5',
    blob: { offset: 8192, size: 6 },
  })
  assert.is(file.toString('latin1', 8192, 8198), 'a blob')
})

test('readMachO names the processor, an unknown one by its number', () => {
  assert.is(readMachO(machOOf({ cpu: cpus.x64, subtype: 3 })).arch, 'x64')
  assert.is(readMachO(machOOf({ cpu: cpus.arm64, subtype: 0x80000002 })).arch, 'arm64e')
  assert.is(readMachO(machOOf({ cpu: 0x01000012 })).arch, 'CPU type 0x1000012')
})

test('readMachO says nothing of what a file does not say', () => {
  const facts = readMachO(machOOf({ fileType: 6 }))
  assert.equal(facts.libraries, [])
  assert.not('minimumSystem' in facts)
  assert.not('blob' in facts)
})

test('readMachO lists re-exported and upward libraries, but not those that may be missing', () => {
  const names = Object.entries(kinds).filter(([name]) => name.endsWith('Library'))
  const file = machOOf({ commands: names.map(([name, kind]) => library(`/lib/${name}`, kind)) })
  assert.equal(readMachO(file).libraries, [
    '/lib/loadLibrary',
    '/lib/reexportedLibrary',
    '/lib/upwardLibrary',
  ])
})

test('readMachO takes the oldest macOS, not the oldest system of another platform', () => {
  assert.is(readMachO(machOOf({ commands: [oldest(0x000a0f04)] })).minimumSystem, '10.15.4')
  const both = machOOf({ commands: [build(6, 0x000e0000), build(1, 0x000b0000)] })
  assert.is(readMachO(both).minimumSystem, '11.0')
  assert.is(readMachO(machOOf({ commands: [build(2, 0x000e0000)] })).minimumSystem, undefined)
})

test('readMachO refuses other files, each with its sentence', () => {
  const beginning = (hex: string) => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(100)])
  assert.throws(() => readMachO(Buffer.alloc(0)), /begins with the bytes "" instead of "cffaedfe"/)
  assert.throws(() => readMachO(Buffer.from('cffaedfe0700', 'hex')), /it has 6 bytes but its header takes 32/)
  assert.throws(() => readMachO(beginning('7f454c46')), /begins with the bytes "7f454c46"/)
  assert.throws(() => readMachO(beginning('cefaedfe')), /32-bit/)
  assert.throws(() => readMachO(beginning('feedfacf')), /big-endian/)
  assert.throws(() => readMachO(universal([machOOf({})])), /universal file.*lipo -thin/)
})

test('readMachO refuses tables that do not fit', () => {
  const changed = (at: number, value: number) => {
    const file = machOOf({ commands })
    file.writeUInt32LE(value, at)
    return () => readMachO(file)
  }
  assert.throws(changed(16, 5), /its 5 load commands end at 480, but its header says 536/)
  assert.throws(changed(16, 7), /load command 7 of 7, at 536, has 0 bytes/)
  assert.throws(changed(20, 60_000), /it has 13192 bytes but its load commands end at 60032, so it was cut/)
  assert.throws(changed(32 + 4, 4), /load command 1 of 6, at 32, has 4 bytes/)
  assert.throws(changed(32 + 64, 99), /load command 0x19 at 32 has 72 bytes but needs 7992/)
  assert.throws(changed(104 + 48, 90_000), /its segment "__TEXT" ends at 90000, so it was cut/)
  assert.throws(changed(176 + 48, 13_000), /its section "__text" ends at/)
  assert.throws(changed(432 + 8, 1000), /the name of a library does not lie inside its load command at 432/)
})

test('readMachO refuses offsets past all numbers', () => {
  const file = machOOf({ commands: [segment('HUGE', { address: 0, memory: 0, offset: 0, size: 0 })] })
  file.writeBigUInt64LE(2n ** 64n - 1n, file.indexOf('HUGE') + 32)
  assert.throws(() => readMachO(file), /its segment "HUGE" ends at 18446744073709552000, so it was cut/)
})

test('readMachO refuses a file that ends anywhere before its end', () => {
  const file = machOOf({ commands, blob: Buffer.from('a blob') })
  for (let length = 0; length < file.length; length++) refuses(() => readMachO(file.subarray(0, length)))
})

test('readMachO and machOSlices throw nothing but a BuildError, whatever byte of the headers is wrong', () => {
  const single = machOOf({ commands, blob: Buffer.from('a blob') })
  const several = universal([single, single])
  for (const [read, file, length] of [
    [readMachO, single, 700],
    [machOSlices, several, 48],
  ] as const) {
    for (let at = 0; at < length; at++) {
      const right = file.readUInt8(at)
      for (const wrong of [0, 1, 0x7f, 0x80, 0xff, right ^ 1]) {
        file.writeUInt8(wrong, at)
        allows(() => read(file))
      }
      file.writeUInt8(right, at)
    }
  }
})

test('machOSlices gives the files in a universal file', () => {
  const x64 = machOOf({ cpu: cpus.x64, subtype: 3, commands })
  const arm64 = machOOf({ fileType: 8 })
  for (const wide of [false, true]) {
    const slices = machOSlices(universal([x64, arm64], wide))
    assert.equal(
      slices.map(({ arch }) => arch),
      ['x64', 'arm64'],
    )
    assert.ok(slices[0]?.bytes.equals(x64) && slices[1]?.bytes.equals(arm64))
  }
  assert.equal(machOSlices(x64), [])
  assert.equal(machOSlices(Buffer.alloc(3)), [])
})

test('machOSlices refuses a cut file and a Java class', () => {
  const cut = universal([machOOf({})]).subarray(0, 5000)
  assert.throws(
    () => machOSlices(cut),
    /it has 5000 bytes but its part for arm64 ends at 29576, so it was cut/,
  )
  const java = Buffer.from('cafebabe00000041', 'hex')
  assert.throws(() => machOSlices(java), /it says that it holds files for 65 processors/)
})

test.run()

/** Big-endian, unlike the files in it, each of which begins at a multiple of 16384. */
function universal(files: readonly Buffer[], wide = false): Buffer {
  const header = Buffer.alloc(16384)
  header.writeUInt32BE(wide ? 0xcafebabf : 0xcafebabe, 0)
  header.writeUInt32BE(files.length, 4)
  const whole: Buffer[] = [header]
  files.forEach((file, index) => {
    const at = 8 + index * (wide ? 32 : 20)
    const offset = Buffer.concat(whole).length
    header.writeUInt32BE(file.readUInt32LE(4), at)
    header.writeUInt32BE(file.readUInt32LE(8), at + 4)
    header.writeUInt32BE(offset, at + (wide ? 12 : 8))
    header.writeUInt32BE(file.length, at + (wide ? 20 : 12))
    const last = index === files.length - 1
    whole.push(file, Buffer.alloc(last ? 0 : 16384 - (file.length % 16384)))
  })
  return Buffer.concat(whole)
}

function refuses(read: () => unknown): void {
  assert.throws(read, (error: unknown) => error instanceof BuildError)
}

function allows(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof BuildError, String(error))
  }
}
