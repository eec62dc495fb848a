import { findSeries, isSideBySide, type Results, type Series } from './results.ts'
import { ratioByName } from './rows.ts'
import { showDialect, showMeasured, showNumber, showShort, showSpread } from './show.ts'
import { type Rounds, spreadOf } from './statistics.ts'
import { showTable } from './table.ts'

/** The parts of the page that look at a server by itself: starting, memory, building, and what more of something costs. */
export function describeSingle(results: Results): string[] {
  return [
    ...describeStarts(results),
    ...describeMemory(results),
    ...describeSharing(results),
    ...describeBuilds(results),
    ...describeCosts(results),
    ...describeWorkers(results),
  ]
}

function describeStarts({ starts = [] }: Results): string[] {
  if (starts.length === 0) return []
  const against = (name: string, metric: 'dump' | 'accept') => {
    const empty = starts.find((one) => one.name === 'empty')
    const one = starts.find((other) => other.name === name)
    if (one === undefined || empty === undefined || one === empty) return ''
    // An empty binary accepts nothing: what it needs to start and end is the least that any of them needs.
    const samples = one.samples.map(({ round, [metric]: dump }) => ({ round, dump }))
    const ratio = ratioByName([{ name, samples }, empty], name, 'empty', 'dump')
    return ratio === undefined ? '' : showMeasured(ratio)
  }
  return [
    '## Starting',
    'From the start of the process to its end with `-dump`, and to the first connection that its socket accepts, beside a binary of the same\nNode with an empty program, from its start to its end.',
    showTable(
      ['server of `hello`', '`-dump`, ms', 'it : empty', 'first connection, ms', 'it : empty'],
      starts.map((one) => [
        one.name === 'empty' ? 'empty binary of the same Node' : one.name,
        cell(one, 'dump'),
        against(one.name, 'dump'),
        cell(one, 'accept'),
        against(one.name, 'accept'),
      ]),
    ),
  ]
}

function describeMemory({ memory = [] }: Results): string[] {
  if (memory.length === 0) return []
  return [
    '## Memory',
    'Megabytes (10^6 bytes) of a server of `hello`: idle, when it has just started; at the end of some seconds with 16 connections; and 5 s\nlater. Private dirty pages are what each process adds; PSS has its share of the file that it runs.',
    showTable(
      ['server', 'dialect', 'private dirty, idle', 'under load', 'after', 'PSS, idle', 'under load', 'after'],
      memory.map((one) => [
        one.peer,
        showDialect(one.dialect),
        ...(['idle', 'load', 'after', 'idlePss', 'loadPss', 'afterPss'] as const).map((name) =>
          cell(one, name),
        ),
      ]),
    ),
  ]
}

function describeSharing({ sharing = [] }: Results): string[] {
  if (sharing.length === 0) return []
  const names = {
    'one process': 'one binary with all, one process',
    'one file': 'one binary with all, a process for each plugin',
    binaries: 'a binary for each plugin',
  }
  return [
    `### ${sharing[0]?.plugins} plugins`,
    'Megabytes of all processes together, idle and at the same time.',
    showTable(
      ['how', 'PSS', 'it : a binary for each', 'private dirty'],
      sharing.map((one) => {
        const ratio = one.name === 'binaries' ? undefined : ratioByName(sharing, one.name, 'binaries', 'pss')
        return [
          names[one.name],
          cell(one, 'pss'),
          ratio ? showMeasured(ratio) : '',
          cell(one, 'privateDirty'),
        ]
      }),
    ),
  ]
}

function describeBuilds({ builds = [] }: Results): string[] {
  if (builds.length === 0) return []
  const handlers = [
    ...new Set(builds.flatMap(({ sizes }) => Object.keys(sizes))),
  ] as (keyof (typeof builds)[0]['sizes'])[]
  return [
    '## Building',
    'Seconds of the command that builds `hello`. With an empty cache ours fetches its Node with npm, and go-pdk compiles the standard library\n(its modules are there already).',
    showTable(
      ['kit', 'empty cache, s', 'again, s'],
      builds.map((one) => [one.peer, showNumber(one.cold), cell(one, 'warm')]),
    ),
    'Megabytes of each binary:',
    showTable(
      ['kit', ...handlers.map((handler) => `\`${handler}\``)],
      builds.map(({ peer, sizes }) => [
        peer,
        ...handlers.map((handler) => (sizes[handler] === undefined ? '' : showNumber(sizes[handler] / 1e6))),
      ]),
    ),
  ]
}

