import type { Prepared } from '../pdk/client.ts'
import type { Row } from '../pdk/row.ts'
import type { Runtime } from '../plugin/runtime.ts'

/** A connection, as a session needs it. */
export interface Wire {
  /** Sends the first `length` bytes, which are the session's again when it returns; receives nothing meanwhile. */
  write(bytes: Buffer, length: number): void
  /** Closes our side of the connection after what was written. */
  end(): void
  /**
   * Closes the connection in the same moment in which the last bytes are written, both sides at once; `false` where
   * Kong has sent on by then: that is received, and the connection stays.
   */
  close(): boolean
}

/** One connection's conversation. Anything it throws costs the connection. */
export interface Session {
  /** Takes the first `length` bytes of the chunk, which will be others when it has returned. */
  receive(chunk: Buffer, length: number): void
  /** The connection is gone: everything that waits on it is told so. */
  closed(): void
  /**
   * From now on our side closes right behind the last bytes of an event, so that Kong sees the end before it sends
   * anything else there. After the end no command is taken: Kong sends it again elsewhere.
   */
  drain(): void
  /** Drains, and closes at once where no event is under way; half a command counts as one, unless it is stale. */
  endIfIdle(stale: boolean): void
}

/** A dialect at work. */
export interface Opened {
  createSession(wire: Wire): Session
  /** Sends what the sessions would send in the next turn of the loop: for a process that has none. */
  flush(): void
}

/** What a dialect is to the server. */
export interface Protocol {
  /** Makes a row ready to be asked; `undefined` where the dialect has no such function. */
  prepare(row: Row): Prepared | undefined
  /** Starts the dialect for a process's plugins; its connections share what the dialect has to share. */
  open(runtime: Runtime): Opened
}
