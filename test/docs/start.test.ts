import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { templateNames } from '../../src/cli/init/templates.ts'
import { temporaryFolder } from '../build/support/temporary.ts'
import { commandsOf } from './support/markdown.ts'

const page = readFileSync('docs/start.md', 'utf8')
const command = 'node bin/kong-ts.mjs init ../my-plugin --template auth'
const folder = join(temporaryFolder(), 'my-plugin')

test('start.md: its commands are the one below, and those that the test of init runs in every project', () => {
  assert.equal(commandsOf(page), [command, 'make test', 'make'])
  assert.match(readFileSync('test/cli/init.test.ts', 'utf8'), "['make test', 'make']")
})

test(`start.md: ${command}`, () => {
  const words = command.replace('../my-plugin', folder)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', words], { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  assert.match(stdout, 'the plugin my-plugin, from the template auth')
})

test('start.md: the files of its table are those of a project, and the targets those of its Makefile', () => {
  const table = page.slice(page.indexOf('| file |'))
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  const files = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  )
  assert.ok(files.length >= 10)
  for (const file of files) assert.ok(existsSync(join(folder, file as string)), file)
  const [, phony = ''] = /^\.PHONY: (.*)$/m.exec(readFileSync(join(folder, 'Makefile'), 'utf8')) ?? []
  for (const target of phony.split(' ').filter((name) => name !== 'build'))
    assert.ok(page.includes(`\`${target}\``), target)
})

test('start.md: the table of templates has each, and that of options those of --help', () => {
  const table = page.slice(page.indexOf('| template |'), page.indexOf('Each has a test'))
  assert.equal(
    [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name),
    templateNames,
  )
  const { stdout } = spawnSync(process.execPath, ['bin/kong-ts.mjs', 'init', '--help'], { encoding: 'utf8' })
  const options = [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name ?? '')
  assert.equal(options, ['--template', '--name', '--help'])
  for (const option of options) if (option !== '--help') assert.ok(page.includes(`\`${option}`), option)
  for (const name of templateNames) assert.match(stdout, name)
})

test('start.md: every link leads somewhere', () => {
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path ?? '')
  assert.equal(
    links.filter((path) => !existsSync(`docs/${path}`)),
    [],
  )
})

test.run()
