import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findTarget, hostPlatform, platforms } from '../../build/targets.ts'
import { methods } from '../../src/pdk/methods.ts'
import { s } from '../../src/schema/index.ts'
import { version } from '../../src/version.ts'
import { Project } from '../testing/support/project.ts'
import { blocksOf, commandsOf } from './support/markdown.ts'

const readme = readFileSync('README.md', 'utf8')
const examples = readdirSync('examples').filter((name) => existsSync(join('examples', name, 'README.md')))

/** Where each command of the README is run: here, or by a file that holds its words. */
const runBy: Readonly<Record<string, 'here' | { file: string; words: string }>> = {
  'make demo': 'here',
  'make test': { file: '.ci/run', words: 'exec make test' },
  'node bin/kong-ts.mjs init ../my-plugin --template auth': {
    file: 'test/docs/start.test.ts',
    words: "'node bin/kong-ts.mjs init ../my-plugin --template auth'",
  },
  'node bin/kong-ts.mjs dev examples/hello': {
    file: 'test/docs/dev.test.ts',
    words: "'npx kong-ts dev examples/hello',",
  },
  'make PLATFORM=linux-x64 PLUGIN=examples/hello/plugin.ts': 'here',
  'dist/linux-x64/hello -dump': 'here',
  'node bin/kong-ts.mjs inspect dist/linux-x64/hello': 'here',
  'node bin/kong-ts.mjs check dist/linux-x64/hello --platform linux-x64 --kong 3.9': 'here',
  'node bin/kong-ts.mjs smoke dist/linux-x64/hello': 'here',
}

/** A make of its own: the one that runs this test hands its flags down. */
async function run(command: string): Promise<string> {
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, MFLAGS: _old, ...env } = process.env
  return (await promisify(execFile)('sh', ['-c', command], { env })).stdout
}

test('README: every command is run by a test', () => {
  assert.equal(commandsOf(readme).sort(), Object.keys(runBy).sort())
  for (const place of Object.values(runBy))
    if (place !== 'here') assert.ok(readFileSync(place.file, 'utf8').includes(place.words), place.file)
})

test('README: the build command makes a binary that describes itself', async () => {
  const built = await run('make PLATFORM=linux-x64 PLUGIN=examples/hello/plugin.ts')
  assert.match(built, 'dist/linux-x64/hello: ')
  const dump = JSON.parse(await run('dist/linux-x64/hello -dump'))
  assert.is(dump.Plugins[0].Name, 'hello')
  assert.is(dump.SocketPath, '/usr/local/kong/hello.socket')
})

test('README: inspect, check and smoke find nothing wrong with hello', async () => {
  assert.match(await run('node bin/kong-ts.mjs inspect dist/linux-x64/hello'), /^Node +24\.21\.0$/m)
  const checked = await run('node bin/kong-ts.mjs check dist/linux-x64/hello --platform linux-x64 --kong 3.9')
  assert.match(checked, /^No incompatibilities found!$/m)
  assert.match(await run('node bin/kong-ts.mjs smoke dist/linux-x64/hello'), /^9 passed, 0 failed$/m)
})

test('README: make demo shows the gateway, the request, the header of the plugin and the page', async () => {
  const shown = await run('make demo')
  assert.match(shown, /^Plugin +hello 0\.2\.0, priority 1, access, ProtoBuf:1: dist\/[\w-]+\/hello$/m)
  assert.match(shown, /^Gateway +http:\/\/127\.0\.0\.1:\d+ /m)
  assert.match(
    shown,
    /^\$ curl --include --header 'Host: shop\.example' 'http:\/\/127\.0\.0\.1:\d+\/orders\?page=2'$/m,
  )
  assert.match(shown, /^HTTP\/1\.1 200 OK\r?$/m)
  assert.match(shown, /^Header +x-hello-from-ts: TypeScript says hello to shop\.example$/m)
  assert.match(shown, /^Page +was at http:\/\/127\.0\.0\.1:\d+;/m)
})

test('make demo: says what is missing where hello is not built, and fails', () => {
  const [loader, demo] = ['build/load-typescript.mjs', 'examples/demo.ts'].map((file) => resolve(file)) as [
    string,
    string,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', loader, demo], {
    cwd: tmpdir(),
    encoding: 'utf8',
  })
  assert.equal([status, stdout], [1, ''])
  assert.match(stderr, /^Cannot show dist\/[\w-]+\/hello: it is not built; run make demo, which builds it\n$/)
})

test('README: the plugin that it shows first is the hello example', () => {
  assert.is(blocksOf(readme, 'ts')[0], readFileSync('examples/hello/plugin.ts', 'utf8'))
})

