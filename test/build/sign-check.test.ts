import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import { readMachO } from '../../build/executable/mach-o.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { signMachO } from '../../build/sign/mach-o.ts'
import { verifyMachO } from '../../build/sign/mach-o-check.ts'
import { findTarget } from '../../build/targets.ts'
import { buildsHere } from './support/small-binary.ts'
import { machOFixture, machOOf } from './support/small-mach-o.ts'

const here = buildsHere ? test : test.skip

const reference = machOFixture('arm64-ad-hoc')
const entitled = machOFixture('arm64-entitlements')
/** Where the signatures of both begin, and their code directories. */
const start = 21_392
const directory = reference.indexOf(Buffer.from('fade0c02', 'hex'))
/** The fixtures leave room behind the signature, which belongs to nobody. */
const signatureEnd = start + 406

const facts = {
  identifier: 'small',
  adHoc: true,
  hardenedRuntime: false,
  hashes: ['sha256'],
  pages: 6,
  pageSize: 4096,
  codeLimit: start,
  entitlements: false,
}

test('verifyMachO accepts what rcodesign signed, and says what the signature says', () => {
  assert.equal(verifyMachO(reference), facts)
  assert.equal(verifyMachO(entitled), { ...facts, hardenedRuntime: true, entitlements: true })
  assert.equal(verifyMachO(machOFixture('arm64-certificate')), { ...facts, team: 'ABCDE12345', adHoc: false })
  assert.equal(verifyMachO(machOFixture('x64-two-hashes')), {
    ...facts,
    hashes: ['sha1', 'sha256'],
    pages: 4,
    codeLimit: 13_200,
  })
})

test('verifyMachO accepts what signMachO signed', () => {
  assert.equal(verifyMachO(signMachO(machOOf({ fileType: 6 }), 'own')), {
    ...facts,
    identifier: 'own',
    pages: 4,
    codeLimit: 13_200,
  })
})

test('verifyMachO refuses a file without a signature', () => {
  assert.throws(() => verifyMachO(machOOf({})), /signature does not hold: it has none/)
})

test('verifyMachO names the page that differs, and how many others do', () => {
  const [one, last, two] = [Buffer.from(reference), Buffer.from(reference), Buffer.from(reference)]
  flip(one, 8192)
  assert.throws(
    () => verifyMachO(one),
    /page 2 of 6, the bytes 8192 to 12287, is not the one that was signed$/,
  )
  flip(last, start - 1)
  assert.throws(() => verifyMachO(last), /page 5 of 6, the bytes 20480 to 21391, is not/)
  flip(two, 4096)
  flip(two, 16_383)
  assert.throws(() => verifyMachO(two), /page 1 of 6, the bytes 4096 to 8191, .* was signed, and 1 more$/)
})

test('verifyMachO checks each of several code directories', () => {
  const file = machOFixture('x64-two-hashes')
  const second = file.lastIndexOf(Buffer.from('fade0c02', 'hex'))
  flip(file, second + 158)
  assert.throws(() => verifyMachO(file), /page 0 of 4, the bytes 0 to 4095/)
})

test('verifyMachO refuses changed, missing and unsigned parts', () => {
  const text = Buffer.from(entitled)
  text.write('jot', text.indexOf('allow-jit') + 6)
  assert.throws(() => verifyMachO(text), /its part in slot 5 \(entitlements\) is not the one that was signed/)

  const gone = Buffer.from(entitled)
  gone.writeUInt32BE(0x10001, start + 12 + 2 * 8)
  assert.throws(() => verifyMachO(gone), /it lacks the part in slot 5 \(entitlements\) that was signed/)

  const added = Buffer.from(reference)
  added.writeUInt32BE(7, start + 12 + 2 * 8)
  assert.throws(() => verifyMachO(added), /its part in slot 7 \(entitlements in DER\) is not the one/)

  const twice = Buffer.from(reference)
  twice.writeUInt32BE(2, start + 12 + 2 * 8)
  assert.throws(() => verifyMachO(twice), /it has two parts in slot 2/)

  const none = Buffer.from(reference)
  none.writeUInt32BE(0x10001, start + 12)
  assert.throws(() => verifyMachO(none), /it has no code directory/)
})

test('verifyMachO refuses a signature with neither certificate nor the mark of having none', () => {
  const file = Buffer.from(reference)
  file.writeUInt32BE(0, directory + 12)
  assert.throws(() => verifyMachO(file), /it is neither ad hoc nor has it a certificate/)
})

test('verifyMachO refuses wrong counts, limits and offsets', () => {
  const changed = (at: number, value: number) => {
    const file = Buffer.from(reference)
    file.writeUInt32BE(value, at)
    return () => verifyMachO(file)
  }
  assert.throws(changed(start, 0), /it does not begin with fade0cc0/)
  assert.throws(changed(start + 4, 1e6), /its 3 parts end at 1000000 of 6144 bytes/)
  assert.throws(changed(start + 8, 1000), /its 1000 parts end at 406/)
  assert.throws(
    changed(start + 16, 4),
    /its part in slot 0 has 0 bytes at 4, but the parts lie from 36 to 406/,
  )
  assert.throws(changed(directory + 4, 500), /its part in slot 0 has 500 bytes at 36/)
  assert.throws(changed(directory + 8, 0x30000), /it has version 0x30000 and 350 bytes, which is unknown/)
  assert.throws(changed(directory + 8, 0x20000), /it has version 0x20000/)
  assert.throws(changed(directory + 16, 300), /its 2 hashes before and 6 hashes behind byte 300 do not lie/)
  assert.throws(changed(directory + 20, 4), /a name at 4 does not lie from 88 to 350/)
  assert.throws(changed(directory + 24, 3), /its 3 hashes before and 6/)
  assert.throws(changed(directory + 28, 5), /it has 5 page hashes, but 21392 bytes have 6 pages of 4096/)
  assert.throws(changed(directory + 28, 7), /its 2 hashes before and 7 hashes behind byte 158/)
  assert.throws(changed(directory + 32, 20_480), /it covers 20480 bytes, but 21392 lie before it/)
  assert.throws(changed(directory + 36, 0x20030000), /hashes of type 3, 32 bytes long, of pages of 2\^0/)
  assert.throws(changed(directory + 44, 64), /it leaves parts of the file out/)
  assert.throws(
    changed(directory + 76, 4096),
    /the code has 4096 bytes at 0, but the segment "__TEXT" has 8192/,
  )
  assert.throws(changed(directory + 84, 0), /it is not that of a program, unlike the file/)
})

