import type { Phase } from '../pdk/phases.ts'
import type { Call } from './outcome.ts'
import type { World } from './world.ts'

/** Looks over Kong's shoulder, call by call. */
export interface CallWatch {
  /**
   * Comes before the answer, and may hold it up; where it gives words, Kong raises with them instead of answering. What it
   * throws ends the event here and now.
   */
  before(world: World, phase: Phase, method: string): Promise<string | undefined>
  /** Hears of the call with its answer. */
  after(world: World, phase: Phase, call: Call): void
}
