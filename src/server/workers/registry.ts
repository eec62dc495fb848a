import type { Log } from '../../plugin/log.ts'
import type { NamedPlugin } from '../../plugin/plugin.ts'
import type { SharedInstance } from './messages.ts'
import type { WorkerProcess } from './worker-process.ts'

interface Entry extends SharedInstance {
  /** Milliseconds of the monotonic clock. */
  lastUsed: number
}

/** The instances that all workers have. */
export class Registry {
  readonly #entries = new Map<number, Entry>()
  readonly #idleLimits: ReadonlyMap<string, number>
  readonly #longestLimit: number
  readonly #log: Log

  constructor(plugins: readonly NamedPlugin[], log: Log) {
    this.#idleLimits = new Map(plugins.map(({ name, idleLimit }) => [name.toLowerCase(), idleLimit]))
    this.#longestLimit = Math.max(...this.#idleLimits.values())
    this.#log = log
  }

  /** Takes an instance up; resolves when these workers know it. */
  async start({ id, plugin, config }: SharedInstance, others: readonly WorkerProcess[]): Promise<void> {
    this.#entries.set(id, { id, plugin, config, lastUsed: performance.now() })
    await Promise.all(others.map((worker) => worker.learn({ id, plugin, config })))
  }

  /** Tells a new worker of all there are. */
  teach(worker: WorkerProcess): void {
    for (const { id, plugin, config } of this.#entries.values()) void worker.learn({ id, plugin, config })
  }

  /** The plugin of an instance. */
  pluginOf(id: number): string | undefined {
    return this.#entries.get(id)?.plugin
  }

  used(ids: readonly number[]): void {
    const now = performance.now()
    for (const id of ids) {
      const entry = this.#entries.get(id)
      if (entry !== undefined) entry.lastUsed = now
    }
  }

  close(id: number, workers: readonly WorkerProcess[]): void {
    if (this.#entries.delete(id)) for (const worker of workers) worker.send({ kind: 'close-instance', id })
  }

  /** Closes what no worker has had an event for, for longer than its plugin's `idleLimit`. */
  expire(workers: readonly WorkerProcess[]): void {
    const now = performance.now()
    for (const { id, plugin, lastUsed } of this.#entries.values()) {
      const limit = this.#idleLimits.get(plugin.toLowerCase()) ?? this.#longestLimit
      if (now - lastUsed <= limit) continue
      this.#log.debug(`${plugin} instance ${id} is closed as it had no event for ${limit} ms`, {
        plugin,
        instance: id,
      })
      this.close(id, workers)
    }
  }
}
