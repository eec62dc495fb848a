// The blob that is written without Node, against what each Node makes of the same content, and run in it.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { injectBlob } from '../../build/inject.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { findTarget, platforms } from '../../build/targets.ts'
import { layoutOf, writeBlob } from '../../build/write-blob.ts'
import { buildsHere, quiet } from './support/small-binary.ts'
import { temporaryFolder } from './support/temporary.ts'

const here = buildsHere ? test : test.skip
const target = findTarget('linux-x64')
const versions = [...new Set(platforms.map((platform) => findTarget(platform).version))]
const execArgv = ['--disable-sigusr1', '--openssl-config=/dev/null']
const code =
  "const sea = require('node:sea'); console.log(sea.getAsset('a', 'utf8'), process.execArgv.join())"

for (const version of versions)
  here(`writeBlob makes for Node ${version} the bytes that it makes itself, and it takes them`, async () => {
    const folder = temporaryFolder()
    const node = await fetchNode({ target, version, cache: cacheFolder(), progress: quiet })
    writeFileSync(join(folder, 'main.cjs'), code)
    writeFileSync(join(folder, 'asset'), 'the asset')
    const config = { disableExperimentalSEAWarning: true, execArgv, execArgvExtension: 'none' }
    const files = { main: 'main.cjs', output: 'reference', assets: { a: 'asset' } }
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...files }))
    execFileSync(node, ['--experimental-sea-config', 'config.json'], { cwd: folder, stdio: 'pipe' })

    const layout = layoutOf(version)
    assert.ok(layout)
    assert.is(layout.abi, execFileSync(node, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).trim())
    const content = {
      path: 'main.cjs',
      code: Buffer.from(code),
      assets: new Map([['a', Buffer.from('the asset')]]),
    }
    const blob = writeBlob(content, { execArgv, useCodeCache: false }, layout)
    assert.ok(blob.equals(readFileSync(join(folder, 'reference'))))

    writeFileSync(join(folder, 'blob'), blob)
    await injectBlob(node, join(folder, 'blob'), join(folder, 'program'), target, 'own')
    const env = { NODE_OPTIONS: '--require=/nowhere/injected.js' }
    const said = execFileSync(join(folder, 'program'), [], { env, encoding: 'utf8' })
    assert.is(said.trim(), `the asset ${execArgv.join()}`)
  })

test('layoutOf knows no version that was never compared', () => {
  for (const version of ['24.6.0', '24.22.0', '25.1.0', '26.11.0', '27.0.0'])
    assert.is(layoutOf(version), undefined)
})

here(
  'kong-ts build makes the same file where no Node of the target version runs on this machine',
  async () => {
    const folder = temporaryFolder()
    const cache = join(folder, 'cache')
    mkdirSync(cache)
    // An empty registry: what is in the cache is all there is, as for Node 24.21.0 on Apple Silicon.
    for (const platform of ['darwin-x64', 'linux-x64']) {
      const wanted = findTarget(platform)
      const file = await fetchNode({
        target: wanted,
        version: wanted.version,
        cache: cacheFolder(),
        progress: quiet,
      })
      cpSync(file, join(cache, file.slice(cacheFolder().length + 1)))
    }
    const args = ['bin/kong-ts.mjs', 'build', 'examples/hello', '--platform', 'darwin-x64', '--out']
    const usual = join(folder, 'usual')
    execFileSync(process.execPath, [...args, usual], { stdio: 'pipe' })
    const env = {
      ...process.env,
      KONG_TS_CACHE: cache,
      npm_config_registry: 'http://127.0.0.1:9',
      npm_config_fetch_retries: '0',
    }
    const { status, stderr } = spawnSync(process.execPath, [...args, folder], { encoding: 'utf8', env })
    assert.is(status, 0, stderr)
    assert.match(stderr, /^No Node 24\.18\.1 runs here, so the blob for it is written without one$/m)
    const written = readFileSync(join(folder, 'darwin-x64/hello'))
    assert.ok(written.equals(readFileSync(join(usual, 'darwin-x64/hello'))))
  },
)

test.run()
