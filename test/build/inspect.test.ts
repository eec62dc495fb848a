import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError, UsageError } from '../../build/errors.ts'
import { inspectBinary } from '../../build/inspect/inspection.ts'
import { seal } from '../../build/manifest.ts'
import { signMachO } from '../../build/sign/mach-o.ts'
import { sample } from './support/manifest.ts'
import { machOOf, segment } from './support/small-mach-o.ts'
import { type Format, type SmallSea, seaOf } from './support/small-sea.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()
const sound = { node: '24.21.0', fuse: '1', manifest: sample } as const

test('inspectBinary gives file, headers, Node, fuse and manifest of a binary for Linux', async () => {
  const bytes = seaOf('elf', sound)
  const file = write(bytes)
  assert.equal(await inspectBinary(file), {
    file,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    executable: {
      format: 'elf',
      os: 'linux',
      arch: 'x64',
      libc: 'glibc',
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      libraries: ['libstdc++.so.6', 'libc.so.6'],
      wantedVersions: {
        'libstdc++.so.6': ['GLIBCXX_3.4.9', 'GLIBCXX_3.4.21'],
        'libc.so.6': ['GLIBC_2.9', 'GLIBC_2.28'],
      },
      offeredVersions: [],
      blob: { offset: bytes.indexOf('the code'), size: 8 + 24 + 4 + JSON.stringify(sample).length + 32 + 32 },
      stripped: true,
    },
    highestVersions: { GLIBC: '2.28', GLIBCXX: '3.4.21' },
    node: '24.21.0',
    fuse: 'set',
    manifest: sample,
    remarks: [],
  })
})

test('inspectBinary finds the manifest in a program for Windows', async () => {
  const manifest = { ...sample, platform: 'win-x64' }
  const inspection = await inspectBinary(write(seaOf('pe', { ...sound, manifest })))
  assert.equal(inspection.manifest, manifest)
  assert.equal(inspection.remarks, [])
})

test('inspectBinary finds the manifest in a signed program for macOS, and checks the signature', async () => {
  const manifest = { ...sample, platform: 'darwin-arm64' }
  const signed = signMachO(seaOf('mach-o', { ...sound, manifest }), 'guard')
  const inspection = await inspectBinary(write(signed))
  assert.equal(inspection.manifest, manifest)
  assert.is(inspection.signature?.identifier, 'guard')
  assert.is(inspection.signature?.adHoc, true)
  assert.equal(inspection.remarks, [])
  const at = signed.indexOf('the code')
  signed[at] = signed[at]! ^ 1
  const changed = await inspectBinary(write(signed))
  assert.is(changed.signature, undefined)
  assert.match(
    changed.remarks.join('\n'),
    /signature does not hold: .*; macOS will not start it: sign it again$/,
  )
})

const remarks: [what: string, format: Format, about: SmallSea, sentence: string][] = [
  [
    'a library or another program',
    'elf',
    { blob: false },
    'It is not a binary of kong-ts-pdk, as there is no Node inside: build one with kong-ts build, and name dist/<platform>/<name>',
  ],
  [
    'a plain Node',
    'pe',
    { blob: false, fuse: '0', node: '26.7.0' },
    'It is a plain Node 26.7.0 without a plugin: build one with kong-ts build, and name dist/<platform>/<name>',
  ],
  [
    'a binary whose blob was lost',
    'elf',
    { blob: false, fuse: '1', node: '24.21.0' },
    'Its Node looks for a plugin, but there is none: a tool as strip or upx took it out after the build; build it again',
  ],
  [
    'a fuse that is not set',
    'elf',
    { ...sound, fuse: '0' },
    'Its Node starts as a plain Node: the fuse that makes it look for the plugin is not set; build it again',
  ],
  [
    'a blob without a Node',
    'elf',
    { manifest: sample },
    'It holds a program for Node, but no Node to run it: build it again',
  ],
  [
    'a blob without a manifest',
    'pe',
    { node: '24.21.0', fuse: '1' },
    'It holds a program for Node but no manifest: another tool made it, or a kong-ts-pdk from before there were manifests',
  ],
  [
    'another platform in the manifest',
    'pe',
    sound,
    'Its manifest says linux-x64, but the file is for win-x64: build it again',
  ],
  [
    'another Node in the manifest',
    'elf',
    { ...sound, node: '24.18.1' },
    'Its blob was made for Node 24.21.0, but lies in Node 24.18.1, which may crash or ignore it: build it again',
  ],
]
for (const [what, format, about, sentence] of remarks) {
  test(`inspectBinary remarks on ${what}`, async () => {
    assert.equal((await inspectBinary(write(seaOf(format, about)))).remarks, [sentence])
  })
}

test("inspectBinary takes Node's version and fuse from Node, whatever the plugin's code says", async () => {
  const code = 'node.js/v1.2.3 NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0'
  const { node, fuse, remarks } = await inspectBinary(write(seaOf('elf', { ...sound, code })))
  assert.equal({ node, fuse, remarks }, { node: '24.21.0', fuse: 'set', remarks: [] })
  const none = await inspectBinary(write(seaOf('elf', { ...sound, node: '24.21.0 node.js/v24.18.1' })))
  assert.is(none.node, undefined, 'two versions are no answer')
  const preview = await inspectBinary(write(seaOf('elf', { ...sound, node: '27.0.0-nightly20261101abc' })))
  assert.is(preview.node, '27.0.0-nightly20261101abc')
})

