import { drawCharts } from './charts.ts'
import { findSeries, isLimitedByClient, isSideBySide, type Results, type Series } from './results.ts'
import { judgeRows, type Row } from './rows.ts'
import { showConnections, showDialect, showMeasured, showRatio, showShort, showSpread } from './show.ts'
import { describeSingle } from './single.ts'
import { describeSoak, type Soak } from './soak.ts'
import { ratioOf } from './statistics.ts'

/** The whole of docs/performance.md. */
export function writePage(results: Results, soak?: Soak): string {
  return `${[
    '# Performance',
    'A plugin of this kit beside the same plugin of other kits: the same calls, the same values, the same load client, in one run. This page\nis written by `make bench` from the newest file of [bench/results](../bench/results).',
    ...describeBusyness(results),
    '**Only the ratios mean something.** The servers take turns and each ratio is taken within one round, so that what else the machine does\nfalls on both. Events per second and microseconds of one machine say little about another. Each number is the median of all rounds, with\nthe least and the most behind it.',
    '## What is wanted, and what was measured',
    "Ratios are ours divided by the other's, in each round; the median of them decides. go-pdk, kong-pdk and kong-python-pdk are Kong's own\nkits; the floor is a program in C that does the least the protocol needs ([more](#what-is-not-comparable)).",
    showRows(judgeRows(results, soak)),
    'A row is not measured where the run, or one of its two servers, did not get that far.',
    '## Side by side',
    ...drawCharts(results).map(({ name, title }) => `![${title}](../bench/results/${name})`),
    'In the charts each plugin has a scale of its own, and the thin line goes from the least to the most. In the tables, "ours : it" are the\nevents per second of kong-ts-pdk in that dialect, divided by those of the server of the row.',
    ...results.series
      .filter(isSideBySide)
      .filter((one, index, all) => all.findIndex((other) => isSameScene(one, other)) === index)
      .map((first) => describeScene(results, first)),
    ...(results.series.some(isLimitedByClient)
      ? [
          '\\* The client had no time left (more than 95 % of one core): the server could do more, and a ratio against it is too good.',
        ]
      : []),
    ...describeFailures(results),
    ...describeSingle(results),
    ...describeSoak(soak),
    '## Where the time goes',
    profile,
    '## When, where, with what',
    describeRun(results),
    '## Repeat it',
    '```sh\nmake bench          # all of it, under 10 minutes\nmake bench-quick    # the wanted rows only, in a minute and a half; this page stays as it is\nmake bench-soak     # the memory of a server after 30 minutes of full load; MINUTES=5 for less\n```',
    'They need a C compiler called `cc`, and Linux, whose kernel they read processor times from. Go 1.21, Python 3.10 and npm with their\nregistries are needed for the kits that are compared; one that cannot be built is left out and named here. A machine with nothing else to\ndo gives narrower ranges.',
    '## What the plugins do',
    work,
    '## What is not comparable',
    caveats,
  ].join('\n\n')}\n`
}

const work = `| plugin | what it asks Kong for |
|---|---|
| \`empty\` | nothing |
| \`hello\` | one header of the request, and sets one of the response |
| \`rich\` | all headers, the query and a body of 1 kB, then six headers set |
| \`log\` | the log record, of 4 kB |
| \`transform\` | a body of 64 kB, and sends it on as it came |
| \`crypto\` | one header, a JWT whose RS256 signature it verifies, and sets one header |`

const profile = `\`perf record\` on one server (\`rich\` and \`hello\`, ProtoBuf, 16 connections; Node with \`--perf-basic-prof\`): 60 to 75 % of the
processor time is the kernel's. \`hello\` needs two reads and two writes an event and an eighth of a poll, \`rich\` the same; what is written
wakes the client. The floor in C does the same system calls, so its processor time per event, in the tables above, is what no server can
go below: about 60 % of ours in both. Of the rest, half is Node's way from the poll to JavaScript and back, and half the JavaScript of
this kit and of the handler; collecting garbage takes 2 to 4 %. So a row that the floor itself does not reach cannot be reached with
these calls on one core.`

const caveats = `- Dialects: go-pdk and the floor speak ProtoBuf only, kong-pdk and kong-python-pdk MsgPack only. Kong chooses the dialect that a server
  names, so across dialects what a user gets is compared, not two ways to the same bytes.
- The floor is a C program that does the least the protocol needs: it computes nothing and has no \`transform\` and no \`crypto\`. Against
  it the load client itself is the limit; a star marks that.
- Calls: the other kits wait for each answer before the next call. This kit sends calls that do not depend on each other together, which
  Kong allows over ProtoBuf only. That is why \`rich\` gains most.
- Cores: go-pdk uses every core that it finds; ours and kong-pdk are one process here, and kong-python-pdk has a thread for each event
  behind one lock. The client runs on the same machine and needs up to one core of it.
- \`transform\` gets its body inline, as Kong sends one that fits \`client_body_buffer_size\`.
- \`crypto\` is the library that verifies (OpenSSL, or Go's own) as much as the kit.
- The client answers at once. In Kong a call takes longer, and less of a request's time is the plugin server's.`

