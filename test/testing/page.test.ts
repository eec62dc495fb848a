import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { programsOf } from '../../site/blocks/program.ts'
import * as testing from '../../src/testing/index.ts'
import { blocksOf } from '../docs/support/markdown.ts'
import { Project } from './support/project.ts'

const page = readFileSync('docs/testing.md', 'utf8')
const blocks = blocksOf(page, 'ts').map((code) => ({
  file: 'docs/testing.md',
  line: 0,
  language: 'ts',
  code,
}))
const files = programsOf(blocks).map(({ text }) => text)

let project: Project

test.before(() => {
  project = new Project()
  project.write('plugin.ts', readFileSync('examples/hello/plugin.ts', 'utf8'))
})
test.after(() => project.remove())

const here = process.platform === 'linux' && process.arch === 'x64'

for (const [index, file] of files.entries()) {
  const title = `testing.md: block ${index + 1} of ${files.length} runs as it stands`
  const isRunnable = here || !file.includes('dist/linux-x64')
  ;(isRunnable ? test : test.skip)(title, () => {
    assert.match(file, 'assert.')
    project.write('block.test.ts', file)
    const { status, output } = project.node('--test', '--test-reporter=tap', 'block.test.ts')
    assert.is(status, 0, output)
    assert.match(output, /^# pass 1$/m)
  })
}

test('testing.md: has the blocks that are expected, and links that lead somewhere', () => {
  assert.is(files.length, 8)
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path ?? '')
  assert.is(links.length, 3)
  assert.equal(
    links.filter((path) => !existsSync(`docs/${path}`)),
    [],
  )
})

test('testing.md: what it names is what is exported', () => {
  assert.equal(Object.keys(testing).sort(), [
    'ConfigRefused',
    'TestingError',
    'UpstreamFailure',
    'run',
    'start',
  ])
  for (const name of ['ConfigRefused', 'UpstreamFailure', 'run', 'start']) assert.match(page, name)
})

test.run()