test('README: the test behind it passes with that plugin, and fails with another', () => {
  const [plugin = '', itsTest = ''] = blocksOf(readme, 'ts')
  const project = new Project()
  const outcomeOf = (source: string) => {
    project.write('plugin.ts', source)
    return project.node('--test', '--test-reporter=tap', 'plugin.test.ts')
  }
  try {
    project.write('plugin.test.ts', itsTest)
    const { status, output } = outcomeOf(plugin)
    assert.is(status, 0, output)
    assert.match(output, /^# pass 1$/m)
    for (const [words, others] of [
      ['TypeScript says', 'TypeScript sang'],
      ['config.message', "'good day'"],
      ["getHeader('host')", "getHeader('from')"],
      ['kong.response.setHeader', 'kong.service.request.setHeader'],
    ] as const) {
      assert.match(plugin, words)
      const changed = outcomeOf(plugin.replace(words, others))
      assert.is(changed.status, 1, words)
      assert.match(changed.output, /^# fail 1$/m)
    }
  } finally {
    project.remove()
  }
})

test('README: the counts of functions are those of the table', () => {
  const all = new Map<string, boolean>()
  const visit = (node: object) => {
    const { name, phases, protobuf } = node as { name?: unknown; phases?: unknown; protobuf?: unknown }
    if (typeof name === 'string' && Array.isArray(phases)) all.set(name, protobuf !== undefined)
    else for (const inner of Object.values(node)) visit(inner as object)
  }
  visit(methods)
  const overProtobuf = [...all.values()].filter(Boolean).length
  assert.match(readme, `| functions | ${overProtobuf} | ${all.size} |`)
  assert.match(
    readFileSync('CHANGELOG.md', 'utf8'),
    `${overProtobuf} functions over ProtoBuf:1, ${all.size} over MsgPack:1`,
  )
})

/** The words in backquotes of a table's first column. */
function firstColumn(heading: string): string[] {
  const [table = ''] = readme.slice(readme.indexOf(heading)).split('\n\n')
  const cells = table
    .split('\n')
    .slice(2)
    .map((line) => line.split('|')[1] ?? '')
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w.]+)/g)].map(([, word]) => word ?? ''))
}

test('README: the table of the schema builder has each of its functions', () => {
  assert.equal(
    firstColumn('| field |').sort(),
    Object.keys(s)
      .map((name) => `s.${name}`)
      .sort(),
  )
})

test('README: every attribute of its table is one of the builder', () => {
  const source = readFileSync('src/schema/attributes.ts', 'utf8')
  const attributes = firstColumn('| attribute,')
  assert.ok(attributes.length > 10)
  for (const name of attributes) assert.match(source, new RegExp(`^  ${name}\\?:`, 'm'), name)
})

test('README: the table of options has each of definePlugin', () => {
  const source = readFileSync('src/plugin/define.ts', 'utf8')
  const definition = /^export interface PluginDefinition.*?^}/ms.exec(source)?.[0] ?? ''
  const options = [...definition.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name)
  assert.equal(firstColumn('| option |').sort(), options.sort())
})

test('README: the commands of the Makefile take every variable that its table names', () => {
  const makefile = readFileSync('Makefile', 'utf8')
  for (const name of firstColumn('| variable |')) assert.match(makefile, new RegExp(`^${name} =$`, 'm'))
})

test('README: every link to a file of this repository leads somewhere', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path ?? '')
  assert.ok(links.length > 5)
  assert.equal(
    links.filter((path) => !existsSync(path.replace(/#.*/, ''))),
    [],
  )
})

test('README: every flag of the binary is in its table, and no other', () => {
  const help = execFileSync('dist/linux-x64/hello', ['-help'], { encoding: 'utf8' })
  const flagsIn = (text: string) => [
    ...new Set([...text.matchAll(/(?<=^ +|`)-[a-z]+(-[a-z]+)*/gm)].map(([flag]) => flag)),
  ]
  const table = readme.slice(readme.indexOf('| flag |'), readme.indexOf('Each works with two dashes'))
  assert.equal(flagsIn(table).sort(), flagsIn(help).sort())
})

test('README: the limits name the Node of each platform', () => {
  const usual = findTarget('linux-x64').version
  assert.match(readme, `Node ${usual} is built in`)
  for (const platform of platforms) {
    const { version: own } = findTarget(platform)
    if (own !== usual)
      assert.match(readme, `${platform} ${platform.startsWith('darwin-x') ? 'gets ' : ''}${own}`)
  }
})

test('version: src and package.json have the same', () => {
  assert.is(version, JSON.parse(readFileSync('package.json', 'utf8')).version)
})

/** Beside those that build an example and test it; run by a test of this file. */
const furtherCommands: Readonly<Record<string, readonly string[]>> = {
  hello: ['make demo'],
  'request-validator': ['make PLUGIN=examples/request-validator/plugin.ts NAME=body-validator'],
}

test('examples/request-validator/README: under another name Kong Enterprise takes it', async () => {
  for (const command of furtherCommands['request-validator'] ?? []) await run(command)
  const check = (name: string) =>
    spawnSync('node', ['bin/kong-ts.mjs', 'check', `dist/${hostPlatform()}/${name}`, '--kong', '3.10'], {
      encoding: 'utf8',
    })
  const renamed = check('body-validator')
  assert.is(renamed.status, 0, renamed.stdout)
  if (!existsSync(`dist/${hostPlatform()}/request-validator`))
    await run('make PLUGIN=examples/request-validator/plugin.ts')
  const { status, stdout } = check('request-validator')
  assert.is(status, 1)
  assert.match(stdout, /request-validator/)
})

for (const name of examples)
  test(`examples/${name}/README: its commands build it and test it`, () => {
    const folder = join('examples', name)
    const [build = '', ...others] = commandsOf(readFileSync(join(folder, 'README.md'), 'utf8'))
    const plugin = /^make PLUGIN=(\S+)$/.exec(build)?.[1]
    assert.ok(plugin?.startsWith(`examples/${name}/plugin.`) && existsSync(plugin), build)
    // `make test` builds every example, and runs test/run.ts over this very folder.
    const tests = `node --import ./build/load-typescript.mjs test/run.ts examples/${name}/`
    assert.equal(others, [...(furtherCommands[name] ?? []), tests])
    for (const file of ['plugin.test.ts', 'kit.test.ts']) assert.ok(existsSync(join(folder, file)), file)
    assert.match(readFileSync(join(folder, 'kit.test.ts'), 'utf8'), "from 'kong-ts-pdk/testing'")
  })

test.run()
