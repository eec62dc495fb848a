import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from '../problem.ts'
import { type Block, type Checked, problemIn } from './block.ts'

/** The test that runs the commands of a page; it must hold each as it stands there. */
const testOf: Readonly<Record<string, string>> = {
  'README.md': 'test/docs/readme.test.ts',
  'docs/binaries.md': 'test/docs/binaries.test.ts',
  'docs/dev.md': 'test/docs/dev.test.ts',
  'docs/does-not-start.md': 'test/docs/does-not-start.test.ts',
  'docs/kong-versions.md': 'test/docs/kong-versions.test.ts',
  'docs/start.md': 'test/docs/start.test.ts',
}

const folderTests = [
  // Runs all commands of each page of the folder, whatever they are.
  { folder: 'docs/deploy/', file: 'test/docs/deploy.test.ts', holds: 'commandsOf(text)' },
  { folder: 'examples/', file: 'test/docs/readme.test.ts', holds: 'commandsOf(readFileSync(join(folder,' },
] as const

/** Too long for a test run: they are held against the targets of the Makefile. */
const measurements = 'docs/performance.md'

/** Commands are run by the test run: here each is found in the test that runs it. */
export function checkShell(blocks: readonly Block[], root: string): Checked {
  const ways: Record<string, number> = {}
  const problems: Problem[] = []
  for (const block of blocks) {
    const [way, mistake] = place(block, root)
    ways[way] = (ways[way] ?? 0) + 1
    if (mistake !== undefined) problems.push(problemIn(block, mistake))
  }
  return { ways, problems }
}

function place(block: Block, root: string): [way: string, mistake: string | undefined] {
  const { file, code } = block
  if (file === measurements) return ['found in the Makefile, and not run', missingTarget(code, root)]
  const way = 'run by a test of make test'
  const folder = folderTests.find((one) => file.startsWith(one.folder))
  if (folder !== undefined)
    return [way, textOf(root, folder.file).includes(folder.holds) ? undefined : gone(folder.file, file)]
  const test = testOf[file]
  if (test === undefined)
    return [way, `Cannot tell which test runs the commands of ${file}: name it in site/blocks/shell.ts`]
  const source = textOf(root, test)
  const lost = code
    .trim()
    .split('\n')
    .find((command) => !quotes.some((quote) => source.includes(quote + command + quote)))
  return [
    way,
    lost === undefined ? undefined : `Cannot find "${lost}" in ${test}, which is to run it: add it there`,
  ]
}

const quotes = ["'", '"', '`']

function missingTarget(code: string, root: string): string | undefined {
  const makefile = textOf(root, 'Makefile')
  for (const line of code.trim().split('\n')) {
    const target = /^make ([\w-]+)/.exec(line)?.[1]
    if (target === undefined || !new RegExp(`^${target}:`, 'm').test(makefile))
      return `Cannot find the target of "${line}" in the Makefile: name one that there is`
  }
  return undefined
}

function gone(test: string, page: string): string {
  return `Cannot tell whether ${test} still runs the commands of ${page}: it no longer reads them as it did`
}

function textOf(root: string, file: string): string {
  const path = join(root, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