test('inspectBinary refuses a damaged manifest', async () => {
  const bytes = seaOf('elf', sound)
  const at = bytes.indexOf('"kit":"0.2.0"') + 8
  bytes[at] = bytes[at]! ^ 1
  await refused(write(bytes), /: the manifest inside is damaged: its SHA-256 is not that of its text$/)
})

const foreign: [manifest: unknown, sentence: RegExp][] = [
  [
    null,
    /: its manifest cannot be read, as the manifest is not an object: read it with the kong-ts-pdk that built it$/,
  ],
  [{ ...sample, kit: 3 }, /as kit of the manifest is not text: /],
  [{ ...sample, plugins: {} }, /as plugins of the manifest is not a list: /],
  [
    { ...sample, plugins: [{ ...sample.plugins[0], priority: '1' }] },
    /as priority of plugins of the manifest\[0\] is not a number: /,
  ],
  [
    { ...sample, packages: [{ name: 'a', version: '1', license: { type: 'MIT' } }] },
    /as license of .* is not text: /,
  ],
  [{ ...sample, addons: [{ file: 'a', sha256: 'short', asset: 'b' }] }, /is not a SHA-256 in hexadecimal: /],
  [
    { ...sample, addons: [{ ...sample.addons[0], libraries: undefined }] },
    /as libraries of addons of the manifest\[0\] is not a list: /,
  ],
  [
    { ...sample, addons: [{ ...sample.addons[0], wantedVersions: { 'libc.so.6': 'GLIBC_2.14' } }] },
    /as wantedVersions of addons of the manifest\[0\]\[0\] is not a list: /,
  ],
  [
    { ...sample, packages: Array(10_001).fill(0) },
    /as packages of the manifest has more than 10000 entries: /,
  ],
  [{ ...sample, extra: nested(250) }, /as the manifest is nested more than 200 levels deep: /],
  [
    { ...sample, flags: { ...sample.flags, stripped: undefined } },
    /as stripped of flags of the manifest is not true or false: /,
  ],
]
for (const [manifest, sentence] of foreign) {
  test(`inspectBinary refuses a manifest of another form: ${sentence.source}`, async () => {
    await refused(write(seaOf('elf', { ...sound, manifest })), sentence)
  })
}

test('inspectBinary remarks on a file that is not as it was sealed', async () => {
  const bytes = seaOf('elf', sound)
  seal(bytes)
  assert.equal((await inspectBinary(write(bytes))).remarks, [])
  const at = bytes.indexOf('the code')
  bytes[at] = bytes[at]! ^ 1
  assert.equal((await inspectBinary(write(bytes))).remarks, [
    'The file is not as it was built: its SHA-256 does not fit; copy it again or build it again',
  ])
})

test('inspectBinary reads a manifest nested ever deeper with a sentence', async () => {
  const code = encoded({ ...sample, extra: 'HERE' }, '['.repeat(20_000) + ']'.repeat(20_000))
  await refused(write(seaOf('elf', { node: '24.21.0', fuse: '1', code })), /nested more than 200 levels deep/)
})

test('inspectBinary shows control characters in what it refuses by their numbers', async () => {
  const hidden = { commands: [segment('\x1b[2J', { address: 0, memory: 0, offset: 2 ** 30, size: 1 })] }
  await refused(write(machOOf(hidden)), /its segment "\\u\{1b\}\[2J" ends at/)
})

test('inspectBinary ends with a usage error for what is no binary, and with another for a damaged one', async () => {
  const errorOf = (file: string) => inspectBinary(file).catch((error: unknown) => error)
  for (const file of [join(folder, 'none'), folder, write(Buffer.from('hello\n')), write(Buffer.alloc(0))])
    assert.instance(await errorOf(file), UsageError)
  const damaged = await errorOf(write(seaOf('elf', sound).subarray(0, 300)))
  assert.instance(damaged, BuildError)
  assert.not.instance(damaged, UsageError)
})

test('inspectBinary says why a file cannot be read', async () => {
  mkdirSync(join(folder, 'folder'))
  await refused(
    join(folder, 'folder'),
    /^Cannot inspect .*folder: it is a folder: name a binary, as dist\/linux-x64\/hello$/,
  )
  await refused(join(folder, 'none'), /^Cannot inspect .*none: there is no such file$/)
  await refused(write(Buffer.from('#!/bin/sh\n')), /^Cannot inspect .*: it is a script that \/bin\/sh runs: /)
  await refused(write(Buffer.alloc(0)), /^Cannot inspect .*: it is empty: /)
})

const withPipes = process.platform === 'win32' ? test.skip : test
withPipes('inspectBinary does not wait for a pipe', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  await refused(pipe, /: it is not a file but a device, a pipe or a socket: name a binary$/)
})

test.run()

function nested(depth: number): unknown {
  return depth === 0 ? [] : [nested(depth - 1)]
}

/** A manifest as the build writes it, with a text in the place of "HERE" that no JSON.stringify would write. */
function encoded(manifest: object, text: string): Buffer {
  const json = Buffer.from(JSON.stringify(manifest).replace('"HERE"', text))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  const hash = createHash('sha256').update(json).digest()
  return Buffer.concat([Buffer.from('\0kong-ts-pdk manifest 1\0'), length, json, hash])
}

let written = 0
function write(bytes: Buffer): string {
  const file = join(folder, `file-${++written}`)
  writeFileSync(file, bytes)
  return file
}

async function refused(file: string, sentence: RegExp): Promise<void> {
  const error = await inspectBinary(file).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.instance(error, BuildError)
  assert.match((error as BuildError).message, sentence)
}
