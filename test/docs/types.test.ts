import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { temporaryFolder } from '../build/support/temporary.ts'

const folder = temporaryFolder()
const tsc = resolve('node_modules/typescript/bin/tsc')
const readme = readFileSync('README.md', 'utf8')

const plugin = `import { basename } from 'node:path'
import { definePlugin, s } from 'kong-ts-pdk'
import { header } from './header.ts'

export default definePlugin({
  version: '1.0.0',
  config: { message: s.string({ default: 'hello' }) },
  async access(kong, config) {
    kong.response.setHeader(header, basename(config.message))
  },
})
`

/** What `npm install <path>` leaves of a checkout: a symbolic link. */
test.before(() => {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(resolve('.'), join(folder, 'node_modules/kong-ts-pdk'))
  writeFileSync(join(folder, 'tsconfig.json'), shownTsconfig())
  writeFileSync(join(folder, 'header.ts'), "export const header = 'x-hello'\n")
})

test.before.each(() => writeFileSync(join(folder, 'plugin.ts'), plugin))

for (const type of ['commonjs', 'module', undefined])
  test(`tsconfig.plugin.json: a plugin in a repository of its own type-checks, with type ${type}`, () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }))
    assert.is(check(), '')
  })

test('tsconfig.plugin.json: a misspelt phase and a wrong configuration key are errors at their lines', () => {
  rmSync(join(folder, 'package.json'), { force: true })
  writeFileSync(join(folder, 'plugin.ts'), plugin.replace('async access', 'async acess'))
  assert.match(check(), /^plugin\.ts\(8,9\): error .*'?acess'?/)
  writeFileSync(join(folder, 'plugin.ts'), plugin.replace('config.message', 'config.massage'))
  assert.match(check(), /^plugin\.ts\(9,\d+\): error .*'massage'/)
})

test('tsconfig.plugin.json: is part of the package', () => {
  assert.ok(JSON.parse(readFileSync('package.json', 'utf8')).files.includes('tsconfig.plugin.json'))
})

test.run()

function check(): string {
  return spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
    .stdout
}

function shownTsconfig(): string {
  return /^```json\n(.*?tsconfig\.plugin\.json.*?)^```$/ms.exec(readme)?.[1] ?? ''
}
