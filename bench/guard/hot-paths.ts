// What is measured: this file and all that it imports become one script, whose code alone counts as steps.
import { codecs } from './codecs.ts'
import { sessions } from './sessions.ts'

/** Something that happens for every request, or for every call of one. */
export interface HotPath {
  readonly name: string
  /** Does it so many times over, with nothing between. */
  readonly run: (times: number) => Promise<void> | void
  /** How often it has written to its connection so far; 0 where it has none. */
  readonly writes: () => number
}

export async function createHotPaths(): Promise<HotPath[]> {
  return [...codecs(), ...(await sessions())]
}
