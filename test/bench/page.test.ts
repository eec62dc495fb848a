import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { drawChart } from '../../bench/report/chart.ts'
import { drawCharts } from '../../bench/report/charts.ts'
import { writePage } from '../../bench/report/page.ts'
import { readNewest } from '../../bench/report/results.ts'
import { drawSoak, readNewestSoak } from '../../bench/report/soak.ts'
import { results } from './fixture.ts'

const page = writePage(results)
const busy = writePage({ ...results, kind: 'quick', machine: { ...results.machine, loadPerCore: 1.5 } })

function includes(text: string, wanted: string): void {
  assert.ok(text.includes(wanted), `${wanted}\nis not in\n${text}`)
}

test('writePage: a row is the median of the ratios of each round, with the least and the most', () => {
  // 60/20, 40/10 and 50/25; the ratio of the medians would be 2.5.
  includes(
    page,
    '| `hello`, ProtoBuf, 16 connections, events/s | go-pdk | at least 2.2 | 3.00 (2.00 to 4.00) | yes |',
  )
})

test('writePage: a row that wants little is reached below its limit only', () => {
  // 10/40, 20/40 and 15/60.
  includes(page, '| CPU time per event | go-pdk | at most 0.4 | 0.25 (0.25 to 0.50) | yes |'.slice(2))
  const slow = results.series.map((one) => ({
    ...one,
    samples: one.samples.map((sample) => ({
      ...sample,
      cpuMicros: one.peer === 'kong-ts-pdk' ? 30 : 60,
    })),
  }))
  includes(writePage({ ...results, series: slow }), 'go-pdk | at most 0.4 | 0.50 | no |')
})

test('writePage: rounds that one of the two has not are no pairs', () => {
  // 60/20 and 50/12.5; then 30/20 and 25/12.5.
  includes(page, 'events/s | kong-pdk | at least 3.5 | 3.50 (3.00 to 4.00) | yes |')
  includes(
    page,
    '`hello`, MsgPack, 16 connections, events/s | kong-pdk | at least 2 | 1.75 (1.50 to 2.00) | no |',
  )
})

test('writePage: where a row is not reached the floor in C shows what could be', () => {
  const slower = results.series.map((one) =>
    one.peer === 'kong-ts-pdk'
      ? {
          ...one,
          samples: one.samples.map((each) => ({ ...each, eventsPerSecond: each.eventsPerSecond / 2 })),
        }
      : one,
  )
  // 30/20 and 25/12.5; of the floor 100/20 and 125/12.5.
  includes(
    writePage({ ...results, series: slower }),
    'events/s | kong-pdk | at least 3.5 | 1.75 (1.50 to 2.00) | no; the floor in C itself comes to 7.50 |',
  )
})

test('writePage: names the server whose limit was the client, in the rows and in the tables', () => {
  // 60/100, 40/100 and 50/125.
  includes(page, '| floor | at least 0.5 | 0.40 (0.40 to 0.60) | no; the client was the limit of floor |')
  includes(page, '| floor | ProtoBuf | 100,000 (100,000 to 125,000) * |')
  includes(page, '\\* The client had no time left')
  const free = results.series.filter(({ peer }) => peer !== 'floor')
  assert.not.match(writePage({ ...results, series: free }), 'had no time left')
})

test('writePage: a row without numbers is not measured', () => {
  includes(page, '| `rich`, ProtoBuf, 1 connection, p50 | go-pdk | at most 0.35 |  | not measured |')
  for (const row of [
    '| `crypto`, ProtoBuf, 16 connections, two workers on two cores, events/s | one worker | at least 1.8 |',
    '| `-dump`, median time | an empty binary of the same Node | at most 1.15 |',
    '| private dirty memory of `hello`, idle, MB | none | at most 12 |',
    '| four plugins in one binary and process, summed PSS | four binaries | at most 0.45 |',
    '| private dirty memory after 30 minutes at full load and 30 s of rest | after 1 minute | at most 1.1 |',
  ])
    includes(page, `${row}  | not measured |`)
})

