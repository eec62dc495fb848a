import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { methods } from '../../src/pdk/methods.ts'
import type { Row } from '../../src/pdk/row.ts'
import { Project } from '../testing/support/project.ts'
import { type GuideRow, namesOf, rowsOf, spansOf } from './support/guide.ts'
import { blocksOf } from './support/markdown.ts'

const guides = ['go-pdk', 'kong-pdk', 'kong-python-pdk', 'lua-pdk', 'krakend-modifier'] as const
const textOf = (guide: string) => readFileSync(`docs/move/${guide}.md`, 'utf8')

const functions = rowsOfTable()
const options = optionsOfDefinePlugin()
const flags = new Set(
  [...readFileSync('README.md', 'utf8').matchAll(/(?<=^\| .*`)-[a-z-]+/gm)].map(([flag]) => flag),
)

test('docs/move: has a page for each guide, and its index leads to each', () => {
  const pages = readdirSync('docs/move').sort()
  assert.equal(pages, ['README.md', ...guides.map((guide) => `${guide}.md`)].sort())
  for (const guide of guides) assert.match(readFileSync('docs/move/README.md', 'utf8'), `](${guide}.md)`)
})

test('docs/move: its index has each moved example', () => {
  const index = readFileSync('docs/move/README.md', 'utf8')
  const linked = [...index.matchAll(/\]\(\.\.\/\.\.\/examples\/moved\/([\w.-]+)\)/g)].map(([, file]) => file)
  assert.equal(linked.sort(), readdirSync('examples/moved').sort())
})

for (const guide of guides) {
  const list = namesOf(guide)
  const rows = rowsOf(textOf(guide))

  test(`move/${guide}: every public name of ${list.source} ${list.version} has a row`, () => {
    const names = Object.values(list.files).flat()
    assert.ok(names.length > 20)
    assert.is(new Set(names).size, names.length)
    const found = new Set(rows.map(({ name }) => name))
    assert.equal(
      names.filter((name) => !found.has(name)),
      [],
    )
  })

  test(`move/${guide}: no name has two rows`, () => {
    const names = rows.map(({ name }) => name)
    assert.equal(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    )
  })

  test(`move/${guide}: says which version it was written from`, () => {
    assert.match(textOf(guide), list.version)
    assert.match(list.commit, /^[0-9a-f]{40}$/)
  })

  test(`move/${guide}: what stands on our side is there`, () => {
    const missing = rows.flatMap(({ name, here }) =>
      here.filter((word) => !isOption(word) && !isFlag(word) && !isName(word)).map((word) => [name, word]),
    )
    assert.equal(missing, [])
    const mentioned = rows.flatMap(({ cells }) => spansOf(cells['what differs'] ?? ''))
    assert.equal(
      mentioned.filter((word) => /^kong\.[\w.]*[A-Z]\w*$/.test(word) && !functions.has(word)),
      [],
    )
    for (const { name, here, cells } of rows)
      assert.ok(here.length > 0 || cells.here?.startsWith('no'), `${name}: one of ours, or "no"`)
  })

  test(`move/${guide}: every link leads somewhere`, () => {
    const links = [...textOf(guide).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path ?? '')
    assert.equal(
      links.filter((path) => !existsSync(join('docs/move', path))),
      [],
    )
  })

  test(`move/${guide}: its code and its names pass the type checker, and its tests pass`, () => {
    const project = new Project(['typescript', '@types'])
    try {
      for (const [file, text] of filesOf(guide)) project.write(file, text)
      project.write('names.ts', namesFile(rows))
      project.write('tsconfig.json', tsconfig)
      assert.equal(complaints(project.folder), [])
      const tests = filesOf(guide).filter(([file]) => file.endsWith('.test.ts'))
      assert.ok(tests.length > 0)
      const { status, output } = project.node('--test', '--test-reporter=tap', ...tests.map(([file]) => file))
      assert.is(status, 0, output)
      assert.match(output, /^# pass [1-9]/m)
    } finally {
      project.remove()
    }
  })
}

test('docs/move: a name that is not ours would be found', () => {
  const project = new Project(['typescript', '@types'])
  try {
    project.write('names.ts', "export type { KongPgk } from 'kong-ts-pdk'\n")
    project.write('tsconfig.json', tsconfig)
    assert.match(complaints(project.folder).join(), /^names\.ts.*KongPgk/)
  } finally {
    project.remove()
  }
})

test('move/lua-pdk: phases and protocols of its rows are those of the table of methods', () => {
  const letters = { certificate: 'C', rewrite: 'W', access: 'A', response: 'R', preread: 'P', log: 'L' }
  for (const { name, here, cells } of rowsOf(textOf('lua-pdk'))) {
    const row = functions.get(here[0] ?? '')
    if (row === undefined || row.phases.length === 0) continue
    assert.is(cells.phases, row.phases.map((phase) => letters[phase]).join(''), name)
    assert.is(cells.over, row.protobuf === undefined ? 'MsgPack:1' : 'both', name)
    assert.is(row.name.replace(/^kong\.(ctx|nginx)\..*/, name), name)
  }
})

for (const guide of ['kong-pdk', 'kong-python-pdk'])
  test(`move/${guide}: the column ProtoBuf:1 is that of the table of methods`, () => {
    for (const { name, here, cells } of rowsOf(textOf(guide))) {
      const row = functions.get(here[0] ?? '')
      if (row === undefined || cells['ProtoBuf:1'] === undefined) continue
      assert.is(cells['ProtoBuf:1'], row.protobuf === undefined ? 'no' : 'yes', name)
    }
  })

test.run()

/** Our functions by their path: `kong.request.getHeader`. */
function rowsOfTable(): Map<string, Row> {
  const all = new Map<string, Row>()
  const visit = (node: object, path: string) => {
    if ('phases' in node) all.set(path, node as Row)
    else
      for (const [key, inner] of Object.entries(node) as [string, object][])
        visit(inner, key === 'self' ? path : `${path}.${key}`)
  }
  visit(methods, 'kong')
  return all
}

function optionsOfDefinePlugin(): Set<string> {
  const source = readFileSync('src/plugin/define.ts', 'utf8')
  const definition = /^export interface PluginDefinition.*?^}/ms.exec(source)?.[0] ?? ''
  const own = [...definition.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name ?? '')
  return new Set([...own, 'certificate', 'rewrite', 'access', 'response', 'preread', 'log'])
}

function isOption(word: string): boolean {
  return options.has(word)
}

function isFlag(word: string): boolean {
  return flags.has(word)
}

/** A function or a namespace of ours, or what looks like an exported name: the type checker has the last word. */
function isName(word: string): boolean {
  return /^[a-zA-Z]\w*(\.\w+)*$/.test(word) && (!word.startsWith('kong.') || phaseOf(word) !== undefined)
}

/** One line of types for each of our names that a guide uses. */
function namesFile(rows: readonly GuideRow[]): string {
  const words = new Set(rows.flatMap(({ here }) => here).filter((word) => !isOption(word) && !isFlag(word)))
  const lines = [
    "import type * as pdk from 'kong-ts-pdk'",
    "import type * as testing from 'kong-ts-pdk/testing'",
  ]
  for (const word of words) lines.push(typeOf(word))
  return `${lines.join('\n')}\n`
}

function typeOf(word: string): string {
  const name = `N${word.replaceAll('.', '_')}`
  if (word.startsWith('kong.')) {
    const members = word.split('.').slice(1)
    return `export type ${name} = pdk.Kong<'${phaseOf(word)}', 'MsgPack:1'>${members.map((member) => `['${member}']`).join('')}`
  }
  if (word.startsWith('s.')) return `export type ${name} = (typeof pdk.s)['${word.slice(2)}']`
  const testing = [
    'run',
    'start',
    'TestServer',
    'Outcome',
    'RequestOptions',
    'RunOptions',
    'UpstreamAnswer',
    'UpstreamFailure',
  ]
  return `export type { ${word} as ${name} } from 'kong-ts-pdk${testing.includes(word) ? '/testing' : ''}'`
}

function phaseOf(word: string): string | undefined {
  for (const [path, { phases }] of functions)
    if ((path === word || path.startsWith(`${word}.`)) && phases[0] !== undefined) return phases[0]
  return undefined
}

/** The ts blocks of a guide by the file that their first line names. */
function filesOf(guide: string): [file: string, text: string][] {
  return blocksOf(textOf(guide), 'ts').map((block) => {
    const file = /^\/\/ ([\w-]+(\.test)?\.ts)\n/.exec(block)?.[1]
    assert.ok(file, `the first line of each block names its file: ${block.slice(0, 80)}`)
    return [file, block]
  })
}

const tsconfig = JSON.stringify({
  extends: 'kong-ts-pdk/tsconfig.plugin.json',
  include: ['*.ts'],
})

/** What tsc says about the blocks; what it says about `src/` is found by `make check`. */
function complaints(folder: string): string[] {
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return stdout.split('\n').filter((line) => line !== '' && dirname(line.split('(')[0] ?? '') === '.')
}
