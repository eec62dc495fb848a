/** Characters of configuration that all idle instances may keep, so that an event can open them again. */
const room = 8_388_608
/** What an instance takes beside its configuration counts as so many. */
const overhead = 1000

export interface Idle {
  /** Milliseconds of the monotonic clock at the last event. */
  readonly lastUsed: number
  /** Characters of its configuration, as Kong has sent it. */
  readonly size: number
}

/** Those of some idle instances for which there is no room: the ones that were used the longest ago. */
export function beyondRoom<I extends Idle>(idle: readonly I[]): I[] {
  let taken = 0
  return idle
    .toSorted((one, other) => other.lastUsed - one.lastUsed)
    .filter(({ size }) => {
      taken += size + overhead
      return taken > room
    })
}
