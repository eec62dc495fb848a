import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NamedChart } from './charts.ts'
import { drawLines } from './lines.ts'
import type { Machine, Results, Setting } from './results.ts'
import type { Row } from './rows.ts'
import { showNumber } from './show.ts'

/** One server under full load for a long time, and at rest behind it: a file of `bench/results` of its own. */
export interface Soak {
  readonly schema: 1
  readonly date: string
  readonly machine: Machine
  readonly versions: Results['versions']
  readonly setting: Setting
  /** How long the load was on, and how long nothing came behind it. */
  readonly seconds: number
  readonly rest: number
  /** Every so many seconds an instance was started and an older one closed. */
  readonly reconfigure: number
  readonly reconfigurations: number
  readonly events: number
  readonly failures: number
  readonly restarts: number
  readonly eventsPerSecond: number
  readonly clientCpuShare: number
  /** Megabytes; seconds since the load began, in that order, the last at the end of the rest. */
  readonly samples: readonly SoakSample[]
}

export interface SoakSample {
  readonly seconds: number
  readonly privateDirty: number
  readonly rss: number
}

const wanted = { minutes: 30, after: 60, rest: 30, most: 1.1 }

/** The soak of a folder that was taken last; `undefined` where there is none. */
export function readNewestSoak(folder: string): Soak | undefined {
  return readdirSync(folder)
    .filter((name) => /^soak-.*\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Soak)
    .sort((one, other) => one.date.localeCompare(other.date))
    .at(-1)
}

/** The memory at the end of the rest, against that after a minute; a shorter soak shows it, and decides nothing. */
export function judgeSoak(soak: Soak | undefined): Row {
  const row = {
    work: 'private dirty memory after 30 minutes at full load and 30 s of rest',
    against: 'after 1 minute',
    wanted: `at most ${wanted.most}`,
    reached: 'not measured',
  } as const
  const [first, last] = endsOf(soak)
  if (soak === undefined || first === undefined || last === undefined) return row
  const ratio = last.privateDirty / first.privateDirty
  const measured = { median: ratio, min: ratio, max: ratio }
  if (soak.seconds < wanted.minutes * 60 || soak.rest < wanted.rest) {
    const note = `the load was on for ${describeTime(soak.seconds)} only, and is compared with ${describeTime(first.seconds)}`
    return { ...row, measured, note }
  }
  if (ratio <= wanted.most) return { ...row, measured, reached: 'yes' }
  const since = soak.samples.filter(({ seconds }) => seconds > first.seconds)
  const [least, most] = [Math.min, Math.max].map((of) =>
    of(...since.map((one) => one.privateDirty)).toFixed(1),
  )
  const note = `it went between ${least} and ${most} MB since, as V8 collects old garbage when some megabytes of it have come`
  return { ...row, measured, reached: 'no', note }
}

/** Its part of the page. */
export function describeSoak(soak: Soak | undefined): string[] {
  const heading = '## Memory over a long time'
  const [first, last] = endsOf(soak)
  if (soak === undefined || first === undefined || last === undefined)
    return [heading, 'Not measured yet: `make bench-soak` takes half an hour.']
  const { setting, seconds, rest, reconfigure, reconfigurations, events, failures, restarts } = soak
  const most = soak.samples.reduce((one, other) => (other.privateDirty > one.privateDirty ? other : one))
  return [
    heading,
    `One server of \`${setting.handler}\` on ${setting.connections} connections at full load for ${describeTime(seconds)}, then ${describeTime(rest)} of rest; every ${reconfigure} s an instance\nwas started and an older one closed. ${soak.date.slice(0, 10)}, kong-ts-pdk ${soak.versions.kit}, Node ${soak.versions.node}, ${soak.machine.cores} cores of ${soak.machine.model}.`,
    `![${chart.title}](../bench/results/${chart.name})`,
    `- ${showNumber(events)} events ended well and ${failures} failed; ${restarts} were sent again, as their instance had just been closed by one of ${reconfigurations} reconfigurations.`,
    `- Private dirty memory: ${showNumber(first.privateDirty)} MB after ${describeTime(first.seconds)}, ${showNumber(most.privateDirty)} MB at most (after ${describeTime(most.seconds)}), ${showNumber(last.privateDirty)} MB at the end of the rest.`,
    `- ${showNumber(soak.eventsPerSecond)} events/s; the client took ${soak.clientCpuShare.toFixed(2)} of a core.`,
  ]
}

const chart = { name: 'soak.svg', title: 'Memory under full load and at rest behind it, MB, by minutes' }

export function drawSoak({ samples, seconds }: Soak): NamedChart {
  const at = (pick: (sample: SoakSample) => number) =>
    samples.map((sample): [number, number] => [sample.seconds / 60, pick(sample)])
  const svg = drawLines({
    title: chart.title,
    mark: { at: seconds / 60, label: 'the load ends' },
    lines: [
      { label: 'private dirty', ours: true, points: at(({ privateDirty }) => privateDirty) },
      { label: 'RSS', ours: false, points: at(({ rss }) => rss) },
    ],
  })
  return { ...chart, svg }
}

/** What is compared: under load, at a minute or, in a short soak, at its middle; and at the very end. */
function endsOf(soak: Soak | undefined): (SoakSample | undefined)[] {
  if (soak === undefined) return []
  const due = Math.min(wanted.after, soak.seconds / 2)
  const [first] = [...soak.samples].sort(
    (one, other) => Math.abs(one.seconds - due) - Math.abs(other.seconds - due),
  )
  return [first, soak.samples.at(-1)]
}

function describeTime(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds * 10) / 10} s` : `${Math.round(seconds / 6) / 10} minutes`
}
