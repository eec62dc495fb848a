import type { End } from '../fake-kong/outcome.ts'
import type { PeerOptions } from '../fake-kong/peer.ts'
import { type ConfiguredPlugin, Worker, type WorkerOutcome } from '../fake-kong/worker.ts'
import type { World } from '../fake-kong/world.ts'
import type { Dialect, Phase } from '../pdk/phases.ts'
import type { DumpSchema } from '../schema/check.ts'
import type { StartOptions } from './options.ts'
import type { Watch } from './watch.ts'

/** Options of a start with their defaults; `dialect` and `level` as asked for. */
export interface Settings extends Required<Pick<StartOptions, 'limit' | 'workers'>> {
  readonly level: StartOptions['level']
  readonly dialect: Dialect | undefined
  readonly name: string | undefined
  readonly pieces: number | undefined
}

/** A plugin that is known, and not yet started. */
export interface Subject {
  readonly name: string
  readonly priority: number
  readonly phases: readonly Phase[]
  readonly schema: DumpSchema
  readonly level: 'memory' | 'wire' | 'binary'
  open(watch: Watch): Promise<Host>
  /** Undoes all that describing it took. */
  close(): void
}

/** A plugin at work. */
export interface Host {
  /** One worker of Kong, with one configuration of the plugin. */
  createWorker(plugin: ConfiguredPlugin): HostWorker
  /** Another server takes the place of the one that runs. */
  restart(): Promise<void>
  /** All lines that its servers have written. */
  readonly output: readonly string[]
  /** Ends all: nothing of it stays behind. */
  close(): Promise<void>
}

export interface HostWorker {
  /** The ids of all instances that it was given. */
  readonly started: readonly number[]
  start(): Promise<number>
  runPhase(phase: Phase, world: World): Promise<End>
  close(): void
}

/** Workers over a socket, which tell how often an event was repeated. */
export class SocketWorkers {
  readonly #dialect: Dialect
  readonly #path: string
  readonly #options: PeerOptions
  readonly #watch: Watch
  readonly #workers: CountingWorker[] = []

  constructor(dialect: Dialect, path: string, limit: number, watch: Watch) {
    this.#dialect = dialect
    this.#path = path
    this.#options = { limit, watch }
    this.#watch = watch
  }

  /** Whether the server still has an event of which Kong says nothing more: it cannot end before that. */
  get haveLeft(): boolean {
    return this.#dialect === 'MsgPack:1' && this.#workers.some(({ hasLeft }) => hasLeft)
  }

  create(plugin: ConfiguredPlugin): HostWorker {
    const worker = new CountingWorker(this.#dialect, this.#path, plugin, this.#options, this.#watch)
    this.#workers.push(worker)
    return worker
  }

  /** Closes idle connections; workers open others when they need them. */
  close(): void {
    for (const worker of this.#workers) worker.close()
  }
}

class CountingWorker extends Worker {
  hasLeft = false
  readonly #watch: Watch

  constructor(dialect: Dialect, path: string, plugin: ConfiguredPlugin, options: PeerOptions, watch: Watch) {
    super(dialect, path, plugin, options)
    this.#watch = watch
  }

  override async handle(phase: Phase, world: World): Promise<WorkerOutcome> {
    try {
      const outcome = await super.handle(phase, world)
      if (outcome.end === 'raised') this.hasLeft = true
      this.#watch.repeated(world, outcome.repeats)
      return outcome
    } catch (error) {
      this.hasLeft = true
      throw error
    }
  }
}
