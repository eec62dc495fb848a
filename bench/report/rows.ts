import { findSeries, isLimitedByClient, type Results, type Setting } from './results.ts'
import { type Metric, ratioOf } from './statistics.ts'

/** A row that the kit wants to reach, and what came of it. Ratios are ours divided by the other's. */
export interface Row {
  readonly work: string
  readonly against: string
  readonly wanted: string
  readonly measured?: { readonly median: number; readonly min: number; readonly max: number }
  readonly reached: 'yes' | 'no' | 'not measured'
  readonly note?: string
}

interface Wanted {
  readonly work: string
  readonly metric: Metric
  readonly ours: Setting
  readonly other: Setting
  readonly least?: number
  readonly most?: number
}

const pb = 'ProtoBuf:1'
const mp = 'MsgPack:1'

const wanted: readonly Wanted[] = [
  compare('hello', 16, 'eventsPerSecond', pb, 'go-pdk', { least: 2.2 }),
  compare('hello', 16, 'cpuMicros', pb, 'go-pdk', { most: 0.4 }),
  compare('rich', 16, 'eventsPerSecond', pb, 'go-pdk', { least: 4 }),
  compare('rich', 1, 'p50', pb, 'go-pdk', { most: 0.35 }),
  compare('hello', 16, 'eventsPerSecond', pb, 'floor', { least: 0.5 }),
  compare('hello', 16, 'eventsPerSecond', pb, 'kong-pdk', { least: 3.5 }),
  compare('hello', 16, 'eventsPerSecond', mp, 'kong-pdk', { least: 2 }),
  compare('rich', 16, 'eventsPerSecond', pb, 'kong-pdk', { least: 8 }),
  compare('rich', 16, 'eventsPerSecond', mp, 'kong-pdk', { least: 2 }),
]

/** Rows that no part of the benchmark measures yet. */
const unmeasured = [
  ['`crypto`, two workers on two free cores, events/s', 'one worker', 'at least 1.8'],
  ['`-dump`, median time', 'an empty binary of the same Node', 'at most 1.15'],
  ['private dirty memory, idle', 'none', 'at most 12 MB'],
  ['four plugins in one binary, summed PSS', 'four binaries', 'at most 0.45'],
  ['memory after 30 minutes at full load and 30 s of rest', 'after 1 minute', 'at most 1.1'],
] as const

/** Every row, those that are not measured last. */
export function judgeRows(results: Results): Row[] {
  return [
    ...wanted.map((row) => judge(results, row)),
    ...unmeasured.map(([work, against, text]) => ({
      work,
      against,
      wanted: text,
      reached: 'not measured' as const,
    })),
  ]
}

function judge(results: Results, { work, metric, ours, other, least, most }: Wanted): Row {
  const row = {
    work,
    against: other.peer,
    wanted: least === undefined ? `at most ${most}` : `at least ${least}`,
  }
  const [one, two] = [findSeries(results, ours), findSeries(results, other)]
  const measured = one && two && ratioOf(one, two, metric)
  if (one === undefined || two === undefined || measured === undefined)
    return { ...row, reached: 'not measured' }
  const reached = least === undefined ? measured.median <= most! : measured.median >= least
  const judged: Row = { ...row, measured, reached: reached ? 'yes' : 'no' }
  if (metric !== 'eventsPerSecond') return judged
  const limited = [one, two].filter((series) => isLimitedByClient(series)).map(({ peer }) => peer)
  return limited.length === 0
    ? judged
    : { ...judged, note: `the client was the limit of ${limited.join(' and ')}` }
}

function compare(
  handler: Setting['handler'],
  connections: number,
  metric: Metric,
  dialect: Setting['dialect'],
  peer: string,
  limit: { least: number } | { most: number },
): Wanted {
  const name = { eventsPerSecond: 'events/s', cpuMicros: 'CPU time per event', p50: 'p50', p99: '', p999: '' }
  const many = connections === 1 ? '1 connection' : `${connections} connections`
  const otherDialect = peer === 'kong-pdk' ? mp : pb
  return {
    work: `\`${handler}\`, ${dialect.split(':')[0]}, ${many}, ${name[metric]}`,
    metric,
    ours: { peer: 'kong-ts-pdk', dialect, handler, connections },
    other: { peer, dialect: otherDialect, handler, connections },
    ...limit,
  }
}
