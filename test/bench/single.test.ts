import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { missingOf } from '../../bench/parts/scene.ts'
import type { Peer } from '../../bench/peers/peer.ts'
import { writePage } from '../../bench/report/page.ts'
import { settingsOf } from '../../bench/report/plan.ts'
import { type Results, readNewest, type Sample, type Series } from '../../bench/report/results.ts'
import { drawSoak, judgeSoak, readNewestSoak, type Soak } from '../../bench/report/soak.ts'
import { writeReport, writeResults, writeSoak } from '../../bench/report/write.ts'
import { results } from './fixture.ts'

const single: Results = {
  ...results,
  starts: [
    { name: 'kong-ts-pdk', samples: [start(1, 30, 40), start(2, 22, 44)] },
    { name: 'empty', samples: [start(1, 25), start(2, 20)] },
  ],
  memory: [
    {
      peer: 'kong-ts-pdk',
      dialect: 'ProtoBuf:1',
      samples: [
        { round: 1, idle: 12.5, idlePss: 60 },
        { round: 2, idle: 13, idlePss: 62, load: 50, loadPss: 100, after: 45, afterPss: 95 },
      ],
    },
  ],
  sharing: [
    { name: 'one process', plugins: 4, samples: [{ round: 1, pss: 70, privateDirty: 13 }] },
    { name: 'one file', plugins: 4, samples: [{ round: 1, pss: 112, privateDirty: 52 }] },
    { name: 'binaries', plugins: 4, samples: [{ round: 1, pss: 280, privateDirty: 52 }] },
  ],
  builds: [
    { peer: 'kong-ts-pdk', cold: 6.5, samples: [{ round: 1, warm: 2.25 }], sizes: { hello: 109_117_632 } },
  ],
  series: [
    ...results.series,
    series({ handler: 'crypto', workers: 1 }, [sample(1, 20_000, 0.4), sample(2, 25_000, 0.5)]),
    series({ handler: 'crypto', workers: 2 }, [sample(1, 38_000, 0.6, 50), sample(2, 40_000, 0.7, 50)]),
    { ...series({ handler: 'log', connections: 1, body: 64_000_000 }, [sample(1, 5, 0.2)]), rounds: 1 },
    { ...series({ instances: 10_000 }, [sample(1, 30_000, 0.4)]), rounds: 1 },
  ],
  notes: ['The part "builds" could not be measured.'],
}
const page = writePage(single)

const soak: Soak = {
  schema: 1,
  date: '2026-03-06T00:00:00.000Z',
  machine: results.machine,
  versions: results.versions,
  setting: { peer: 'kong-ts-pdk', dialect: 'ProtoBuf:1', handler: 'rich', connections: 16 },
  ...{ seconds: 1800, rest: 30, reconfigure: 5, reconfigurations: 360 },
  ...{ events: 50_000_000, failures: 0, restarts: 3, eventsPerSecond: 27_777, clientCpuShare: 0.6 },
  samples: [
    { seconds: 10, privateDirty: 30, rss: 90 },
    { seconds: 60, privateDirty: 50, rss: 110 },
    { seconds: 1790, privateDirty: 60, rss: 120 },
    { seconds: 1830, privateDirty: 55, rss: 115 },
  ],
}

const folder = mkdtempSync(join(tmpdir(), 'kong-ts-bench-test-'))

test.after(() => rmSync(folder, { recursive: true, force: true }))

test('writePage: -dump is the median of the ratios to the empty binary', () => {
  // 30/25 and 22/20.
  includes('| an empty binary of the same Node | at most 1.15 | 1.15 (1.10 to 1.20) | yes |')
  // 40/25 and 44/20.
  includes(
    '| kong-ts-pdk | 26.0 (22.0 to 30.0) | 1.15 (1.10 to 1.20) | 42.0 (40.0 to 44.0) | 1.90 (1.60 to 2.20) |',
  )
  includes('| empty binary of the same Node | 22.5 (20.0 to 25.0) |  |  |  |')
})

test('writePage: idle memory is judged, that under load is shown', () => {
  includes('| private dirty memory of `hello`, idle, MB | none | at most 12 | 12.75 (12.50 to 13.00) | no |')
  includes(
    '| kong-ts-pdk | ProtoBuf | 12.8 (12.5 to 13.0) | 50.0 | 45.0 | 61.0 (60.0 to 62.0) | 100 | 95.0 |',
  )
})

test('writePage: one process of a bundle is judged, and a process for each plugin is named', () => {
  // 70/280 and 112/280.
  includes('summed PSS | four binaries | at most 0.45 | 0.25 | yes; 0.40 with a process for each plugin |')
  includes('| one binary with all, a process for each plugin | 112 | 0.40 | 52.0 |')
})

test('writePage: two workers are judged against one, with what the client took', () => {
  // 38/20 and 40/25; 40 us beside 50, on two cores.
  includes(
    "one worker | at least 1.8 | 1.75 (1.60 to 1.90) | no; the client took 0.65 of a core beside two workers, 0.45 beside one; by the workers' own time per event, two cores without it would come to 1.60 |",
  )
})

