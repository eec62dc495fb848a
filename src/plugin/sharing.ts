import type { Event } from './event.ts'

/** What a process that serves beside others does so that instances and events are one server's, not its own. */
export interface Sharing {
  /** Kong has started an instance here: the others must know it before Kong is answered. */
  started(id: number, plugin: string, config: string): void
  /** Kong has closed an instance here. */
  closed(id: number): void
  /** An event's handler runs, or goes on with an answer. */
  goesOn(event: Event): void
  /**
   * Over MsgPack:1 a step may come to another process than its event: hands it on, and its answer back, which is
   * `undefined` where the other process is gone. `false` where the event began here, or nobody knows where.
   */
  forward(step: ForwardedStep, answer: (result: unknown) => void): boolean
}

export interface ForwardedStep {
  readonly eventId: number
  readonly method: string
  readonly argument: unknown
}
