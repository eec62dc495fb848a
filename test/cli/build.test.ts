import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { findPlugin, pluginIn } from '../../build/plugin-file.ts'
import { findTarget } from '../../build/targets.ts'
import { buildsHere, quiet } from '../build/support/small-binary.ts'
import { temporaryFolder } from '../build/support/temporary.ts'

const here = buildsHere ? test : test.skip
const kongTs = resolve('bin/kong-ts.mjs')

test('kong-ts build ends with 2 and a sentence for a platform that is unknown', () => {
  assert.match(
    refusal('examples/hello', '--platform', 'linux-x64,amiga-m68k'),
    /^Cannot build for "amiga-m68k": it is not a known platform; choose of linux-x64, .*, or all$/,
  )
})

test('kong-ts build names the whole path that it tried for a plugin that does not exist', () => {
  const cwd = process.cwd()
  assert.is(
    refusal('nowhere/plugin.ts'),
    `Cannot use nowhere/plugin.ts: there is no file ${cwd}/nowhere/plugin.ts; a relative path starts at ${cwd}`,
  )
})

test('kong-ts build says what it looked for where its folder holds no plugin', () => {
  const { status, stderr } = run(['build'], temporaryFolder())
  assert.is(status, 2)
  assert.match(stderr, /^Cannot find a plugin in \S+: it holds none of plugin\.ts, .* as my-plugin\.ts$/m)
})

test('make hands NAME over, and a refused name is answered with one that will do', () => {
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, MFLAGS: _old, ...env } = process.env
  const args = ['PLATFORM=linux-x64', 'PLUGIN=test/build/fixtures/small.ts', 'NAME=Hello.World']
  const { status, stderr } = spawnSync('make', args, { encoding: 'utf8', env })
  assert.is(status, 2)
  assert.match(
    stderr,
    /^Cannot name the binary of \S+ "Hello\.World": .* choose another with --name hello-world, or NAME=hello-world for make$/m,
  )
})

test('kong-ts build ends with 2 for a Node version that is not x.y.z, and for two Nodes at once', () => {
  assert.is(
    refusal('examples/hello', '--node-version', '24'),
    'Cannot use Node "24": name a version as 24.21.0',
  )
  assert.match(
    refusal('examples/hello', '--node-version', '24.21.0', '--node', 'x'),
    /^Cannot take both --node x and/,
  )
})

test('kong-ts build ends with 2 where --node is no Node for the one platform', () => {
  assert.match(refusal('examples/hello', '--platform', 'all', '--node', 'x'), /^Cannot use x for 6 platforms/)
  assert.match(
    refusal('examples/hello', '--node', 'nowhere'),
    /^Cannot use nowhere as the Node that goes in: .* there is no such file$/,
  )
  const other = ['examples/hello', '--platform', 'win-arm64', '--node', process.execPath]
  assert.match(refusal(...other), /^Cannot use \S+ for win-arm64: it is a binary for linux-/)
  const noNode = ['examples/hello', '--platform', 'linux-x64', '--node', '/bin/true']
  if (buildsHere)
    assert.match(
      refusal(...noNode),
      /^Cannot use \/bin\/true: it is no Node that takes a program; name a plain Node binary$/,
    )
})

test('kong-ts build ends with 1 where a binary of the Node would obey NODE_OPTIONS', () => {
  const { status, stderr } = build('examples/hello', '--node-version', '24.5.0')
  assert.is(status, 1)
  assert.match(stderr, /^Cannot use Node 24\.5\.0: .* obeys NODE_OPTIONS, .* choose 24\.7\.0 or newer$/m)
})

test('kong-ts build ends with 2 where two plugins would be one file', () => {
  const small = 'test/build/fixtures/small.ts'
  assert.is(refusal(small, small), `Cannot build both ${small} and ${small}: both are called "small"`)
  assert.match(refusal(small, small, '--name', 'x'), 'Cannot give the name "x" to 2 plugins')
  assert.match(refusal(small, '--name', 'x', '--bundle', 'y'), 'Cannot take both --name x and --bundle y')
})

