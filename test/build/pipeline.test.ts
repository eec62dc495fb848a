import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildPlugins } from '../../build/pipeline.ts'
import { buildsHere, fixtureKit, small } from './support/small-binary.ts'
import { temporaryFolder } from './support/temporary.ts'

const here = buildsHere ? test : test.skip
const out = temporaryFolder()
const lines: string[] = []
const plugins = [{ file: small, name: 'small' }]
const binary = join(out, 'linux-x64', 'small')

here('buildPlugins makes one executable and leaves nothing else', async () => {
  const report = (line: string) => lines.push(line)
  const built = await buildPlugins({ platform: 'linux-x64', plugins, out, kit: fixtureKit, report })
  assert.equal(built, [binary])
  assert.equal(readdirSync(out), ['linux-x64'])
  assert.equal(readdirSync(join(out, 'linux-x64')), ['small'])
})

here('buildPlugins reports what it made, the size and the seconds', () => {
  assert.ok(lines.some((line) => /^Node 24\.21\.0 for linux-x64: 126\.6 MB, [\d.]+ s$/.test(line)))
  assert.ok(
    lines.some((line) => line.startsWith(`${binary}: `) && / MB, [\d.]+ s, with no npm package$/.test(line)),
  )
})

here('a built binary runs with an empty environment', () => {
  const dump = execFileSync(binary, ['-dump'], { env: {}, encoding: 'utf8' })
  assert.equal(JSON.parse(dump), { name: 'small', version: '1.2.3', order: ['kit', 'plugin'] })
})

here('a built binary names no folder of the machine that built it', () => {
  const bytes = readFileSync(binary)
  for (const folder of [out, process.cwd()]) assert.is(bytes.indexOf(folder), -1, folder)
})

here('a built binary ignores NODE_OPTIONS', () => {
  const env = { NODE_OPTIONS: '--require=/nowhere/injected.js' }
  assert.is(JSON.parse(execFileSync(binary, ['-dump'], { env, encoding: 'utf8' })).name, 'small')
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
  assert.is(JSON.parse(execFileSync(binary, ['-dump'], { env, encoding: 'utf8' })).name, 'small')
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
  const request = { platform: 'linux-x64', plugins: [{ file, name: 'broken' }], out, kit: fixtureKit }
  const error = await buildPlugins({ ...request, report: () => {} }).then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  assert.match(error?.message ?? '', /^Cannot build \S+\/fixtures\/broken\.ts: .*started wrongly/s)
  assert.match(error?.message ?? '', /at refuse .*test\/build\/fixtures\/broken\.ts:5:9/)
  assert.not.ok(existsSync(join(out, 'linux-x64', 'broken')))
  assert.equal(readdirSync(out), ['linux-x64'])
})

test.run()