function describeCosts({ series }: Results): string[] {
  const costs = series.filter(({ workers }) => workers === undefined)
  const ofBody = costs.filter(({ body }) => body !== undefined)
  const ofInstances = costs.filter(({ instances }) => instances !== undefined)
  const many = costs.filter((one) => isSideBySide(one) && one.handler === 'hello')
  const counts = new Set(many.map(({ connections }) => connections))
  const peers = new Set(ofInstances.map(({ peer }) => peer))
  const ofConnections = many
    .filter(({ peer }) => peers.has(peer))
    .sort((one, other) => one.connections - other.connections)
  const parts = [
    ...(ofBody.length === 0
      ? []
      : [
          '### Payload: `log`, 1 connection, one record',
          costTable(ofBody, 'record', (one) => showShort(one.body ?? 0, 'B')),
        ]),
    ...(ofInstances.length === 0
      ? []
      : [
          '### Instances: `hello`, 16 connections, events go round among them',
          costTable(ofInstances, 'instances', (one) => showShort(one.instances ?? 1)),
        ]),
    ...(counts.size < 2 || ofConnections.length === 0
      ? []
      : [
          '### Connections: `hello`',
          costTable(ofConnections, 'connections', (one) => showShort(one.connections)),
        ]),
  ]
  if (parts.length === 0) return []
  const intro =
    'One short round each, so that only large differences mean something. Memory is private and dirty, at the end, with the load still on.'
  return ['## What more costs', intro, ...parts]
}

function costTable(all: readonly Series[], first: string, show: (one: Series) => string): string {
  return showTable(
    [first, 'server', 'dialect', 'events/s', 'p50, µs', 'p99, µs', 'CPU per event, µs', 'memory, MB'],
    all.map((one) => [
      show(one),
      one.peer,
      showDialect(one.dialect),
      ...(['eventsPerSecond', 'p50', 'p99', 'cpuMicros', 'memory'] as const).map((metric) => {
        const found = spreadOf(one, metric)
        return found === undefined ? '' : showNumber(found.median)
      }),
    ]),
  )
}

function describeWorkers(results: Results): string[] {
  const all = results.series.filter(({ workers }) => workers !== undefined)
  if (all.length === 0) return []
  return [
    '## Workers',
    `\`crypto\` on 16 connections, with \`-workers\`. The client runs on the same ${results.machine.cores} cores: what it takes is not the workers'.`,
    showTable(
      [
        'workers',
        'dialect',
        'events/s',
        'it : one worker',
        'CPU per event, µs',
        "server's cores",
        "client's cores",
      ],
      all.map((one) => {
        const single = findSeries(results, { ...one, workers: 1 })
        const ratio = single === undefined || single === one ? undefined : scale(one, single)
        return [
          String(one.workers),
          showDialect(one.dialect),
          showSpread(one, 'eventsPerSecond'),
          ratio ?? '',
          cell(one, 'cpuMicros'),
          cell(
            {
              samples: one.samples.map((s) => ({
                round: s.round,
                cores: (s.cpuMicros * s.eventsPerSecond) / 1e6,
              })),
            },
            'cores',
          ),
          cell(one, 'clientCpuShare'),
        ]
      }),
    ),
  ]
}

function scale(one: Series, single: Series): string | undefined {
  const named = [
    { name: 'one', samples: single.samples },
    { name: 'more', samples: one.samples },
  ]
  const ratio = ratioByName(named, 'more', 'one', 'eventsPerSecond')
  return ratio === undefined ? undefined : showMeasured(ratio)
}

/** Median, least and most; just the number where there is one. */
function cell<Name extends string>(series: Rounds<Name>, metric: Name): string {
  const found = spreadOf(series, metric)
  if (found === undefined) return ''
  const { median, min, max } = found
  return min === max ? showNumber(median) : `${showNumber(median)} (${showNumber(min)} to ${showNumber(max)})`
}
