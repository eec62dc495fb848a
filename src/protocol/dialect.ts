import type { Prepared } from '../pdk/client.ts'
import type { Row } from '../pdk/row.ts'
import type { Runtime } from '../plugin/runtime.ts'

/** A connection, as a session needs it. */
export interface Wire {
  write(bytes: Buffer): void
  /** Closes our side of the connection after what was written. */
  end(): void
}

/** One connection's conversation. Anything it throws costs the connection. */
export interface Session {
  receive(chunk: Buffer): void
  /** The connection is gone: everything that waits on it is told so. */
  closed(): void
  /**
   * Closes our side as soon as that cuts nothing off: at once, or right behind the last bytes of what is under way,
   * so that Kong sees the end before it sends anything else there. From then on no command is taken: Kong sends
   * it again elsewhere. May be called again.
   */
  drain(): void
}

/** What a dialect is to the server. */
export interface Protocol {
  /** Makes a row ready to be asked; `undefined` where the dialect has no such function. */
  prepare(row: Row): Prepared | undefined
  /** Starts the dialect for one plugin; its connections share what the dialect has to share. */
  open(runtime: Runtime): { createSession(wire: Wire): Session }
}