test('kong-ts build ends with 2 for an option that does not exist, and with 0 for --help with examples', () => {
  assert.match(refusal('--colour'), "unknown option '--colour'")
  const { status, stdout } = build('--help')
  assert.is(status, 0)
  assert.match(stdout, '--platform <names>')
  assert.match(stdout, 'kong-ts build a.ts b.ts --bundle plugins')
})

test('kong-ts ends with 2 for a command that does not exist, and with 0 for --help and --version', () => {
  assert.is(run(['nonsense']).status, 2)
  assert.is(run([]).status, 2)
  assert.match(run(['--help']).stdout, /build/)
  assert.match(run(['--version']).stdout, /^kong-ts \d+\.\d+\.\d+\n$/)
})

for (const version of ['24.21.0', '26.10.0'])
  here(`kong-ts runs under Node ${version} without a warning`, async () => {
    const target = findTarget('linux-x64')
    const node = await fetchNode({ target, version, cache: cacheFolder(), progress: quiet })
    const { status, stdout, stderr } = spawnSync(node, [kongTs, 'build', '--help'], { encoding: 'utf8' })
    assert.equal([status, stderr], [0, ''])
    assert.match(stdout, 'Usage: kong-ts build')
  })

here('kong-ts build --json prints one document about a plugin of a folder of its own', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'src'))
  writeFileSync(
    join(folder, 'src/plugin.ts'),
    "import { definePlugin } from 'kong-ts-pdk'\nexport default definePlugin({ version: '3.2.1', log() {} })\n",
  )
  const { status, stdout, stderr } = run(['build', '--name', 'own', '--json'], folder)
  assert.is(status, 0, stderr)
  const { binaries } = JSON.parse(stdout)
  assert.is(binaries.length, 1)
  assert.is(binaries[0].file, 'dist/linux-x64/own')
  assert.equal(binaries[0].plugins, [{ name: 'own', version: '3.2.1' }])
  const hash = spawnSync('sha256sum', [join(folder, binaries[0].file)], { encoding: 'utf8' }).stdout
  assert.is(binaries[0].sha256, hash.slice(0, 64))
})

here(
  'kong-ts build takes away what is half done when it is ended, and what killed ones left long ago',
  async () => {
    const out = temporaryFolder()
    const [old, young] = [join(out, '.build-old'), join(out, '.build-young')]
    mkdirSync(old)
    mkdirSync(young)
    utimesSync(old, 1000, 1000)
    const child = spawn(process.execPath, [kongTs, 'build', 'examples/hello', '--out', out], {
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => child.on('close', resolve))
    const working = () =>
      readdirSync(out).find((name) => name.startsWith('.build-') && name !== '.build-young')
    while (working() === undefined || working() === '.build-old') await setTimeout(5)
    child.kill('SIGTERM')
    assert.is(await ended, 143)
    assert.equal(
      readdirSync(out).filter((name) => name.startsWith('.')),
      ['.build-young'],
    )
  },
)

test('kong-ts build names the option where platforms stand as files', () => {
  assert.match(
    refusal('examples/hello', '--platform', 'linux-x64', 'linux-arm64'),
    /^Cannot build the file linux-arm64: platforms stand behind --platform with commas between$/,
  )
  assert.match(
    refusal('examples/hello', '--platform', 'linux-x64,win-x64', '--injector', 'own'),
    /^Cannot use --injector own for win-x64: it is for Linux only$/,
  )
})

test('pluginIn finds no plugin in what is a file, and findPlugin says so for a path below one', () => {
  assert.is(pluginIn('examples/demo.ts'), undefined)
  assert.is(pluginIn('examples/hello'), 'examples/hello/plugin.ts')
  assert.throws(() => findPlugin('README.md/plugin.ts'), /there is no file .*README\.md\/plugin\.ts/)
})

test.run()

function refusal(...args: string[]): string {
  const { status, stdout, stderr } = build(...args)
  assert.is(status, 2, stderr)
  assert.is(stdout, '')
  return stderr.trim().split('\n')[0] ?? ''
}

function build(...args: string[]) {
  return run(['build', ...args])
}

function run(args: string[], cwd = process.cwd()) {
  return spawnSync(process.execPath, [kongTs, ...args], { encoding: 'utf8', cwd })
}
