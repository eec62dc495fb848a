import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { findTarget, type Target } from '../../build/targets.ts'
import { archiveOf } from './support/archive.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()
const helloHash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
const wrongHash = '0'.repeat(64)
const cache = join(folder, 'cache')
const cached = join(cache, 'node-fake-1.2.3')
const target: Target = {
  ...findTarget('linux-x64'),
  npmPackage: 'node-fake',
  format: 'mach-o', // which is not stripped
}
let lines: string[] = []

test.before(() => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'npm'), fakeNpm)
  chmodSync(join(bin, 'npm'), 0o755)
  process.env.PATH = `${bin}:${process.env.PATH}`
})

test.before.each(() => {
  rmSync(cache, { recursive: true, force: true })
  lines = []
  publish('hello')
})

test('fetchNode puts a checked, executable file into a cache that only its owner reads', async () => {
  assert.is(await fetch(helloHash), cached)
  assert.is(readFileSync(cached, 'utf8'), 'hello')
  assert.is(statSync(cached).mode & 0o111, 0o111)
  assert.is(statSync(cache).mode & 0o777, 0o700)
  assert.equal(readdirSync(cache), ['node-fake-1.2.3'])
})

test('fetchNode takes a good file from the cache without npm', async () => {
  await fetch(helloHash)
  unpublish()
  assert.is(await fetch(helloHash), cached)
})

test('fetchNode refuses a wrong hash with both values and leaves nothing behind', async () => {
  const error = await refusal(fetch(wrongHash))
  assert.match(error, wrongHash)
  assert.match(error, helloHash)
  assert.match(error, 'node-fake@1.2.3')
  assert.equal(readdirSync(cache), [])
})

test('fetchNode names a damaged cached file and fetches it again', async () => {
  await fetch(helloHash)
  writeFileSync(cached, 'hellO')
  assert.is(await fetch(helloHash), cached)
  assert.is(readFileSync(cached, 'utf8'), 'hello')
  assert.ok(
    lines.some((line) => line.includes(cached) && line.includes('damaged') && line.includes(helloHash)),
  )
})

test('fetchNode says what npm said where the version does not exist', async () => {
  unpublish()
  assert.match(await refusal(fetch(helloHash)), /node-fake@1\.2\.3.*nothing published/s)
})

test('fetchNode says so where the package holds no Node', async () => {
  writeFileSync(join(folder, 'published.tgz'), archiveOf({ 'package/README.md': Buffer.from('hello') }))
  assert.match(await refusal(fetch(helloHash)), 'holds no bin/node')
})

test('fetchNode refuses a package that was cut anywhere, and leaves nothing behind', async () => {
  const whole = readFileSync(join(folder, 'published.tgz'))
  for (const share of [0.1, 0.5, 0.9]) {
    writeFileSync(join(folder, 'published.tgz'), whole.subarray(0, Math.floor(whole.length * share)))
    assert.match(
      await refusal(fetch(helloHash)),
      /^Cannot (unpack|use) node-fake@1\.2\.3: /,
      `cut at ${share}`,
    )
    assert.equal(readdirSync(cache), [])
  }
})

test('fetchNode keeps a Node for Linux stripped, and checks the file before and after', async () => {
  const elf = readFileSync('/bin/true')
  publish(elf)
  const official = createHash('sha256').update(elf).digest('hex')
  const elfTarget = { ...target, format: 'elf' } as const
  const progress = { report: (line: string) => lines.push(line), step() {} }
  const request = { target: elfTarget, version: '1.2.3', cache, progress }
  const wrong = { official, cached: wrongHash }
  const file = await fetchNode({ ...request, pin: wrong })
  assert.is(file, `${cached}-stripped`)
  assert.is(readFileSync(file).readBigUInt64LE(40), 0n)
  assert.is(lines.length, 1, lines.join())
  await fetchNode({ ...request, pin: wrong })
  assert.match(lines[1] ?? '', /-stripped is damaged: its SHA-256 is \w{64}, but must be 0{64}; fetching/)
})

