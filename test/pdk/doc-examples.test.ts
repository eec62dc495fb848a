import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Dialect, dialects, type Phase, phases } from '../../src/pdk/phases.ts'
import { dialectsOf } from '../../src/pdk/row.ts'
import { everyDoc, everyRow, tagOf } from './rows.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const require = createRequire(import.meta.url)
const docs = everyDoc()

test('doc examples: each one type-checks in every phase and dialect that has its function', () => {
  const { status, stdout, count } = compile((example) => example)
  assert.ok(count > 700, `${count} examples`)
  assert.is(stdout, '')
  assert.is(status, 0)
})

test('doc examples: the check would see a mistake', () => {
  const { status, stdout } = compile((example) => example.replace('isTrusted(', 'isTrustd('))
  assert.is.not(status, 0)
  const complaints = stdout.split('\n').filter((line) => line.includes('error'))
  assert.is(complaints.length, 12, 'one for each phase and dialect')
  for (const complaint of complaints) assert.match(complaint, /'isTrustd' does not exist/)
})

/** All examples, one file per phase and dialect, in one run of the compiler. */
function compile(change: (example: string) => string): {
  status: number | null
  stdout: string
  count: number
} {
  const directory = mkdtempSync(join(tmpdir(), 'doc-examples-'))
  try {
    let count = 0
    for (const dialect of dialects)
      for (const phase of phases) {
        const examples = examplesFor(phase, dialect)
        count += examples.length
        const name = `${phase}-${dialect.replace(':', '')}.ts`
        writeFileSync(join(directory, name), fileOf(phase, dialect, examples.map(change)))
      }
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings()))
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', directory, '--pretty', 'false'], {
      encoding: 'utf8',
    })
    return { status, stdout, count }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function examplesFor(phase: Phase, dialect: Dialect): string[] {
  return everyRow()
    .filter(({ row }) => row.phases.includes(phase) && dialectsOf(row).includes(dialect))
    .map(({ path }) => tagOf(docs.get(path) as string, 'example') as string)
}

function fileOf(phase: Phase, dialect: Dialect, examples: readonly string[]): string {
  const head = `import type { Kong } from ${JSON.stringify(join(root, 'src', 'pdk', 'kong.ts'))}\n`
  const functions = examples.map(
    (example, index) =>
      `export async function example${index}(kong: Kong<'${phase}', '${dialect}'>): Promise<unknown> {\n${example}\nreturn\n}\n`,
  )
  return head + functions.join('')
}

/** As strict as the project itself, less the rules on unused names. */
function settings(): object {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noUnusedLocals: false,
      noUnusedParameters: false,
      allowUnreachableCode: true,
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: ['*.ts'],
  }
}

test.run()
