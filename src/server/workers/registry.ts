import { beyondRoom } from '../../plugin/idle.ts'
import type { NamedPlugin } from '../../plugin/plugin.ts'
import type { SharedInstance } from './messages.ts'
import type { WorkerProcess } from './worker-process.ts'

interface Entry extends SharedInstance {
  /** Milliseconds of the monotonic clock. */
  lastUsed: number
  readonly size: number
}

/** The instances that all workers have. */
export class Registry {
  readonly #entries = new Map<number, Entry>()
  readonly #idleLimits: ReadonlyMap<string, number>
  readonly #longestLimit: number

  constructor(plugins: readonly NamedPlugin[]) {
    this.#idleLimits = new Map(plugins.map(({ name, idleLimit }) => [name.toLowerCase(), idleLimit]))
    this.#longestLimit = Math.max(...this.#idleLimits.values())
  }

  /** Takes an instance up; resolves when these workers know it. */
  async start({ id, plugin, config }: SharedInstance, others: readonly WorkerProcess[]): Promise<void> {
    this.#entries.set(id, { id, plugin, config, lastUsed: performance.now(), size: config.length })
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

  /** Closes for good what no worker has had an event for, for longer than its plugin's `idleLimit`, and there is no room for. */
  expire(workers: readonly WorkerProcess[]): void {
    const now = performance.now()
    const idle = [...this.#entries.values()].filter(
      ({ plugin, lastUsed }) =>
        now - lastUsed > (this.#idleLimits.get(plugin.toLowerCase()) ?? this.#longestLimit),
    )
    for (const { id } of beyondRoom(idle)) this.close(id, workers)
  }
}
