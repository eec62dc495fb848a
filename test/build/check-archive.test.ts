import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Check, checkBinary } from '../../build/check/check.ts'
import { binaryWith, debianFiles, manifestWith, metaLua, writeRoot } from './support/check-target.ts'
import { folder as folderEntry, link, type RawEntry, rawTar } from './support/raw-tar.ts'
import { elfOf } from './support/small-elf.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()
const wants = { needed: ['libatomic.so.1'], wanted: { 'libatomic.so.1': ['LIBATOMIC_1.0'] } }
const binary = join(folder, 'binary')
writeFileSync(binary, binaryWith(manifestWith({}), wants))
const atomic = elfOf({ offered: ['libatomic.so.1', 'LIBATOMIC_1.0'] })
const library = 'usr/lib/x86_64-linux-gnu/libatomic.so.1'
const base = debianEntries()

test('checkBinary reads a root file system in an archive, plain and gzip, with and without ./', async () => {
  const withAtomic = [...base, { name: library, body: atomic }]
  assert.equal(await missing(rawTar(withAtomic)), [])
  assert.equal(await missing(gzipSync(rawTar(withAtomic))), [])
  assert.equal(await missing(rawTar(withAtomic.map((entry) => ({ ...entry, name: `./${entry.name}` })))), [])
  assert.equal(await missing(rawTar(base)), ['libatomic.so.1'])
})

test('checkBinary reads what tar(1) makes of a root file system, its hard links included', async () => {
  const root = writeRoot(join(folder, 'root'), debianFiles({ [`${library}.2.0`]: atomic }))
  assert.is(spawnSync('ln', [join(root, `${library}.2.0`), join(root, library)]).status, 0)
  const file = join(folder, 'tarred.tar')
  assert.is(spawnSync('tar', ['-cf', file, '-C', root, '.']).status, 0)
  const check = await checkBinary({ binary, image: file })
  assert.equal(check.incompatibilities, [])
  assert.is(check.kong, '3.9.1')
})

test('checkBinary lays the layers of docker save over each other', async () => {
  const upper: RawEntry[] = [{ name: library, body: atomic }]
  assert.equal(await missing(dockerSave([base, upper])), [])
  assert.equal(await missing(dockerSave([upper, base])), [])
  assert.is((await check(dockerSave([base, [metaEntry(3, 8, 0)]]))).kong, '3.8.0')
})

test('checkBinary hides what the whiteouts of a layer name, but nothing of that layer itself', async () => {
  const lower = [...base, { name: library, body: atomic }]
  const cut = library.lastIndexOf('/')
  const whiteout = { name: `${library.slice(0, cut)}/.wh.libatomic.so.1` }
  assert.equal(await missing(dockerSave([lower, [whiteout]])), ['libatomic.so.1'])
  assert.equal(await missing(dockerSave([lower, [{ name: library, body: atomic }, whiteout]])), [])
  const opaque = { name: `${library.slice(0, cut)}/.wh..wh..opq` }
  assert.equal(await missing(dockerSave([lower, [{ name: library, body: atomic }, opaque]])), [])
  assert.equal(await missing(dockerSave([lower, [opaque]])), ['libatomic.so.1'])
  const wholeFolder = { name: 'usr/lib/.wh.x86_64-linux-gnu' }
  assert.equal(await missing(dockerSave([lower, [wholeFolder], [{ name: library, body: atomic }]])), [])
  assert.equal(await missing(dockerSave([lower, [wholeFolder]])), ['libatomic.so.1'])
})

test('checkBinary puts a file of a layer where a link of a lower one leads', async () => {
  const upper = [{ name: 'lib/x86_64-linux-gnu/libatomic.so.1', body: atomic }]
  assert.equal(await missing(dockerSave([base, upper])), [])
})

test('checkBinary follows the links between layers that older Dockers write', async () => {
  const archive = rawTar([
    { name: 'a/layer.tar', body: rawTar([...base, { name: library, body: atomic }]) },
    link('b/layer.tar', '../a/layer.tar'),
    { name: 'manifest.json', body: JSON.stringify([{ Layers: ['b/layer.tar'] }]) },
  ])
  assert.equal(await missing(archive), [])
})

