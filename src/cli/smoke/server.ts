import { type BigIntStats, lstatSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { Connection } from '../../fake-kong/connection.ts'
import type { Launcher, Started } from '../../fake-kong/launcher.ts'
import type { Dialect } from '../../pdk/phases.ts'
import { Failure } from './steps.ts'

export interface ServerOptions {
  readonly launcher: Launcher
  readonly flags: readonly string[]
  readonly protocol: Dialect
  readonly socket: string
  readonly limit: number
}

/** The binary as a server, over all the processes that smoke makes of it. */
export class SmokeServer {
  readonly options: ServerOptions
  readonly #processes: Started[] = []
  readonly #shown = new Map<Started, number>()

  constructor(options: ServerOptions) {
    this.options = options
  }

  get current(): Started | undefined {
    const last = this.#processes.at(-1)
    return last?.end === undefined ? last : undefined
  }

  /** Starts another process and waits until its own socket stands at the path. */
  async start(): Promise<Started> {
    const before = this.socketId()
    const started = this.startNow()
    await this.listening(started, before)
    return started
  }

  startNow(): Started {
    const started = this.options.launcher.serve(this.options.flags)
    this.#processes.push(started)
    return started
  }

  /** Waits until a socket other than that of before takes connections; each round may do something meanwhile. */
  async listening(started: Started, before: string | undefined, meanwhile = () => delay(5)): Promise<void> {
    const { socket, limit } = this.options
    const expired = performance.now() + limit
    while (this.socketId() === before || this.socketId() === undefined) {
      if (started.end !== undefined)
        throw new Failure(`it ended with ${started.end} before ${socket} was there`)
      if (performance.now() > expired) throw new Failure(`${socket} was not there after ${limit} ms`)
      await meanwhile()
    }
    if (this.socketStats()?.isSocket() !== true) throw new Failure(`${socket} is no socket`)
    // Kong 3.1 to 3.4 connects and sends nothing, to see whether the server is ready.
    const knock = await Connection.open(socket, limit, () => [])
    knock.close()
  }

  /** The one that runs, or a new one where it has ended. */
  async running(): Promise<Started> {
    return this.current ?? (await this.start())
  }

  /** Stands for the file at the socket's path; undefined where there is none. */
  socketId(): string | undefined {
    const stats = this.socketStats()
    return stats && `${stats.ino} ${stats.ctimeNs}`
  }

  socketStats(): BigIntStats | undefined {
    return lstatSync(this.options.socket, { bigint: true, throwIfNoEntry: false })
  }

  /** What the processes have written since the last call. */
  takeOutput(): readonly string[] {
    return this.#processes.flatMap((started) => {
      const fresh = started.output.slice(this.#shown.get(started) ?? 0)
      this.#shown.set(started, started.output.length)
      return stripVTControlCharacters(fresh)
        .split('\n')
        .filter((line) => line.trim() !== '')
    })
  }
}