test('writePage: builds and costs have tables, and what varies is in no table of servers side by side', () => {
  includes('| kong-ts-pdk | 6.50 | 2.25 |')
  includes('| kong-ts-pdk | 109 |')
  includes('| 64 MB | kong-ts-pdk | ProtoBuf | 5.00 |')
  includes('| 10,000 | kong-ts-pdk | ProtoBuf | 30,000 |')
  assert.is(page.match(/^### `(hello|crypto|log)`/gm)?.join(), '### `hello`')
  includes('What went wrong:')
  includes('- The part "builds" could not be measured.')
  assert.not.match(page, /log`.*measured in/)
})

test('settingsOf: workers, instances and bodies are of the setting, and who knows no workers is left out', () => {
  const able = { ...peer, hasWorkers: true }
  const scene = { handler: 'hello', connections: 16, workers: [1, 2] } as const
  assert.equal(
    settingsOf(scene, [able]).map(({ setting }) => setting.workers),
    [1, 2],
  )
  assert.equal(settingsOf(scene, [peer]), [])
  assert.equal(missingOf([scene], [able]), [])
  assert.match(missingOf([scene], [peer]).join(), /^kong-ts-pdk does not know `-workers` yet/)
  const [found] = settingsOf({ handler: 'hello', connections: 1, body: 1000 }, [peer])
  assert.equal(found?.setting, {
    ...{ peer: 'kong-ts-pdk', dialect: 'ProtoBuf:1', handler: 'hello', connections: 1, body: 1000 },
  })
})

test('judgeSoak: the end of the rest against one minute, from half an hour on', () => {
  const { measured, reached } = judgeSoak(soak)
  assert.equal([measured?.median, reached], [1.1, 'yes'])
  const grown = soak.samples.map((one) => (one.seconds === 1830 ? { ...one, privateDirty: 56 } : one))
  assert.is(judgeSoak({ ...soak, samples: grown }).reached, 'no')
})

test('judgeSoak: a short soak shows its ratio and decides nothing', () => {
  const { measured, reached, note } = judgeSoak({ ...soak, seconds: 20 })
  // The sample at 10 seconds, half of the load.
  assert.equal([measured?.median.toFixed(2), reached], ['1.83', 'not measured'])
  assert.is(note, 'the load was on for 20 s only, and is compared with 10 s')
  assert.is(judgeSoak(undefined).reached, 'not measured')
})

test('writePage: shows the soak', () => {
  const shown = writePage(single, soak)
  includes('at full load for 30 minutes, then 30 s of rest; every 5 s an instance\nwas started', shown)
  includes(
    'Private dirty memory: 50.0 MB after 60 s, 60.0 MB at most (after 29.8 minutes), 55.0 MB at the end',
    shown,
  )
  includes('Not measured yet: `make bench-soak` takes half an hour.')
})

test('drawSoak: a point is where its minute and its megabytes are', () => {
  const { svg } = drawSoak(soak)
  // 0 to 30.5 minutes are 64 to 740, 0 to 120 MB are 280 to 48.
  includes('<polyline class="line-ours" points="67.7,222.0 86.2,183.3 725.2,164.0 740.0,173.7"/>', svg)
  includes('the load ends', svg)
})

test('writeSoak: its file is no run, and the newest is found', async () => {
  const own = mkdtempSync(join(folder, 'soak-'))
  assert.is(readNewestSoak(own), undefined)
  await writeResults(own, results)
  await writeSoak(own, { ...soak, date: '2026-03-05T00:00:00.000Z' })
  await writeSoak(own, soak)
  assert.equal(readdirSync(own).sort(), ['2026-03-04.json', 'soak-2026-03-05.json', 'soak-2026-03-06.json'])
  assert.is(readNewest(own)?.date, results.date)
  assert.equal(readNewestSoak(own), soak)
  await writeReport({ results, soak }, own, join(own, 'page.md'))
  assert.ok(readdirSync(own).includes('soak.svg'))
})

function includes(wanted: string, text = page): void {
  assert.ok(text.includes(wanted), `${wanted}\nis not in\n${text}`)
}

function start(round: number, dump: number, accept?: number) {
  return { round, dump, ...(accept !== undefined && { accept }) }
}

function series(own: Partial<Series>, samples: readonly Sample[]): Series {
  return { peer: 'kong-ts-pdk', dialect: 'ProtoBuf:1', handler: 'hello', connections: 16, ...own, samples }
}

function sample(round: number, eventsPerSecond: number, clientCpuShare: number, cpuMicros = 40): Sample {
  return {
    ...{ round, events: 1000, failures: 0, eventsPerSecond, p50: 250, p99: 1500, p999: 2000 },
    ...{ cpuMicros, clientCpuShare, memory: 33 },
  }
}

const peer: Peer = {
  name: 'kong-ts-pdk',
  version: '1',
  dialects: ['ProtoBuf:1'],
  handlers: ['hello'],
  start() {
    throw new Error('nothing is started here')
  },
}

test.run()