function describeBusyness({ machine }: Results): string[] {
  if (machine.loadPerCore <= 1) return []
  return [
    `**The machine was shared** with other work: before the run began its load was ${machine.loadPerCore.toFixed(2)} per core. Ranges are wider for it.`,
  ]
}

function showRows(rows: readonly Row[]): string {
  return [
    '| work | against | wanted | measured | reached |',
    '|---|---|---|---|---|',
    ...rows.map(({ work, against, wanted, measured, reached, note }) => {
      const found = measured === undefined ? '' : showMeasured(measured)
      return `| ${work} | ${against} | ${wanted} | ${found} | ${note === undefined ? reached : `${reached}; ${note}`} |`
    }),
  ].join('\n')
}

function isSameScene(one: Series, other: Series): boolean {
  return isSideBySide(one) && one.handler === other.handler && one.connections === other.connections
}

function describeScene(results: Results, first: Series): string {
  const { handler, connections } = first
  const ours = (['ProtoBuf:1', 'MsgPack:1'] as const).map((dialect) =>
    findSeries(results, { peer: 'kong-ts-pdk', dialect, handler, connections }),
  )
  const rows = results.series
    .filter((one) => isSameScene(one, first))
    .map((one) => {
      const ratios = ours.map((own) => {
        const ratio = own === undefined || own === one ? undefined : ratioOf(own, one, 'eventsPerSecond')
        return ratio === undefined ? '' : showRatio(ratio)
      })
      const numbers = (['eventsPerSecond', 'p50', 'p99', 'cpuMicros'] as const).map((metric) =>
        showSpread(one, metric),
      )
      return `| ${[one.peer, showDialect(one.dialect), ...numbers, ...ratios].join(' | ')} |`
    })
  return [
    `### \`${handler}\`, ${showConnections(connections)}\n`,
    '| server | dialect | events/s | p50, µs | p99, µs | CPU per event, µs | ours on ProtoBuf : it | ours on MsgPack : it |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function describeFailures({ series, settings, notes = [] }: Results): string[] {
  const lines = series.flatMap((one) => {
    const { samples, rounds = settings.rounds } = one
    const name = `- ${nameOf(one)}:`
    const failed = samples.reduce((sum, { failures }) => sum + failures, 0)
    const ended = samples.reduce((sum, { events }) => sum + events, 0)
    return [
      ...(failed > 0 ? [`${name} ${failed} events failed beside ${ended} that did not.`] : []),
      ...(samples.length < rounds ? [`${name} measured in ${samples.length} of ${rounds} rounds.`] : []),
    ]
  })
  lines.push(...notes.map((note) => `- ${note}`))
  return lines.length === 0
    ? ['Every event of every server did all its calls and ended well.']
    : ['What went wrong:', lines.join('\n')]
}

function nameOf({ peer, dialect, handler, connections, workers, instances, body }: Series): string {
  return [
    `${peer}, ${showDialect(dialect)}, \`${handler}\`, ${showConnections(connections)}`,
    ...(workers === undefined ? [] : [`-workers ${workers}`]),
    ...(instances === undefined ? [] : [`${showShort(instances)} instances`]),
    ...(body === undefined ? [] : [`a record of ${showShort(body, 'B')}`]),
  ].join(', ')
}

function describeRun({ date, machine, versions, settings, peers }: Results): string {
  const { cores, model, memoryGigabytes, platform, loadPerCore } = machine
  const { rounds, seconds, warmup } = settings
  return [
    `- ${date.slice(0, 10)}, ${date.slice(11, 16)} UTC; ${rounds} rounds of ${seconds} s for each server, after a warm-up of ${warmup.first} s before the first and ${warmup.each} s before each other.`,
    `- ${cores} cores of ${model}, ${memoryGigabytes} GB, ${platform}, Linux ${versions.kernel}; load before the run ${loadPerCore.toFixed(2)} per core.`,
    `- kong-ts-pdk ${versions.kit} as it ships: one binary for each plugin, with Node ${versions.node} in it.`,
    ...peers
      .filter(({ name }) => name !== 'kong-ts-pdk')
      .map(({ name, version, skip }) =>
        skip === undefined ? `- ${name}: ${version}` : `- **Skipped**: ${skip}.`,
      ),
  ].join('\n')
}
