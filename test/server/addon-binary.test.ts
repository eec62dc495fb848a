import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildPlugins } from '../../build/pipeline.ts'
import { findTarget } from '../../build/targets.ts'
import { compileAddon, compiles, writeProject } from '../build/support/addon.ts'
import { buildsHere, quiet } from '../build/support/small-binary.ts'
import { temporaryFolder } from '../build/support/temporary.ts'

const here = buildsHere && compiles ? test : test.skip
const folder = temporaryFolder()
const binary = join(folder, 'shop')

here(
  'a binary brings its addons along, and loads them with an empty environment (skipped without gcc on linux-x64)',
  async () => {
    const project = writeProject({
      'plugin.ts': `import { definePlugin } from 'kong-ts-pdk'
      import one from './one.node'
      import { answer } from 'crypt'
      export default definePlugin({ version: one.answer() + '.' + answer() + '.0', log() {} })`,
      'one.node': compileAddon(1),
      'node_modules/crypt/package.json': { name: 'crypt', version: '6.0.0' },
      'node_modules/crypt/index.js': "module.exports = require('node-gyp-build')(__dirname)",
      'node_modules/node-gyp-build/index.js': "throw new Error('a binary has no folder to look in')",
      'node_modules/crypt/prebuilds/linux-x64/crypt.glibc.node': compileAddon(2),
    })
    const plugins = [{ file: join(project, 'plugin.ts'), name: 'shop' }]
    const target = findTarget('linux-x64')
    const [built] = await buildPlugins({
      target,
      binaries: [{ name: 'shop', plugins }],
      out: folder,
      progress: quiet,
    })
    rmSync(project, { recursive: true })
    renameSync(join(folder, 'linux-x64/shop'), binary)
    assert.equal(
      built?.manifest.addons.map(({ file }) => file),
      ['shop/one.node', 'crypt/prebuilds/linux-x64/crypt.glibc.node'],
    )
    assert.is(versionFrom({}), '1.2.0')
  },
)

here('a binary leaves nothing of its addons behind (skipped without gcc on linux-x64)', () => {
  const TMPDIR = join(folder, 'tmp')
  mkdirSync(TMPDIR)
  assert.is(versionFrom({ TMPDIR }), '1.2.0')
  assert.equal(readdirSync(TMPDIR), [])
})

here(
  'a binary loads its addons where its first choice of a folder is not there (skipped without gcc on linux-x64)',
  () => {
    assert.is(versionFrom({ TMPDIR: join(folder, 'nowhere') }), '1.2.0')
  },
)

test.run()

function versionFrom(env: Record<string, string>): string {
  const { stdout, stderr } = spawnSync(binary, ['-dump'], { env, cwd: '/', encoding: 'utf8' })
  assert.is(stderr, '')
  return JSON.parse(stdout).Plugins[0].Version
}
