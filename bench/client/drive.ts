import { spawn } from 'node:child_process'
import type { Dialect } from '../../src/pdk/phases.ts'
import { cpuSeconds } from './cpu-time.ts'
import { type Handler, workOf } from './handlers.ts'
import { readMemory } from './memory.ts'

export interface DriveRequest {
  /** The program that `buildClient` made. */
  readonly client: string
  readonly socket: string
  readonly dialect: Dialect
  readonly handler: Handler
  readonly connections: number
  /** How long is measured, after so many seconds of warm-up. */
  readonly seconds: number
  readonly warmup: number
  /** Ends the measuring after so many events, instead of `seconds`. */
  readonly events?: number | undefined
  /** The server's process; its threads and the processes below it are measured with it. */
  readonly pid: number
  /** Where the plugin is not called as the handler. */
  readonly plugin?: string
  /** Instances that the events go round among: 1. */
  readonly instances?: number | undefined
  /** Bytes of the request's body, for `rich` and `transform`, and of the record for `log`. */
  readonly body?: number | undefined
  /** Every so many seconds an instance is started and an older one closed. */
  readonly reconfigure?: number | undefined
}

/** What the client prints. Latencies are microseconds, an event's from its first byte to its end. */
export interface Counted {
  readonly events: number
  readonly calls: number
  readonly seconds: number
  readonly eventsPerSecond: number
  readonly callsPerSecond: number
  readonly latency: {
    readonly p50: number
    readonly p99: number
    readonly p999: number
    readonly max: number
  }
  /** Events that went wrong; what the five below count is part of it, and 500s are exits too. */
  readonly failures: number
  readonly mismatches: number
  readonly exits: number
  readonly exits500: number
  readonly closed: number
  readonly errors: number
  readonly unanswered: number
  /** Events that were run again, as the server did not know their instance. */
  readonly restarts: number
  readonly reconfigurations: number
  readonly firstMismatch: string
  /** 1 where the client itself had no time left: what is measured then is the client. */
  readonly clientCpuShare: number
}

export interface Measured extends Counted {
  /** The server's processor time while it was measured. */
  readonly cpuSeconds: number
  readonly cpuMicrosPerEvent: number
  /** Megabytes of the server at the end, with the load still on: private and dirty. */
  readonly memory: number
}

/** Runs the client against a server and reads what processor time the server needs for it. */
export async function drive(request: DriveRequest): Promise<Measured> {
  const { pid } = request
  const times = { measuring: 0, measured: 0 }
  let memory = 0
  const line = await runClient(request, (moment) => {
    times[moment] = cpuSeconds(pid)
    if (moment === 'measured') memory = readMemory(pid).privateDirty
  })
  const used = times.measured - times.measuring
  const counted = JSON.parse(line) as Counted
  return { ...counted, cpuSeconds: used, cpuMicrosPerEvent: (used * 1e6) / counted.events, memory }
}

function runClient(
  request: DriveRequest,
  notice: (moment: 'measuring' | 'measured') => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(request.client, argumentsOf(request), { stdio: ['ignore', 'pipe', 'pipe'], env: {} })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      for (const moment of ['measuring', 'measured'] as const) if (text.includes(moment)) notice(moment)
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(stdout)
      else reject(new Error(`The load client ended with ${code}: ${stderr.trim() || 'it said nothing'}`))
    })
  })
}

function argumentsOf(request: DriveRequest): string[] {
  const { socket, dialect, handler, connections, warmup, events, plugin = handler } = request
  const { config, authorization } = workOf(handler)
  const flags = {
    socket,
    dialect,
    handler,
    connections,
    seconds: events === undefined ? request.seconds : undefined,
    events,
    warmup,
    name: plugin,
    config: JSON.stringify(config),
    authorization,
    instances: request.instances,
    body: request.body,
    reconfigure: request.reconfigure,
  }
  return Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  )
}
