import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostPlatform } from '../../build/targets.ts'
import { globSync } from '../support/glob.ts'
import { commandsOf } from './support/markdown.ts'

const page = readFileSync('docs/does-not-start.md', 'utf8')
const here = hostPlatform() === 'linux-x64' ? test : test.skip
const errors = readFileSync('src/errors.ts', 'utf8')

/** What each command must print. */
const prints: Readonly<Record<string, RegExp>> = {
  'node bin/kong-ts.mjs check dist/linux-x64/hello --kong 3.9': /^No incompatibilities found!$/m,
  'node bin/kong-ts.mjs config dist/linux-x64/hello --format kong.conf --kong 3.9':
    /^pluginserver_names = hello$/m,
}

test('does-not-start.md: every command has a test here', () => {
  assert.equal(commandsOf(page), Object.keys(prints))
})

for (const [command, expected] of Object.entries(prints))
  here(`does-not-start.md: ${command}`, () => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    assert.is(status, 0, stderr)
    assert.match(stdout, expected)
  })

/** The rows of the table below a heading, cell by cell. */
function rowsBelow(heading: string): string[][] {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`)).split('\n## ')[1] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| /, '')))
}

/** The words between the places of a message where something differs. */
function fixedWords(cell: string): string[] {
  const [, message = ''] = /^`([^`]+)`/.exec(cell) ?? []
  const words = message.split('…').map((part) => part.replace(/^[: ]+|[: ]+$/g, ''))
  return words.filter(({ length }) => length > 3)
}

test('does-not-start.md: it has every code of the catalogue, with the words of its sentence', () => {
  const rows = rowsBelow('What the binary says while it serves')
  const codes = [...errors.matchAll(/^ {2}([A-Z_]+): \((?:(?!^ {2}[A-Z_]+: \()[\s\S])*/gm)]
  assert.equal(rows.map(([code]) => code?.replaceAll('`', '')).sort(), codes.map(([, code]) => code).sort())
  for (const [code = '', message = ''] of rows) {
    const [sentence = ''] = codes.find(([, name]) => `\`${name}\`` === code) ?? []
    for (const words of fixedWords(message)) assert.ok(sentence.includes(words), `${code}: ${words}`)
  }
})

test('does-not-start.md: what the binary says at its start stands in its source', () => {
  const source = globSync(['src/server'], '.ts')
    .map((file) => readFileSync(file, 'utf8'))
    .join()
  const rows = rowsBelow('What the binary says at its start')
  assert.ok(rows.length > 10)
  for (const [message = ''] of rows)
    for (const words of fixedWords(message)) assert.ok(source.includes(words), words)
})

test('does-not-start.md: each line of the log stands in the source, and every kind of line is there', () => {
  const files = globSync(['src/server', 'src/protocol', 'src/plugin'], '.ts')
  const source = files.map((file) => readFileSync(file, 'utf8')).join()
  const rows = rowsBelow('Lines of its log without a code')
  assert.ok(rows.length > 10)
  for (const [message = ''] of rows)
    for (const words of fixedWords(message)) assert.ok(source.includes(words), words)
  // The words between values that every sentence of a log line has.
  const lines = [...source.matchAll(/log\.(?:warn|error)\(\s*`([^`]+)`/g)].map(([, line = '']) => line)
  assert.ok(lines.length > 8)
  for (const line of lines) {
    const [words = ''] = line.split(/\$\{[^}]*\}+/).sort((a, b) => b.length - a.length)
    const core = words.replace(/^[: ]+|[: ]+$/g, '')
    if (core.length > 8) assert.ok(page.includes(core), core)
  }
})

test("does-not-start.md: each message of Kong is quoted with its place in Kong's source", () => {
  for (const heading of [
    'Kong does not start',
    'Kong starts, and knows nothing of the plugin',
    'Kong asks the plugin, and requests fail',
  ])
    for (const [message = ''] of rowsBelow(heading)) assert.match(message, /\(`kong\/[\w/]+\.lua`/)
})

test('does-not-start.md: every link leads somewhere', () => {
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, path]) => path ?? '')
  assert.ok(links.length > 0)
  assert.equal(
    links.filter((path) => !existsSync(`docs/${path}`)),
    [],
  )
})

test.run()