test('verifyMachO refuses bytes that no hash covers', () => {
  const longer = Buffer.concat([reference, Buffer.alloc(4)])
  assert.throws(() => verifyMachO(longer), /it lies from 21392 to 27536, but .* with the file, at 27540/)
})

test('verifyMachO refuses a file that ends anywhere before its end', () => {
  for (let length = 0; length < reference.length; length++) {
    assert.is(outcome(reference.subarray(0, length)), 'refused', `cut to ${length} bytes`)
  }
})

test('verifyMachO refuses every wrong byte of headers and content, and throws nothing but a BuildError', () => {
  const file = Buffer.from(reference)
  for (let at = 0; at < start; at += at < 704 ? 1 : 61) {
    for (let bit = 0; bit < 8; bit++) {
      file.writeUInt8(reference.readUInt8(at) ^ (1 << bit), at)
      assert.is(outcome(file), 'refused', `bit ${bit} of byte ${at}`)
    }
    file.writeUInt8(reference.readUInt8(at), at)
  }
})

test('verifyMachO throws nothing but a BuildError, whatever bit of the signature is wrong', () => {
  for (const whole of [reference, entitled, machOFixture('x64-two-hashes')]) {
    const file = Buffer.from(whole)
    const begin = file.indexOf(Buffer.from('fade0cc0', 'hex'))
    const end = begin + file.readUInt32BE(begin + 4)
    for (let at = begin; at < end; at++) {
      for (const wrong of [0, 0x7f, 0xff, 1, 2, 4, 8, 16, 32, 64, 128]) {
        file.writeUInt8(wrong < 3 ? wrong : whole.readUInt8(at) ^ wrong, at)
        outcome(file)
      }
      file.writeUInt8(whole.readUInt8(at), at)
    }
  }
})

test('verifyMachO refuses every wrong byte in the hashes', () => {
  const file = Buffer.from(reference)
  for (let at = directory + 158 - 64; at < directory + 350; at++) {
    // The hash of slot 1 is that of an Info.plist, which lies in another file.
    if (at >= directory + 158 - 32 && at < directory + 158) continue
    flip(file, at)
    assert.is(outcome(file), 'refused', `byte ${at - directory} of the code directory`)
    flip(file, at)
  }
  for (let at = signatureEnd; at < reference.length; at += 97) {
    flip(file, at)
    assert.is(outcome(file), 'accepted', `byte ${at} lies behind the signature`)
  }
})

for (const [platform, expected] of [
  // As rcodesign's print-signature-info and verify say.
  ['darwin-x64', { pages: 29_869, codeLimit: 122_341_152, text: 92_459_008 }],
  ['darwin-arm64', { pages: 35_582, codeLimit: 145_739_856, text: 101_253_120 }],
] as const) {
  here(`verifyMachO accepts the official Node for ${platform}, and what signMachO makes of it`, async () => {
    const target = findTarget(platform)
    const request = {
      target,
      version: target.version,
      cache: cacheFolder(),
      progress: { report() {}, step() {} },
    }
    const node = readFileSync(await fetchNode(request))
    const { pages, codeLimit, text } = expected
    const said = { pages, codeLimit, pageSize: 4096, hashes: ['sha256'] }
    assert.equal(verifyMachO(node), {
      ...said,
      identifier: 'node',
      team: 'HX7739G8FX',
      adHoc: false,
      hardenedRuntime: true,
      entitlements: true,
    })
    // As llvm-objdump --macho --private-headers says.
    assert.is(readMachO(node).arch, platform.slice('darwin-'.length))
    assert.is(readMachO(node).minimumSystem, '13.5')
    assert.equal(readMachO(node).libraries, [
      '/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation',
      '/System/Library/Frameworks/Security.framework/Versions/A/Security',
      '/usr/lib/libc++.1.dylib',
      '/usr/lib/libSystem.B.dylib',
    ])
    const signed = signMachO(node, 'own')
    assert.equal(verifyMachO(signed), {
      ...said,
      identifier: 'own',
      adHoc: true,
      hardenedRuntime: false,
      entitlements: false,
    })
    flip(signed, text)
    const page = text / 4096
    assert.throws(() => verifyMachO(signed), new RegExp(`page ${page} of ${pages}, the bytes ${text} to`))
    flip(signed, text)
    assert.throws(() => verifyMachO(signed.subarray(0, -1)), /"__LINKEDIT" ends at \d+, so it was cut/)
  })
}

test.run()

function flip(bytes: Buffer, at: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
}

function outcome(file: Buffer): 'accepted' | 'refused' {
  try {
    verifyMachO(file)
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof BuildError, String(error))
    return 'refused'
  }
}
