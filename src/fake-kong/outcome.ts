/** One call that the plugin made, and what it was answered. */
export interface Call {
  readonly method: string
  readonly args: readonly unknown[]
  /** The Lua value, before a dialect writes it. */
  readonly result?: unknown
  /** Which round trip of its event it came in, from 1 on: calls that did not wait for the answer before share one. */
  readonly trip: number
}

/**
 * How an event ended: the handler returned, the plugin answered the request itself (see `world.response`), or Kong raised
 * at its last call, so that the client gets 500.
 */
export interface Outcome {
  readonly calls: readonly Call[]
  readonly end: 'returned' | 'exited' | 'raised'
  /** The last call and why Kong raised, in its words. */
  readonly why?: string
}

/** How a handler ended. */
export type End = Pick<Outcome, 'end' | 'why'>

/** The end with the call's name before Kong's words. */
export function named({ end, why }: End, method: string): End {
  return why === undefined ? { end } : { end, why: `${method}: ${why}` }
}
