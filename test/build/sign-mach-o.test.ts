import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import { signMachO } from '../../build/sign/mach-o.ts'
import { build, cpus, library, machOFixture, machOOf, segment, signatureAt } from './support/small-mach-o.ts'

const commands = [build(1, 0x000d0500), library('/usr/lib/libSystem.B.dylib')]
const blob = Buffer.from('a blob')
const unsigned = machOOf({ commands, blob })
/** What rcodesign made of `unsigned`. */
const reference = machOFixture('arm64-ad-hoc')

/** Where the content of `unsigned` ends, and where a signature begins. */
const end = 21_384
const start = 21_392

test('signMachO writes the signature that rcodesign writes', () => {
  const signed = signMachO(unsigned, 'small')
  assert.is(unsigned.length, end)
  assert.is(signed.length, start + 416, 'the signature has 406 bytes, 416 is the next multiple of 16')
  const page0 = start + 36 + 158
  assert.is(signed.toString('hex', page0, page0 + 32), sha256(signed.subarray(0, 4096)))
  // Page 0 says how large the signature is, and rcodesign leaves more room for it.
  reference.copy(signed, page0, page0, page0 + 32)
  assert.is(signed.toString('hex', start, start + 406), reference.toString('hex', start, start + 406))
  assert.ok(signed.subarray(start + 406).every((byte) => byte === 0))
})

test('signMachO changes four numbers of the headers, adds a command, and leaves the rest', () => {
  const signed = signMachO(unsigned, 'small')
  const expected = Buffer.concat([unsigned, Buffer.alloc(8)])
  expected.writeUInt32LE(7, 16) // load commands
  expected.writeUInt32LE(624, 20) // their bytes: 608 and 16
  const linkEdit = unsigned.indexOf('__LINKEDIT') - 8
  expected.writeBigUInt64LE(16_384n, linkEdit + 32) // memory
  expected.writeBigUInt64LE(5424n, linkEdit + 48) // 21,808 less 16,384
  expected.set(signatureAt(start, 416), 640)
  assert.is(signed.toString('hex', 0, start), expected.toString('hex'))
})

test('signMachO gives the segment as many pages of memory as it takes in the file', () => {
  const signed = signMachO(machOOf({ linkEdit: 40_000 }), 'small')
  const linkEdit = signed.indexOf('__LINKEDIT') - 8
  assert.is(signed.readBigUInt64LE(linkEdit + 48), BigInt(signed.length - 8192))
  assert.is(signed.readBigUInt64LE(linkEdit + 32), 49_152n)
})

test('signMachO hashes the last page up to where the signature begins', () => {
  const signed = signMachO(unsigned, 'small')
  const page5 = start + 36 + 158 + 5 * 32
  assert.is(signed.toString('hex', page5, page5 + 32), sha256(signed.subarray(20_480, start)))
})

test('signMachO replaces the signature that the file has', () => {
  const again = signMachO(reference, 'small')
  assert.ok(again.equals(signMachO(unsigned, 'small')))
  assert.ok(signMachO(again, 'small').equals(again))
  assert.ok(signMachO(machOFixture('arm64-entitlements'), 'small').equals(again))
  const x64 = machOOf({ cpu: cpus.x64, subtype: 3, commands })
  assert.ok(signMachO(machOFixture('x64-two-hashes'), 'small').equals(signMachO(x64, 'small')))
})

test('signMachO puts the identifier in, and nothing else that differs', () => {
  const one = signMachO(unsigned, 'one')
  assert.is(one.toString('latin1', start + 36 + 88, start + 36 + 92), 'one\0')
  assert.not.ok(one.equals(signMachO(unsigned, 'two')))
  assert.ok(one.equals(signMachO(Buffer.from(unsigned), 'one')))
  assert.throws(() => signMachO(unsigned, ''), /"" cannot be its identifier/)
  assert.throws(() => signMachO(unsigned, 'a\0b'), /cannot be its identifier/)
})

test('signMachO marks a program as one, and a library not', () => {
  const mark = (fileType: number) => {
    const signed = signMachO(machOOf({ fileType }), 'small')
    return signed.readBigUInt64BE(signed.indexOf(Buffer.from('fade0c02', 'hex')) + 80)
  }
  assert.is(mark(2), 1n)
  assert.is(mark(6), 0n)
  assert.is(mark(8), 0n)
})

test('signMachO adds its command where 16 bytes are free, and refuses a file with fewer', () => {
  signMachO(machOOf({ room: 16 }), 'small')
  assert.throws(
    () => signMachO(machOOf({ room: 8 }), 'small'),
    /a load command takes 16 bytes, but only 8 are free behind the ones it has/,
  )
})

test('signMachO takes a command that is there already, however little room is behind it', () => {
  const size = 8192 + 5000
  const old = signatureAt(size - 8, 8)
  const signed = signMachO(machOOf({ commands: [old], room: 0 }), 'small')
  assert.is(signed.readUInt32LE(16), 4)
  assert.is(signed.indexOf(signatureAt(size - 8, signed.length - size + 8)), 408)
})

test('signMachO refuses a file whose last segment cannot grow', () => {
  const refuses = (file: Buffer, sentence: RegExp) => {
    assert.throws(() => signMachO(file, 'small'), sentence)
    assert.throws(
      () => signMachO(file, 'small'),
      (error: unknown) => error instanceof BuildError,
    )
  }
  refuses(Buffer.concat([unsigned, Buffer.alloc(3)]), /it has 21387 bytes but .*"__LINKEDIT" ends at 21384/)
  const behind = segment('__POSTJECT', { address: 2 ** 33, memory: 4096, offset: 8192, size: 100 })
  refuses(machOOf({ commands: [behind] }), /its segment "__POSTJECT" lies behind "__LINKEDIT"/)
  refuses(
    machOOf({ commands: [signatureAt(9000, 100)] }),
    /lies from 9000 to 9100 instead of at its end, 13192/,
  )
  const two = [signatureAt(13_000, 192), signatureAt(13_000, 192)]
  refuses(machOOf({ commands: two }), /it has 2 signatures/)
  for (const [name, sentence] of [
    ['__LINKEDIT', /it has no segment "__LINKEDIT"/],
    ['__TEXT', /it has no segment "__TEXT"/],
  ] as const) {
    const file = machOOf({})
    file.write('other\0', file.indexOf(name))
    refuses(file, sentence)
  }
})

test('signMachO throws nothing but a BuildError, whatever byte of the headers is wrong', () => {
  for (const whole of [unsigned, reference]) {
    const file = Buffer.from(whole)
    for (let at = 0; at < 700; at++) {
      const right = file.readUInt8(at)
      for (const wrong of [0, 0x7f, 0xff, right ^ 1]) {
        file.writeUInt8(wrong, at)
        try {
          signMachO(file, 'small')
        } catch (error) {
          assert.ok(error instanceof BuildError, `byte ${at}: ${error}`)
        }
      }
      file.writeUInt8(right, at)
    }
  }
})

test.run()

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
