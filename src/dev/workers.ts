import { isDeepStrictEqual } from 'node:util'
import type { PeerOptions } from '../fake-kong/peer.ts'
import { Worker } from '../fake-kong/worker.ts'
import type { Release } from './program/release.ts'

interface Slot {
  readonly config: object
  readonly worker: Worker
  /** Events under way. */
  uses: number
  isOld: boolean
}

/** The instances of one release: one for each plugin entity, and another where its configuration has changed. */
export class Workers {
  readonly #release: Release
  readonly #options: PeerOptions
  readonly #slots = new Map<string, Slot>()

  constructor(release: Release, options: PeerOptions) {
    this.#release = release
    this.#options = options
  }

  /** Runs something with the instance of an entity. As in Kong, the old one is closed when another takes its place. */
  async use<T>(id: string, name: string, config: object, run: (worker: Worker) => Promise<T>): Promise<T> {
    const slot = this.#slotOf(id, name, config)
    slot.uses++
    try {
      return await run(slot.worker)
    } finally {
      slot.uses--
      await this.#endIfOld(slot)
    }
  }

  close(): void {
    for (const { worker } of this.#slots.values()) worker.close()
    this.#slots.clear()
  }

  #slotOf(id: string, name: string, config: object): Slot {
    const known = this.#slots.get(id)
    if (known !== undefined && isDeepStrictEqual(known.config, config)) return known
    const { dialect, socket } = this.#release
    const worker = new Worker(dialect, socket, { name, config }, this.#options)
    const slot = { config, worker, uses: 0, isOld: false }
    this.#slots.set(id, slot)
    if (known !== undefined) {
      known.isOld = true
      void this.#endIfOld(known)
    }
    return slot
  }

  async #endIfOld(slot: Slot): Promise<void> {
    if (!slot.isOld || slot.uses > 0) return
    // A server that fails at this has nothing left that a request needs.
    await slot.worker.end().catch(() => undefined)
  }
}
