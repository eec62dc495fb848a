import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildPlugins } from '../../build/pipeline.ts'
import { findTarget } from '../../build/targets.ts'
import { buildsHere, fixtureKit, quiet, small } from './support/small-binary.ts'
import { temporaryFolder } from './support/temporary.ts'

const here = buildsHere ? test : test.skip
const out = temporaryFolder()
const lines: string[] = []
const target = findTarget('linux-x64')
const binaries = [{ name: 'small', plugins: [{ file: small, name: 'small' }] }]
const binary = join(out, 'linux-x64', 'small')

here('buildPlugins makes one executable, leaves nothing else, and says what it made', async () => {
  const progress = { report: (line: string) => lines.push(line), step() {} }
  const [built] = await buildPlugins({ target, binaries, out, kit: fixtureKit, progress })
  assert.is(built?.file, binary)
  assert.equal(readdirSync(out), ['linux-x64'])
  assert.equal(readdirSync(join(out, 'linux-x64')), ['small'])
  assert.is(built?.size, statSync(binary).size)
  assert.is(built?.sha256, execFileSync('sha256sum', [binary], { encoding: 'utf8' }).slice(0, 64))
  assert.is(built?.manifest.node, '24.21.0')
  assert.equal(built?.manifest.plugins[0]?.phases, ['log'])
  assert.equal(lines, [])
})

here('a binary with compiled code inside is the same, built again in another folder', async () => {
  const other = temporaryFolder()
  const [again] = await buildPlugins({ target, binaries, out: other, kit: fixtureKit, progress: quiet })
  assert.is(again?.sha256, execFileSync('sha256sum', [binary], { encoding: 'utf8' }).slice(0, 64))
})

here('a built binary runs with an empty environment', () => {
  const dump = execFileSync(binary, ['-dump'], { env: {}, encoding: 'utf8' })
  assert.equal(JSON.parse(dump).order, ['kit', 'plugin'])
  assert.is(JSON.parse(dump).Plugins[0].Version, '1.2.3')
})

here('a built binary names no folder of the machine that built it', () => {
  const bytes = readFileSync(binary)
  for (const folder of [out, process.cwd()]) assert.is(bytes.indexOf(folder), -1, folder)
})

here('a built binary ignores NODE_OPTIONS', () => {
  const env = { NODE_OPTIONS: '--require=/nowhere/injected.js' }
  assert.is(JSON.parse(execFileSync(binary, ['-dump'], { env, encoding: 'utf8' })).Plugins[0].Name, 'small')
})

here('a built binary ignores OPENSSL_CONF, which may name native code to load', () => {
  const config = join(temporaryFolder(), 'openssl.cnf')
  writeFileSync(
    config,
    'openssl_conf = init\nnodejs_conf = init\n[init]\nengines = engines\n[engines]\ne = engine\n[engine]\ndynamic_path = /nowhere/engine.so\ninit = 1\n',
  )
  const env = { OPENSSL_CONF: config }
  const plain = spawnSync(process.execPath, ['-e', ''], { env })
  assert.is.not(plain.status, 0, 'plain Node takes the file, so the test can fail')
  assert.is(JSON.parse(execFileSync(binary, ['-dump'], { env, encoding: 'utf8' })).Plugins[0].Name, 'small')
})

here('a built binary opens no debugger on SIGUSR1', async () => {
  const child = spawn(binary, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (text) => (stderr += text))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.kill('SIGUSR1')
  await setTimeout(300)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  assert.is(stderr, '')
})

here('buildPlugins leaves no binary whose -dump fails, and says where in the source it failed', async () => {
  const file = new URL('fixtures/broken.ts', import.meta.url).pathname
  const broken = [{ name: 'broken', plugins: [{ file, name: 'broken' }] }]
  const request = { target, binaries: broken, out, kit: fixtureKit }
  const error = await buildPlugins({ ...request, progress: quiet }).then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  assert.match(
    error?.message ?? '',
    /^Cannot build \S+\/fixtures\/broken\.ts for linux-x64: .*started wrongly/s,
  )
  assert.match(error?.message ?? '', /at refuse .*test\/build\/fixtures\/broken\.ts:5:9/)
  assert.not.ok(existsSync(join(out, 'linux-x64', 'broken')))
  assert.equal(readdirSync(out), ['linux-x64'])
})

here('a built binary runs a plugin that brings msgpackr, whose optional addon stays outside', async () => {
  const project = temporaryFolder()
  const file = join(project, 'packed.ts')
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'))
  writeFileSync(
    file,
    "import { pack, unpack } from 'msgpackr'\nexport default { version: unpack(pack('1.0.0')) }",
  )
  const packed = [{ name: 'packed', plugins: [{ file, name: 'packed' }] }]
  const [built] = await buildPlugins({ target, binaries: packed, out, kit: fixtureKit, progress: quiet })
  assert.equal(built?.manifest.packages, [{ name: 'msgpackr', version: '2.1.3', license: 'MIT' }])
  assert.equal(built?.manifest.addons, [])
  const dump = execFileSync(join(out, 'linux-x64', 'packed'), ['-dump'], { env: {}, encoding: 'utf8' })
  assert.is(JSON.parse(dump).Plugins[0].Version, '1.0.0')
})

test.run()
