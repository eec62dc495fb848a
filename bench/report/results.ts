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
  // Runs of before these were measured, and quick ones, have not all of them.
  readonly starts?: readonly StartSeries[]
  readonly memory?: readonly MemorySeries[]
  readonly sharing?: readonly SharingSeries[]
  readonly builds?: readonly BuildSeries[]
  /** What the run could not do. */
  readonly notes?: readonly string[]
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
  /** Processes that serve: what the server does by itself. */
  readonly workers?: number
  /** Instances that the events go round among: 1. */
  readonly instances?: number
  /** Bytes of a body or record, where it is not the handler's usual one. */
  readonly body?: number
}

/** A setting, measured once in each round. A round in which nothing could be measured has no sample. */
export interface Series extends Setting {
  /** Where it is not as many as the run's. */
  readonly rounds?: number
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
  /** Private dirty megabytes of the server at the end of the round. */
  readonly memory?: number
}

/** Milliseconds, each the median of some starts that alternate with those of the others. */
export interface StartSeries {
  /** A peer, or `empty`: a binary of the same Node with nothing in it. */
  readonly name: string
  readonly samples: readonly {
    readonly round: number
    /** From the start with `-dump` to the end. */
    readonly dump: number
    /** From the start to the first connection that is accepted. */
    readonly accept?: number
  }[]
}

/** Megabytes of a server of `hello`, as the kernel counts private dirty pages, and PSS. */
export interface MemorySeries {
  readonly peer: string
  readonly dialect: Dialect
  readonly samples: readonly {
    readonly round: number
    readonly idle: number
    readonly idlePss: number
    readonly load?: number
    readonly loadPss?: number
    readonly after?: number
    readonly afterPss?: number
  }[]
}

/** Megabytes of all processes together that serve the same plugins, idle. */
export interface SharingSeries {
  /** One process of a bundle, a process of the same bundle for each plugin, or a binary for each. */
  readonly name: 'one process' | 'one file' | 'binaries'
  readonly plugins: number
  readonly samples: readonly { readonly round: number; readonly pss: number; readonly privateDirty: number }[]
}

/** What it takes to build one plugin, and what comes out. */
export interface BuildSeries {
  readonly peer: string
  /** Seconds of the whole command; `cold` without what the tools keep from build to build. */
  readonly cold: number
  readonly samples: readonly { readonly round: number; readonly warm: number }[]
  /** Bytes of each binary, by its handler. */
  readonly sizes: Readonly<Partial<Record<Handler, number>>>
}

/** The results of a folder that were taken last; `undefined` where there are none. */
export function readNewest(folder: string): Results | undefined {
  const found = readdirSync(folder)
    .filter((name) => /^\d.*\.json$/.test(name))
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
      one.connections === wanted.connections &&
      one.workers === wanted.workers &&
      one.instances === wanted.instances &&
      one.body === wanted.body,
  )
}

/** It compares servers, and not one server with itself. */
export function isSideBySide({ workers, instances, body }: Setting): boolean {
  return workers === undefined && instances === undefined && body === undefined
}
