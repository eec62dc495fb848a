import { fstatSync } from 'node:fs'
import type { NamedPlugin } from '../plugin/plugin.ts'
import type { Runtime } from '../plugin/runtime.ts'

/** Milliseconds that the instances' `close` may take when the process stops. */
export const closeLimit = 5000
/**
 * Milliseconds for which a connection must have been quiet before it is closed when another server has the path: on a
 * reload Kong leaves five seconds and more for that.
 */
export const takeOverPatience = 1000

/**
 * Kong sends SIGTERM; when its worker is killed, the end of stdin, a pipe that carries nothing, is all that tells. A
 * container of Kong's own image is stopped with SIGQUIT, which that image says of itself for nginx.
 */
export function stopOnSignals(stop: (why: string) => void): void {
  for (const signal of stopSignals) process.on(signal, () => stop(`it got ${signal}`))
  if (!stdinIsPipe()) return
  process.stdin.on('end', () => stop('stdin has ended, so Kong is gone'))
  process.stdin.on('error', () => stop('stdin is broken, so Kong is gone'))
  process.stdin.resume()
}

export const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const

export function longestEventOf(plugins: readonly NamedPlugin[]): number {
  return Math.max(...plugins.map(({ timeLimit }) => timeLimit))
}

interface ShutDown {
  readonly name: string
  readonly plugins: readonly NamedPlugin[]
  readonly runtime: Runtime
  /** Lets events end and closes the connections. */
  readonly drain: () => Promise<void>
  /** When nothing is left to do here, and whether or not all of it was done. */
  readonly last?: () => Promise<void>
}

/**
 * Events in flight first, then the instances, then out. Each event has its time limit; the deadline is for load that
 * never pauses, and for instances that do not close.
 */
export async function shutDown({ name, plugins, runtime, drain, last }: ShutDown): Promise<void> {
  const { log } = runtime
  const deadlines: NodeJS.Timeout[] = []
  const leave = async () => {
    for (const deadline of deadlines) clearTimeout(deadline)
    await last?.()
    process.exit(0)
  }
  const leaveAfter = (milliseconds: number) => {
    const deadline = setTimeout(() => {
      log.warn(`${name} leaves with work undone, as stopping took longer than ${milliseconds} ms`)
      void leave()
    }, milliseconds)
    deadlines.push(deadline)
  }
  leaveAfter(longestEventOf(plugins) + closeLimit)
  await drain()
  leaveAfter(closeLimit)
  await runtime.close()
  await leave()
}

function stdinIsPipe(): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket()
  } catch {
    return false
  }
}
