import type { Metric } from '../metrics/metric.ts'

/** What the parent says to a worker. `receipt` is to be sent back once the message is done. */
export type ToWorker =
  /** With the connection's socket; `unread`, in base64, came on it for a worker that is gone. */
  | { readonly kind: 'connection'; readonly id: number; readonly unread?: string }
  /** With a socket whose other end another worker has: it takes our steps there, or sends us its own. */
  | { readonly kind: 'link'; readonly slot: number; readonly asks: boolean; readonly receipt: number }
  | ({ readonly kind: 'instance'; readonly receipt: number } & SharedInstance)
  /** All workers know the instance that this one has announced. */
  | { readonly kind: 'known'; readonly id: number }
  | { readonly kind: 'close-instance'; readonly id: number }
  /** The other workers, for when the parent is gone. */
  | { readonly kind: 'siblings'; readonly pids: readonly number[] }
  | { readonly kind: 'ping' }
  /** Asks for what is counted; for a scrape with its number, from 1 on. */
  | { readonly kind: 'measure'; readonly scrape: number }
  | { readonly kind: 'drain'; readonly patience: number }
  /** No worker has an event open any more: no step can come to another worker than its event. */
  | { readonly kind: 'all-idle' }

export type FromWorker =
  /** Its plugins are loaded, and it hears us. The key is that of its note of the last turn. */
  | { readonly kind: 'ready'; readonly turnKey: string }
  | { readonly kind: 'receipt'; readonly receipt: number }
  /** It begins to read from a connection. */
  | { readonly kind: 'took'; readonly id: number }
  | { readonly kind: 'gone'; readonly id: number }
  /** Kong waits for this instance on that connection, 0 where it does not. */
  | ({ readonly kind: 'start'; readonly connection: number } & SharedInstance)
  /** Kong has been told of it there. */
  | { readonly kind: 'started'; readonly connection: number }
  | { readonly kind: 'close-instance'; readonly id: number }
  /** The instances that were used since the last ping. */
  | { readonly kind: 'pong'; readonly used: readonly number[] }
  | { readonly kind: 'measured'; readonly scrape: number; readonly metrics: readonly Metric[] }
  | { readonly kind: 'idle' }

export interface SharedInstance {
  readonly id: number
  readonly plugin: string
  /** Kong's configuration, JSON text. */
  readonly config: string
}

/** What one side takes of the other, with the socket that came along. */
export type Receive<M> = (message: M, socket: unknown) => void

/** Anything may arrive on the channel of a process whose author's code can write there too. */
export function isMessage<M extends { readonly kind: string }>(value: unknown): value is M {
  return typeof (value as { kind?: unknown } | null | undefined)?.kind === 'string'
}
