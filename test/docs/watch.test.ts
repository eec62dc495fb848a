import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Runtime } from '../../src/plugin/runtime.ts'
import { outcomes } from '../../src/plugin/watched.ts'
import { createMeter, serverFacts } from '../../src/server/metrics/meter.ts'
import { run } from '../../src/testing/index.ts'
import { temporaryFolder } from '../build/support/temporary.ts'
import { blocksOf, commandsOf } from './support/markdown.ts'

const page = readFileSync('docs/watch.md', 'utf8')

/** The words in backquotes of the first column of the table below a heading of that first cell. */
function firstColumn(head: string): string[] {
  const [table = ''] = page.slice(page.indexOf(`| ${head} |`)).split('\n\n')
  const cells = table.split('\n').slice(2)
  return cells.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, word]) => word ?? ''),
  )
}

test('watch.md: its table has each metric, and no other', () => {
  const runtime = { instances: { countByPlugin: () => new Map() }, names: [], openEvents: 0 }
  const serving = { runtime: runtime as unknown as Runtime, connections: 0 }
  const metrics = [
    ...createMeter('main', 'ProtoBuf:1', []).metrics(serving, true),
    ...serverFacts('ProtoBuf:1', 0),
  ]
  assert.equal(firstColumn('metric').sort(), metrics.map(({ name }) => name).sort())
})

test('watch.md: its table has each outcome, and no other', () => {
  assert.equal(firstColumn('outcome').sort(), [...outcomes].sort())
})

test('watch.md: the record of JSON that it shows is one line', () => {
  const [record = ''] = blocksOf(page, 'json')
  assert.equal(Object.keys(JSON.parse(record)), [
    'time',
    'level',
    'pid',
    'plugin',
    'phase',
    'instance',
    'message',
  ])
})

test('watch.md: the plugin with onEvent runs, and it has no command', async () => {
  const [plugin = ''] = blocksOf(page, 'ts')
  const file = join(temporaryFolder(), 'plugin.ts')
  writeFileSync(file, plugin.replace("'kong-ts-pdk'", `'${pathToFileURL(resolve('src/index.ts'))}'`))
  const { default: defined } = await import(pathToFileURL(file).href)
  const { response } = await run(defined, { request: { headers: { host: 'shop.example' } } })
  assert.is(response.headers['x-host'], 'shop.example')
  assert.equal(commandsOf(page), [])
})

test('watch.md: every link leads somewhere', () => {
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path ?? '')
  assert.ok(links.length > 0)
  for (const path of links) assert.ok(existsSync(join('docs', path.replace(/#.*/, ''))), path)
})

test.run()
