import type { Prepared } from '../pdk/client.ts'
import type { Row } from '../pdk/row.ts'
import type { Runtime } from '../plugin/runtime.ts'

/** A connection, as a session needs it. */
export interface Wire {
  write(bytes: Buffer): void
}

/** One connection's conversation. Anything it throws costs the connection. */
export interface Session {
  receive(chunk: Buffer): void
  /** The connection is gone: everything that waits on it is told so. */
  closed(): void
  /** Whether closing the connection now would cut something off. */
  readonly busy: boolean
}

/** What a dialect is to the server. */
export interface Protocol {
  /** Makes a row ready to be asked; `undefined` where the dialect has no such function. */
  prepare(row: Row): Prepared | undefined
  /** Starts the dialect for one plugin; its connections share what the dialect has to share. */
  open(runtime: Runtime): { createSession(wire: Wire): Session }
}
