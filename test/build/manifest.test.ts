import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import {
  checkSeal,
  decodeManifest,
  encodeManifest,
  hashSchema,
  type Manifest,
  seal,
} from '../../build/manifest.ts'

const manifest: Manifest = {
  kit: '1.2.3',
  node: '24.21.0',
  platform: 'linux-x64',
  name: 'é',
  plugins: [],
  packages: [],
  addons: [],
  flags: { execArgv: [], codeCache: false, stripped: true },
}
const marker = '\0kong-ts-pdk manifest 1\0'
const binary = () => Buffer.concat([Buffer.from('before'), encodeManifest(manifest), Buffer.from('behind')])

test('encodeManifest writes marker, length, JSON, its SHA-256 and room for the seal', () => {
  const json = Buffer.from(JSON.stringify(manifest))
  const bytes = encodeManifest(manifest)
  assert.is(bytes.toString('latin1', 0, marker.length), marker)
  assert.is(bytes.readUInt32LE(marker.length), json.length)
  const rest = bytes.subarray(marker.length + 4)
  assert.ok(rest.subarray(0, json.length).equals(json))
  assert.is(
    rest.toString('hex', json.length, json.length + 32),
    createHash('sha256').update(json).digest('hex'),
  )
  assert.is(rest.length, json.length + 64)
})

test('decodeManifest finds it among other bytes, behind a marker that is none', () => {
  assert.equal(decodeManifest(Buffer.concat([Buffer.from(marker), binary()])), manifest)
  assert.is(decodeManifest(Buffer.from('nothing here')), undefined)
})

test('decodeManifest refuses one that is damaged or cut, and a file full of markers at once', () => {
  const flipped = binary()
  flipped[flipped.indexOf('24.21.0')] = 0x39
  const full = Buffer.concat(
    Array.from({ length: 50_000 }, () => Buffer.from(`${marker}\xff\xff\xff\x00`, 'latin1')),
  )
  for (const bytes of [flipped, binary().subarray(0, -70), full])
    assert.throws(
      () => decodeManifest(bytes),
      (error: Error) => error instanceof BuildError && /manifest inside is damaged/.test(error.message),
    )
})

test('checkSeal tells a whole binary from one with any byte changed, cut off or added', () => {
  const bytes = binary()
  assert.is(checkSeal(bytes), 'none')
  seal(bytes)
  assert.is(checkSeal(bytes), 'whole')
  const bare = createHash('sha256').update(binary().subarray(0, -38)).update('behind').digest()
  assert.ok(bytes.subarray(-38, -6).equals(bare), 'the SHA-256 of all other bytes')
  for (const at of [0, bytes.length - 1, bytes.length - 20]) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 1
    assert.is(checkSeal(damaged), 'damaged', String(at))
  }
  assert.is(checkSeal(bytes.subarray(0, -1)), 'damaged')
  assert.is(checkSeal(Buffer.concat([bytes, Buffer.alloc(1)])), 'damaged')
  assert.is(checkSeal(Buffer.from('a plain Node')), 'none')
})

test('hashSchema is the same whatever the order of the keys, and another for other values', () => {
  assert.is(hashSchema({ a: 1, b: [{ c: 2, d: 3 }] }), hashSchema({ b: [{ d: 3, c: 2 }], a: 1 }))
  assert.is.not(hashSchema({ a: 1 }), hashSchema({ a: 2 }))
})

test.run()
