import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findPlugin, pluginIn } from '../../build/plugin-file.ts'

test('main ends with 2 and a sentence for a platform that is unknown or not there yet', () => {
  assert.match(refusal('--platform', 'amiga-m68k'), /^Cannot build for "amiga-m68k": .* choose linux-x64$/)
  assert.match(
    refusal('--platform', 'linux-x64,linux-arm64'),
    /^Cannot build for linux-arm64: .* not there yet/,
  )
})

test('main names the whole path that it tried for a plugin that does not exist', () => {
  const here = process.cwd()
  assert.is(
    refusal('--platform', 'linux-x64', '--plugin', 'nowhere/plugin.ts'),
    `Cannot build nowhere/plugin.ts: there is no file ${here}/nowhere/plugin.ts; a relative path starts at ${here}`,
  )
})

test('make hands NAME over, and a refused name is answered with one that will do', () => {
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, MFLAGS: _old, ...env } = process.env
  const args = ['PLATFORM=linux-x64', 'PLUGIN=test/build/fixtures/small.ts', 'NAME=Hello.World']
  const { status, stderr } = spawnSync('make', args, { encoding: 'utf8', env })
  assert.is(status, 2)
  assert.match(
    stderr,
    /^Cannot name the binary of \S+ "Hello\.World": .* choose another with NAME=hello-world$/m,
  )
})

test('main ends with 2 and a sentence for a Node version that is not x.y.z', () => {
  const args = ['--platform', 'linux-x64', '--node-version', '24']
  assert.is(refusal(...args), 'Cannot use Node "24": name a version as 24.21.0')
})

test('main ends with 2 where two plugins would be one file', () => {
  const small = 'test/build/fixtures/small.ts'
  const same = ['--platform', 'linux-x64', '--plugin', small, '--plugin', small]
  assert.is(refusal(...same), `Cannot build both ${small} and ${small}: both are called "small"`)
  assert.match(refusal(...same, '--name', 'x'), 'Cannot give the name "x" to 2 plugins')
})

test('main ends with 2 for an option that does not exist, and with 0 for --help', () => {
  assert.match(refusal('--colour'), "unknown option '--colour'")
  const { status, stdout } = main('--help')
  assert.is(status, 0)
  assert.match(stdout, '--platform <names>')
})

test('pluginIn finds no plugin in what is a file, and findPlugin says so for a path below one', () => {
  assert.is(pluginIn('examples/demo.ts'), undefined)
  assert.is(pluginIn('examples/hello'), 'examples/hello/plugin.ts')
  assert.throws(() => findPlugin('README.md/plugin.ts'), /there is no file .*README\.md\/plugin\.ts/)
})

test.run()

function refusal(...args: string[]): string {
  const { status, stdout, stderr } = main(...args)
  assert.is(status, 2, stderr)
  assert.is(stdout, '')
  return stderr.trim()
}

function main(...args: string[]) {
  const program = ['--import', './build/load-typescript.mjs', 'build/main.ts']
  return spawnSync(process.execPath, [...program, ...args], { encoding: 'utf8' })
}
