import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dialect } from '../../src/pdk/phases.ts'
import type { Handler } from '../client/handlers.ts'
import type { Plan } from './plan.ts'
import { spread } from './statistics.ts'

/** What one run of the benchmark found: a file of `bench/results`, and all that the page is made of. */
export interface Results {
  readonly schema: 1
  /** When it began, as ISO 8601 in UTC. */
  readonly date: string
  readonly kind: 'full' | 'quick'
  readonly machine: Machine
  readonly versions: { readonly kit: string; readonly node: string; readonly kernel: string }
  readonly settings: { readonly rounds: number; readonly seconds: number; readonly warmup: Plan['warmup'] }
  readonly peers: readonly {
    readonly name: string
    readonly version: string
    /** Why it was not measured. */
    readonly skip?: string
  }[]
  readonly series: readonly Series[]
}

/** Names no host. */
export interface Machine {
  readonly cores: number
  readonly model: string
  readonly memoryGigabytes: number
  readonly platform: string
  /** Load of the last minute before the run began, divided by the cores. */
  readonly loadPerCore: number
}

/** What one of the servers is driven with. */
export interface Setting {
  readonly peer: string
  readonly dialect: Dialect
  readonly handler: Handler
  readonly connections: number
}

/** A setting, measured once in each round. A round in which nothing could be measured has no sample. */
export interface Series extends Setting {
  readonly samples: readonly Sample[]
}

/** Latencies and processor time are microseconds. */
export interface Sample {
  readonly round: number
  readonly events: number
  readonly failures: number
  readonly eventsPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly cpuMicros: number
  readonly clientCpuShare: number
}

/** The results of a folder that were taken last; `undefined` where there are none. */
export function readNewest(folder: string): Results | undefined {
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results)
  return found.sort((one, other) => one.date.localeCompare(other.date)).at(-1)
}

/** The client had no time left, so that the server could have done more. */
export function isLimitedByClient(series: Series): boolean {
  return series.samples.length > 0 && spread(series.samples.map((one) => one.clientCpuShare)).median > 0.95
}

export function findSeries(results: Results, wanted: Setting): Series | undefined {
  return results.series.find(
    (one) =>
      one.peer === wanted.peer &&
      one.dialect === wanted.dialect &&
      one.handler === wanted.handler &&
      one.connections === wanted.connections,
  )
}
