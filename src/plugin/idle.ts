import { performance } from '../clock.ts'

/** Characters of configuration that all idle instances may keep, so that an event can open them again. */
const room = 8_388_608
/** What an instance takes beside its configuration counts as so many. */
const overhead = 1000
/**
 * Milliseconds behind its last event for which none is closed for good: a Kong that does not start it again would be
 * refused, and what another process has used is heard of later.
 */
const leastIdle = 60_000

export interface Idle {
  /** Milliseconds of the monotonic clock at the last event. */
  readonly lastUsed: number
  /** Characters of its configuration, as Kong has sent it. */
  readonly size: number
}

/** Those of some idle instances for which there is no room: the ones that were used the longest ago. */
export function beyondRoom<I extends Idle>(idle: readonly I[]): I[] {
  const before = performance.now() - leastIdle
  let taken = 0
  return idle
    .toSorted((one, other) => other.lastUsed - one.lastUsed)
    .filter(({ size, lastUsed }) => {
      taken += size + overhead
      return taken > room && lastUsed < before
    })
}
