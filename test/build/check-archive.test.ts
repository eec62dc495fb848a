import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Check, checkBinary } from '../../build/check/check.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import { binaryWith, debianFiles, manifestWith, metaLua, writeRoot } from './support/check-target.ts'
import { folder as folderEntry, link, type RawEntry, rawTar } from './support/raw-tar.ts'
import { buildsHere, quiet } from './support/small-binary.ts'
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
  assert.match(await refusal(archive(twice)), /it holds 2 images, of which 2 are for x64: save the one/)
})

test('checkBinary asks for one image where docker save wrote several', async () => {
  const two = [{ RepoTags: ['kong:3.9'] }, { RepoTags: ['kong:3.8'] }]
  assert.match(
    await refusal(rawTar([{ name: 'manifest.json', body: JSON.stringify(two) }])),
    /^Cannot read the image .*: it holds 2 images \(kong:3\.9, kong:3\.8\): save the one that is meant$/,
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
    /^Cannot read the image .*: it was cut: it ends inside of a file$/,
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

const small = /it unpacks to more than \d+ bytes, as no image of its size does$/
const zeros = rawTar([{ name: 'zeros', size: 300 * 2 ** 20 }]).subarray(0, 512)
const megabyte = Buffer.alloc(2 ** 20)

test('checkBinary ends with an archive that unpacks to too much, also inside of another one', async () => {
  const packed = Buffer.concat([gzipSync(zeros), ...Array(300).fill(gzipSync(megabyte))])
  assert.ok(packed.length < 2 ** 19)
  assert.match(await refusal(packed), small)
  const layers = { name: 'manifest.json', body: JSON.stringify([{ Layers: ['a'] }]) }
  assert.match(await refusal(rawTar([{ name: 'a', body: packed }, layers])), small)
})

if (zlib.zstdCompressSync === undefined) {
  test('checkBinary says that this Node cannot unpack zstd', async () => {
    const packed = Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(1000)])
    assert.match(
      await refusal(packed),
      /it is packed with zstd, which Node 2\d\.\S+ cannot unpack: use Node 24, or /,
    )
  })

  const here = buildsHere ? test : test.skip
  here('all of this holds under the Node of the binaries too, which has zstd', async () => {
    const target = findTarget(hostPlatform())
    const node = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress: quiet })
    const words = ['--import', './build/load-typescript.mjs', 'test/build/check-archive.test.ts']
    const { status, stdout } = spawnSync(node, words, { encoding: 'utf8' })
    assert.is(status, 0, stdout)
    assert.match(stdout, /Passed: +\d+/)
  })
} else {
  test('checkBinary reads what zstd packed, and ends with what unpacks to too much', async () => {
    const zstd = (bytes: Buffer) => zlib.zstdCompressSync(bytes)
    assert.equal(await missing(zstd(rawTar([...base, { name: library, body: atomic }]))), [])
    const bomb = Buffer.concat([zeros, Buffer.alloc(300 * 2 ** 20)])
    assert.match(await refusal(zstd(bomb)), small)
    const frames = await refusal(Buffer.concat([zstd(zeros), ...Array(300).fill(zstd(megabyte))]))
    assert.match(
      frames,
      /several frames, which Node 2\d\.\S+ cannot unpack|it unpacks to more than \d+ bytes/,
    )
  })
}

test('checkBinary counts the files of a layer each time that it is named', async () => {
  const layer = { name: 'a', body: rawTar(Array(1000).fill({ name: 'file' })) }
  const named = (times: number) =>
    rawTar([layer, { name: 'manifest.json', body: JSON.stringify([{ Layers: Array(times).fill('a') }]) }])
  assert.match(await refusal(named(600)), /its layers hold more than 500000 files$/)
  assert.match(await refusal(named(1001)), /its manifest names 1001 layers, and no image has more than 1000$/)
})

test('checkBinary ends with headers that take too much', async () => {
  const record = (length: number) => `${length} path=${'a'.repeat(length - `${length} path=\n`.length)}\n`
  const headers = Array(70).fill({ name: 'pax', type: 'x', body: record(2 ** 20) })
  assert.match(
    await refusal(gzipSync(rawTar([...base, ...headers]))),
    /the names in it take more than 67108864 bytes$/,
  )
  const one = { name: 'pax', type: 'x' as const, body: record(2 ** 20 + 1) }
  assert.match(await refusal(rawTar([...base, one])), /it has a header of 1048577 bytes$/)
  const name = { name: 'pax', type: 'x' as const, body: record(64) }
  assert.equal(await missing(rawTar([...base, name, { name: 'short', body: 'x' }])), ['libatomic.so.1'])
})

test('checkBinary ends with links that lead to links on each part of many paths', async () => {
  const deep = 'd/'.repeat(49)
  const paths = Array(9000).fill({ name: `${'a/'.repeat(49)}x` })
  const links = [{ ...folderEntry(deep) }, link('a', deep), link(`${deep}a`, `/${deep}`)]
  assert.match(await refusal(rawTar([...links, ...paths])), /its paths and links lead on and on$/)
})

test('checkBinary reads what ld.so.conf includes four levels deep and no deeper', async () => {
  const chain = (length: number) => [
    ...base,
    { name: 'etc/ld.so.conf', body: 'include /etc/1.conf\n' },
    ...Array.from({ length }, (_, index) => ({
      name: `etc/${index + 1}.conf`,
      body: index + 1 === length ? '/opt/extra\n' : `include /etc/${index + 2}.conf\n`,
    })),
    { name: 'opt/extra/libatomic.so.1', body: atomic },
  ]
  assert.equal(await missing(rawTar(chain(3))), [])
  assert.equal(await missing(rawTar(chain(4))), ['libatomic.so.1'])
})

test('checkBinary hides what a whiteout names through a link to a folder', async () => {
  const lower = [...base, { name: library, body: atomic }]
  const through = library.replace('usr/lib/', 'lib/')
  const name = through.replace('libatomic', '.wh.libatomic')
  assert.equal(await missing(dockerSave([lower, [{ name }]])), ['libatomic.so.1'])
  const opaque = { name: `${through.slice(0, through.lastIndexOf('/'))}/.wh..wh..opq` }
  assert.equal(await missing(dockerSave([lower, [opaque]])), ['libatomic.so.1'])
})

test('checkBinary shows control characters of an archive by their numbers', async () => {
  const tags = [{ RepoTags: ['kong\u001b[2J'] }, {}]
  assert.match(
    await refusal(rawTar([{ name: 'manifest.json', body: JSON.stringify(tags) }])),
    'kong\\u{1b}[2J',
  )
  const layers = [{ Layers: ['no\nlayer'] }]
  assert.match(
    await refusal(rawTar([{ name: 'manifest.json', body: JSON.stringify(layers) }])),
    'no\\u{a}layer',
  )
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
