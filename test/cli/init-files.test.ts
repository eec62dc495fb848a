import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { projectFiles } from '../../src/cli/init/project.ts'
import { templateNames } from '../../src/cli/init/templates.ts'
import { temporaryFolder } from '../build/support/temporary.ts'

/** Go keeps what it has built, and compares what it loads with its public table of checksums. */
const actionlint = ['run', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12']
const withLinter = spawnSync('go', [...actionlint, '-version']).status === 0 ? test : test.skip

const folder = temporaryFolder()
/** A commit says nothing of an action to the linter, and the version in the comment behind it does. */
const workflowOf = (files: ReadonlyMap<string, string> | undefined) =>
  (files?.get('.github/workflows/ci.yml') ?? '').replace(/@[0-9a-f]{40} # (v\d+)\.\S+/g, '@$1')

const projects = templateNames.map((template) =>
  projectFiles({ name: `my-${template}`, template, kit: '0.1.0' }),
)

withLinter("init: GitHub's linter finds nothing in the workflows", () => {
  const files = projects.map((files, index) => write(`${index}.yml`, workflowOf(files)))
  assert.equal(lint(files), { status: 0, found: '' })
})

withLinter('init: the linter would find what is wrong in a workflow', () => {
  const workflow = workflowOf(projects[0])
  for (const [right, wrong, sentence] of [
    ['runs-on: ubuntu-24.04', 'runs-on: ubuntu-24.40', 'label "ubuntu-24.40" is unknown'],
    ['node-version:', 'node-versions:', 'input "node-versions" is not defined'],
    ['hashFiles(', 'hashFile(', 'undefined function "hashFile"'],
    ['  steps:', '  step:', 'unexpected key "step"'],
  ] as const) {
    assert.match(workflow, right)
    const { status, found } = lint([write('wrong.yml', workflow.replace(right, wrong))])
    assert.is(status, 1)
    assert.match(found, sentence)
  }
})

test('init: a linter finds nothing in the Dockerfile', () => {
  for (const files of projects) assert.equal(validate(files.get('Dockerfile') ?? ''), [])
})

test.run()

function write(name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** Without the linters of other languages, which it calls where they are installed. */
function lint(files: readonly string[]): { status: number | null; found: string } {
  const words = [...actionlint, '-no-color', '-shellcheck=', '-pyflakes=', ...files]
  const { status, stdout } = spawnSync('go', words, { encoding: 'utf8' })
  return { status, found: stdout }
}
