import type { MessageName } from './messages.ts'

/** One way to write and read messages. */
export interface Subject {
  readonly name: string
  readonly codecs: Partial<Record<MessageName, Codec>>
}

/** `write` and `read` are what is timed; each has its message, or its bytes, at hand. */
export interface Codec {
  readonly write?: () => unknown
  readonly read?: () => unknown
  /** Reads other bytes of the same message and writes them again. */
  readonly again?: (bytes: Buffer) => Uint8Array
}
