// What `-dump` costs beside what the same Node takes to start an empty single executable: `make bench-dump`. Starts
// alternate, so that what else the machine does falls on both; only the ratio means something.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostPlatform } from '../build/targets.ts'
import { buildEmpty, measureStarts } from './parts/start.ts'
import { showRatio } from './report/show.ts'
import { ratioOf, spreadOf } from './report/statistics.ts'

const plan = { rounds: 3, runs: 15 }
const hello = join('dist', hostPlatform(), 'hello')
if (!existsSync(hello)) throw new Error(`There is no ${hello}: run make first`)

const folder = await mkdtemp(join(tmpdir(), 'kong-ts-bench-'))
try {
  const empty = await buildEmpty(folder)
  const [ours, floor] = await measureStarts(
    [
      { name: 'hello -dump', start: { command: hello, args: [], env: {} } },
      { name: 'empty', start: { command: empty, args: [], env: {} } },
    ],
    plan,
  )
  for (const series of [ours!, floor!])
    console.log(`${series.name.padEnd(13)} median ${showRatio(spreadOf(series, 'dump')!)} ms`)
  const ratio = showRatio(ratioOf(ours!, floor!, 'dump')!)
  console.log(
    `ratio         ${ratio} (medians of ${plan.rounds} rounds of ${plan.runs} alternating starts; wanted: at most 1.15)`,
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}