test('checkBinary reads an OCI archive: gzip layers, and the one image for the processor of several', async () => {
  const image = (arch: string, layers: readonly RawEntry[][]) => {
    const blobs = layers.map((entries) => gzipSync(rawTar(entries)))
    const manifest = JSON.stringify({ layers: blobs.map((blob) => ({ digest: digestOf(blob) })) })
    return {
      blobs: [...blobs, Buffer.from(manifest)],
      entry: { digest: digestOf(manifest), platform: { os: 'linux', architecture: arch } },
    }
  }
  const x64 = image('amd64', [base, [{ name: library, body: atomic }]])
  const arm64 = image('arm64', [base])
  const attestation = { digest: digestOf('none'), platform: { os: 'unknown', architecture: 'unknown' } }
  const index = JSON.stringify({ manifests: [arm64.entry, attestation, x64.entry] })
  const outer = JSON.stringify({ manifests: [{ digest: digestOf(index) }] })
  const archive = (top: string) =>
    rawTar([
      ...[...x64.blobs, ...arm64.blobs, Buffer.from(index)].map((body) => ({ name: blobPath(body), body })),
      { name: 'index.json', body: top },
      { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' },
    ])
  assert.equal(await missing(archive(outer)), [])
  const twice = JSON.stringify({ manifests: [x64.entry, x64.entry] })
  assert.match(await refusal(archive(twice)), /an archive of 2 images, of which 2 are for x64: save the one/)
})

test('checkBinary asks for one image where docker save wrote several', async () => {
  const two = [{ RepoTags: ['kong:3.9'] }, { RepoTags: ['kong:3.8'] }]
  assert.match(
    await refusal(rawTar([{ name: 'manifest.json', body: JSON.stringify(two) }])),
    'Cannot check against an archive of 2 images (kong:3.9, kong:3.8): save the one that is meant',
  )
})

test('checkBinary names what a damaged archive lacks', async () => {
  const named = JSON.stringify([{ Layers: ['a/layer.tar'] }])
  assert.match(
    await refusal(rawTar([{ name: 'manifest.json', body: named }])),
    /it lacks the layer a\/layer\.tar/,
  )
  assert.match(await refusal(rawTar([{ name: 'manifest.json', body: '{' }])), /its manifest\.json is no JSON/)
  const whole = rawTar([...base, { name: library, body: atomic }])
  assert.match(
    await refusal(whole.subarray(0, whole.length - 1500)),
    /^Cannot read the image .*: .*Truncated/,
  )
  const zipped = gzipSync(whole)
  assert.match(await refusal(zipped.subarray(0, zipped.length - 100)), /^Cannot read the image /)
  const layer = gzipSync(rawTar(base))
  const cut = rawTar([
    { name: 'a', body: layer.subarray(0, layer.length - 100) },
    { name: 'manifest.json', body: JSON.stringify([{ Layers: ['a'] }]) },
  ])
  assert.match(await refusal(cut), /^Cannot read the image /)
})

test('checkBinary ends with an archive that unpacks to too much', async () => {
  const big = [{ name: 'big', size: 9 * 2 ** 30 }]
  assert.match(await refusal(rawTar(big)), /it unpacks to more than 8589934592 bytes$/)
  const layers = { name: 'manifest.json', body: JSON.stringify([{ Layers: ['a'] }]) }
  const inside = rawTar([{ name: 'a', body: gzipSync(rawTar(big)) }, layers])
  assert.match(await refusal(inside), /it unpacks to more than 8589934592 bytes$/)
  const zeros = gzipSync(rawTar([{ name: 'zeros', body: Buffer.alloc(2 ** 26) }]))
  assert.ok(zeros.length < 2 ** 17)
  assert.match(await refusal(zeros), /^Cannot read the image /)
})

test('checkBinary ignores paths that lead out of an archive, and reads absolute ones as inside', async () => {
  const outside = [
    ...base,
    { name: `../${library}`, body: atomic },
    { name: `a/../../${library}`, body: atomic },
  ]
  assert.equal(await missing(rawTar(outside)), ['libatomic.so.1'])
  assert.equal(await missing(rawTar([...base, { name: `/${library}`, body: atomic }])), [])
  const climbing = [...base, link('usr/lib/libatomic.so.1', `../../../../${binary}`)]
  assert.equal(await missing(rawTar(climbing)), ['libatomic.so.1'])
})

test('checkBinary is not led in circles by links of an archive', async () => {
  const circles = [
    link('usr/lib/libatomic.so.1', 'libatomic.so'),
    link('usr/lib/libatomic.so', 'libatomic.so.1'),
  ]
  assert.equal(await missing(rawTar([...base, ...circles])), ['libatomic.so.1'])
  const own = [
    link('loop', 'loop'),
    { name: 'loop/file', body: 'x' },
    { name: 'deep/'.repeat(15), type: '5' as const },
  ]
  assert.equal(await missing(rawTar([...own, ...base])), ['libatomic.so.1'])
  const hard: RawEntry[] = [{ name: library, type: '1', target: library }]
  assert.equal(await missing(rawTar([...base, ...hard])), ['libatomic.so.1'])
})

test.run()

function debianEntries(): RawEntry[] {
  const files = Object.entries(debianFiles())
  return [
    folderEntry('usr/lib'),
    ...files.map(([name, file]) =>
      typeof file === 'object' && 'link' in file ? link(name, file.link) : { name, body: file },
    ),
  ]
}

function metaEntry(major: number, minor: number, patch: number): RawEntry {
  return { name: 'usr/local/share/lua/5.1/kong/meta.lua', body: metaLua(major, minor, patch) }
}

function dockerSave(layers: readonly (readonly RawEntry[])[]): Buffer {
  const names = layers.map((_, index) => `layer${index}/layer.tar`)
  return rawTar([
    ...layers.map((entries, index) => ({ name: names[index] ?? '', body: rawTar(entries) })),
    { name: 'manifest.json', body: JSON.stringify([{ RepoTags: ['kong:3.9'], Layers: names }]) },
  ])
}

function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function blobPath(bytes: Buffer): string {
  return `blobs/${digestOf(bytes).replace(':', '/')}`
}

function check(archive: Buffer): Promise<Check> {
  const file = join(folder, 'image.tar')
  writeFileSync(file, archive)
  return checkBinary({ binary, image: file })
}

async function missing(archive: Buffer): Promise<string[]> {
  return (await check(archive)).incompatibilities.map(({ name }) => name)
}

async function refusal(archive: Buffer): Promise<string> {
  try {
    await check(archive)
  } catch (error) {
    return (error as Error).message
  }
  return 'no error'
}
