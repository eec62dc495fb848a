// `make bench-codecs`: our codecs beside those of libraries, for the same messages in one process; writes
// bench/results/codecs, and its table in docs/architecture.md.
import { realpathSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../build/kit.ts'
import { withScratch } from '../../build/scratch.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import { describeMachine } from '../report/machine.ts'
import { installLibraries, measureCodecs } from './measure.ts'
import { type Results, replaceTable, tableOf } from './results.ts'

const settings = { rounds: 11, milliseconds: 60 }
const folder = join(root, 'bench', 'results', 'codecs')

const date = new Date().toISOString()
const machine = describeMachine()
const found = await withScratch(realpathSync(tmpdir()), 'kong-ts-libraries-', async (libraries) => {
  await installLibraries(libraries)
  return measureCodecs(settings, libraries)
})
const results: Results = { schema: 1, date, machine, versions: await versions(), settings, ...found }
const file = join(folder, `${date.slice(0, 10)}.json`)
await mkdir(folder, { recursive: true })
await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
const page = join(root, 'docs', 'architecture.md')
await writeFile(page, replaceTable(await readFile(page, 'utf8'), tableOf(results)))

console.log(tableOf(results).join('\n'))
console.log(
  `\nA header whose bytes are no UTF-8 comes back as it was: ${keeping(true)}; it does not: ${keeping(false)}.`,
)
console.log(
  `Versions: ${Object.entries(results.versions)
    .map((pair) => pair.join(' '))
    .join(', ')}.`,
)
console.log(`Written to ${file}`)

async function versions(): Promise<Record<string, string>> {
  const [kit, own] = await Promise.all(
    [join(root, 'package.json'), join(import.meta.dirname, 'libraries', 'package.json')].map(async (path) =>
      JSON.parse(await readFile(path, 'utf8')),
    ),
  )
  const { msgpackr } = kit.devDependencies
  return {
    node: findTarget(hostPlatform()).version,
    'kong-ts-pdk': kit.version,
    ...own.dependencies,
    msgpackr,
  }
}

function keeping(wanted: boolean): string {
  const names = Object.entries(results.keepsBytes).filter(([, keeps]) => keeps === wanted)
  return names.map(([name]) => name).join(', ') || 'none'
}