test('fetchNode checks a version without a pin against the integrity that the registry lists', async () => {
  assert.is(await fetch(wrongHash, false), cached)
  assert.ok(lines.some((line) => line.includes("registry's own SHA-512")))
  unpublish()
  assert.is(await fetch(wrongHash, false), cached, 'the second time from the cache')
  writeFileSync(cached, 'hellO')
  publish('hello')
  await fetch(wrongHash, false)
  assert.is(readFileSync(cached, 'utf8'), 'hello')
})

test('fetchNode refuses a version without a pin that is not what the registry lists', async () => {
  writeFileSync(join(folder, 'integrity'), 'sha512-other')
  assert.match(await refusal(fetch(wrongHash, false)), /Refused node-fake@1\.2\.3.*sha512-other.*sha512-/)
  assert.equal(readdirSync(cache), [])
})

test('fetchNode says what to do where the cache cannot be made', async () => {
  const below = join(folder, 'published.tgz', 'cache')
  assert.match(await refusal(fetch(helloHash, true, below)), `Cannot make the folder ${below}: ENOTDIR`)
  const file = join(folder, 'published.tgz')
  assert.match(
    await refusal(fetch(helloHash, true, file)),
    /EEXIST.*choose another folder with KONG_TS_CACHE$/,
  )
})

const inLinux = process.platform === 'linux' ? test : test.skip
inLinux('fetchNode comes back from a cache below /proc, where nothing can be made', async () => {
  assert.match(await refusal(fetch(helloHash, true, '/proc/a/b')), 'Cannot make the folder /proc/a: ENOENT')
})

test('cacheFolder is KONG_TS_CACHE, else below XDG_CACHE_HOME, else below the home folder', () => {
  assert.is(cacheFolder({ KONG_TS_CACHE: '/a', XDG_CACHE_HOME: '/b' }), '/a')
  assert.is(cacheFolder({ XDG_CACHE_HOME: '/b' }), '/b/kong-ts-pdk')
  assert.match(cacheFolder({}), /\/\.cache\/kong-ts-pdk$/)
})

test.run()

function fetch(sha256: string, pinned = true, into = cache): Promise<string> {
  const progress = { report: (line: string) => lines.push(line), step() {} }
  const pin = pinned ? { official: sha256, cached: sha256 } : undefined
  return fetchNode({ target, version: '1.2.3', pin, cache: into, progress })
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  )
  assert.instance(error, BuildError)
  return error.message
}

function publish(content: string | Buffer): void {
  const tarball = archiveOf({
    'package/LICENSE': Buffer.alloc(600),
    'package/bin/node': Buffer.from(content),
  })
  writeFileSync(join(folder, 'published.tgz'), tarball)
  writeFileSync(join(folder, 'integrity'), `sha512-${createHash('sha512').update(tarball).digest('base64')}`)
}

function unpublish(): void {
  rmSync(join(folder, 'published.tgz'))
}

/** Stands for the npm command: `pack` hands out published.tgz, `view` prints what lies in the file integrity. */
const fakeNpm = `#!/usr/bin/env node
const fs = require('node:fs'), path = require('node:path')
const here = path.dirname(__dirname), args = process.argv.slice(2)
const published = path.join(here, 'published.tgz')
if (!fs.existsSync(published)) { console.error('nothing published'); process.exit(1) }
if (args[0] === 'view') console.log(JSON.stringify(fs.readFileSync(path.join(here, 'integrity'), 'utf8')))
else {
  const to = args.find((arg) => arg.startsWith('--pack-destination=')).slice('--pack-destination='.length)
  if (!args.includes('--ignore-scripts')) process.exit(1)
  fs.copyFileSync(published, path.join(to, 'node-fake-1.2.3.tgz'))
  console.log(JSON.stringify([{ filename: 'node-fake-1.2.3.tgz' }]))
}
`
