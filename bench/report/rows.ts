import { findSeries, isLimitedByClient, type Results, type Setting } from './results.ts'
import { judgeSoak, type Soak } from './soak.ts'
import { type Metric, type Rounds, ratioOf, type Spread, spreadOf } from './statistics.ts'

/** A row that the kit wants to reach, and what came of it. Ratios are ours divided by the other's. */
export interface Row {
  readonly work: string
  readonly against: string
  readonly wanted: string
  readonly measured?: Spread
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

/** Every row that is wanted; the last is of a run of its own. */
export function judgeRows(results: Results, soak?: Soak): Row[] {
  return [
    ...wanted.map((row) => judge(results, row)),
    judgeWorkers(results),
    judgeDump(results),
    judgeIdle(results),
    judgeSharing(results),
    judgeSoak(soak),
  ]
}

function judge(results: Results, { work, metric, ours, other, least, most: highest }: Wanted): Row {
  const row = {
    work,
    against: other.peer,
    wanted: least === undefined ? `at most ${highest}` : `at least ${least}`,
  }
  const [one, two] = [findSeries(results, ours), findSeries(results, other)]
  const measured = one && two && ratioOf(one, two, metric)
  if (one === undefined || two === undefined || measured === undefined)
    return { ...row, reached: 'not measured' }
  const reached = least === undefined ? measured.median <= highest! : measured.median >= least
  const judged: Row = { ...row, measured, reached: reached ? 'yes' : 'no' }
  if (metric !== 'eventsPerSecond') return judged
  const limited = [one, two].filter((series) => isLimitedByClient(series)).map(({ peer }) => peer)
  if (limited.length > 0) return { ...judged, note: `the client was the limit of ${limited.join(' and ')}` }
  const floor = reached || ours.dialect !== pb ? undefined : findSeries(results, { ...ours, peer: 'floor' })
  const most = floor && ratioOf(floor, two, metric)
  if (most === undefined) return judged
  return { ...judged, note: `the floor in C itself comes to ${most.median.toFixed(2)}` }
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

function judgeWorkers(results: Results): Row {
  const row = {
    work: '`crypto`, ProtoBuf, 16 connections, two workers on two cores, events/s',
    against: 'one worker',
  }
  const ours = { peer: 'kong-ts-pdk', dialect: pb, handler: 'crypto', connections: 16 } as const
  const [one, two] = [1, 2].map((workers) => findSeries(results, { ...ours, workers }))
  const measured = one && two && ratioOf(two, one, 'eventsPerSecond')
  const judged = within({ ...row, wanted: 'at least 1.8' }, measured, ({ median }) => median >= 1.8)
  if (one === undefined || two === undefined || measured === undefined) return judged
  const [beside, besideTwo] = [one, two].map((series) =>
    spreadOf(series, 'clientCpuShare')!.median.toFixed(2),
  )
  const [cpu, cpuOfTwo] = [one, two].map((series) => spreadOf(series, 'cpuMicros')!.median)
  const free = ((2 * cpu!) / cpuOfTwo!).toFixed(2)
  return {
    ...judged,
    note: `the client took ${besideTwo} of a core beside two workers, ${beside} beside one; by the workers' own time per event, two cores without it would come to ${free}`,
  }
}

function judgeDump({ starts = [] }: Results): Row {
  const row = {
    work: '`-dump`, median time',
    against: 'an empty binary of the same Node',
    wanted: 'at most 1.15',
  }
  const measured = ratioByName(starts, 'kong-ts-pdk', 'empty', 'dump')
  return within(row, measured, ({ median }) => median <= 1.15)
}

function judgeIdle({ memory = [] }: Results): Row {
  const ours = memory.find(({ peer, dialect }) => peer === 'kong-ts-pdk' && dialect === pb)
  const row = { work: 'private dirty memory of `hello`, idle, MB', against: 'none', wanted: 'at most 12' }
  return within(row, ours && spreadOf(ours, 'idle'), ({ median }) => median <= 12)
}

function judgeSharing({ sharing = [] }: Results): Row {
  const work = 'four plugins in one binary and process, summed PSS'
  const row = { work, against: 'four binaries', wanted: 'at most 0.45' }
  const judged = within(
    row,
    ratioByName(sharing, 'one process', 'binaries', 'pss'),
    ({ median }) => median <= 0.45,
  )
  const many = ratioByName(sharing, 'one file', 'binaries', 'pss')
  return many === undefined
    ? judged
    : { ...judged, note: `${many.median.toFixed(2)} with a process for each plugin` }
}

/** The ratio of two of the series, which have names. */
export function ratioByName<Name extends string>(
  all: readonly (Rounds<Name> & { readonly name: string })[],
  one: string,
  other: string,
  metric: Name,
): Spread | undefined {
  const [first, second] = [one, other].map((wanted) => all.find(({ name }) => name === wanted))
  return first && second && ratioOf(first, second, metric)
}

function within(
  row: Pick<Row, 'work' | 'against' | 'wanted'>,
  measured: Spread | undefined,
  isReached: (found: Spread) => boolean,
): Row {
  if (measured === undefined) return { ...row, reached: 'not measured' }
  return { ...row, measured, reached: isReached(measured) ? 'yes' : 'no' }
}