test('writePage: a table has every server with its numbers and what ours is to it', () => {
  includes(page, '### `hello`, 16 connections')
  includes(
    page,
    '| go-pdk | ProtoBuf | 20,000 (10,000 to 25,000) | 250 (250 to 250) | 1,500 (1,500 to 1,500) | 40.0 (40.0 to 60.0) | 3.00 (2.00 to 4.00) | 1.50 (1.00 to 2.00) |',
  )
  includes(page, '15.0 (10.0 to 20.0) |  | 0.50 (0.50 to 0.50) |\n')
})

test('writePage: says what was skipped, what failed and what is missing', () => {
  includes(page, '- **Skipped**: kong-python-pdk is left out, as it could not be built (it needs Python).')
  includes(
    page,
    '- kong-pdk, MsgPack, `hello`, 16 connections: 7 events failed beside 2000 that did not.\n- kong-pdk, MsgPack, `hello`, 16 connections: measured in 2 of 3 rounds.',
  )
  const whole = results.series.filter(({ peer }) => peer !== 'kong-pdk')
  includes(
    writePage({ ...results, series: whole }),
    'Every event of every server did all its calls and ended well.',
  )
})

test('writePage: says when, where and with what', () => {
  includes(
    page,
    '- 2026-03-04, 05:06 UTC; 3 rounds of 2 s for each server, after a warm-up of 1 s before the first and 0.5 s before each other.',
  )
  includes(page, '- 4 cores of Test CPU, 8 GB, linux-x64, Linux 6.1.2; load before the run 0.25 per core.')
  includes(page, '- kong-ts-pdk 0.1.0 as it ships: one binary for each plugin, with Node 24.1.0 in it.')
  includes(page, '- go-pdk: v0.11.2, go1.26.8')
  includes(page, 'make bench-quick')
})

test('writePage: marks a shared machine', () => {
  includes(
    busy,
    '**The machine was shared** with other work: before the run began its load was 1.50 per core.',
  )
  assert.not.match(page, 'The machine was shared')
})

test('drawCharts: a bar is as long as its share of the longest, and a limit is named', () => {
  const charts = drawCharts(results)
  assert.equal(
    charts.map(({ name }) => name),
    ['events.svg', 'cpu.svg'],
  )
  const [events] = charts
  // 420 stands for 125,000, which the floor reached once: its median is 100,000, and ours 50,000.
  includes(events!.svg, '<rect class="bar" x="200" y="174" width="336.0" height="14"/>')
  includes(events!.svg, '<rect class="ours" x="200" y="78" width="168.0" height="14"/>')
  includes(events!.svg, '>100,000 (limited by the client)</text>')
  includes(events!.svg, 'prefers-color-scheme: dark')
})

test('drawChart: escapes what people wrote', () => {
  const bar = { label: 'a<b', value: 2, low: 1, high: 2, ours: false, remark: '>c' }
  const svg = drawChart({ title: 'this & that', groups: [{ title: 'group', bars: [bar] }] })
  includes(svg, '<title>this &amp; that</title>')
  includes(svg, '>a&lt;b</text>')
  includes(svg, '>2.00 &gt;c</text>')
})

test('docs/performance.md and its charts are those of the newest results', () => {
  const root = join(import.meta.dirname, '..', '..')
  const newest = readNewest(join(root, 'bench', 'results'))
  assert.ok(newest, 'there are no results in bench/results')
  const soak = readNewestSoak(join(root, 'bench', 'results'))
  assert.is(readFileSync(join(root, 'docs', 'performance.md'), 'utf8'), writePage(newest, soak))
  for (const { name, svg } of [...drawCharts(newest), ...(soak === undefined ? [] : [drawSoak(soak)])])
    assert.is(readFileSync(join(root, 'bench', 'results', name), 'utf8'), svg)
})

test.run()
