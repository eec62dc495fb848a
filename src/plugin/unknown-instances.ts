import { performance } from '../clock.ts'

/** Milliseconds for which Kong may ask for an instance that is not known: a Kong that is well starts it at once. */
const patience = 5000
/** Milliseconds between two asks that are no longer one asking. */
const pause = 1000
/** Ids that are kept: more than a Kong has instances, as those that it asks for in turns would push each other out. */
const most = 100_000

/**
 * The ids that Kong asks for and that are not known here. Kong 3.5, and 3.6 over MsgPack:1, never start them again
 * (its order to forget the id goes to one worker only, kong/runloop/plugin_servers/init.lua): the request asks again and
 * again.
 */
export class UnknownInstances {
  readonly #asked = new Map<number, { since: number; last: number; insists: boolean }>()

  /** Notes that Kong asks for an id: whether it does so without end. */
  insistsOn(id: number): boolean {
    const now = performance.now()
    const asked = this.#asked.get(id)
    if (asked === undefined || (!asked.insists && now - asked.last > pause)) {
      this.#asked.delete(id)
      this.#asked.set(id, { since: now, last: now, insists: false })
      this.#forgetOldest()
      return false
    }
    asked.last = now
    asked.insists ||= now - asked.since > patience
    return asked.insists
  }

  #forgetOldest(): void {
    if (this.#asked.size <= most) return
    const [oldest] = this.#asked.keys()
    if (oldest !== undefined) this.#asked.delete(oldest)
  }
}
