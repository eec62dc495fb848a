import { performance } from '../clock.ts'
import type { Prepared } from '../pdk/client.ts'
import type { Phase } from '../pdk/phases.ts'
import { Event, type Line, type Waiting } from './event.ts'
import type { Instance } from './instances.ts'

/** Every way in which an event can end. */
export const outcomes = ['ok', 'exit', 'failed_closed', 'failed_open', 'timed_out', 'lost'] as const

/**
 * How an event ended: the handler returned; it called `kong.response.exit` or the like; it failed, and the request was
 * refused, or went on as in the log phase and with `onError: 'continue'`; it took too long; Kong closed its connection,
 * as it does when a call raises there.
 * @useDeclaredType
 */
export type Outcome = (typeof outcomes)[number]

/** An event that is over, as `onEvent` gets it. */
export interface EndedEvent {
  /** How Kong calls the plugin. */
  readonly plugin: string
  /** The phase that ran. */
  readonly phase: Phase
  /** The instance's id, as it stands in log lines. */
  readonly instance: number
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number
  /** Milliseconds, with fractions, until the event's end was on its way to Kong. */
  readonly duration: number
  /** How it ended. */
  readonly outcome: Outcome
  /** Why it failed or was cut off; `undefined` for an event that did neither. */
  readonly failure: EventFailure | undefined
  /** Kong's names of the functions that were called, in that order: `kong.request.get_header`. */
  readonly calls: readonly string[]
  /** How often the handler had to wait for Kong. */
  readonly roundTrips: number
  /**
   * The handler's own `kong`, by which a WeakMap finds what the handler has noted of the event; calls of it are refused.
   * Absent where the handler did not run, as `init` had failed.
   */
  readonly kong: object | undefined
}

/** Why an event failed. */
export interface EventFailure {
  /** What the handler or `init` threw or rejected with, or the kit's own error for one that took too long. */
  readonly error: unknown
  /** What the log says of it: the stack, with lines of TypeScript, and those of its causes. */
  readonly stack: string
}

/** An event of which more is noted than it needs itself. One that nobody watches is a plain `Event`. */
export class WatchedEvent extends Event {
  readonly notes: NotingLine
  /** What the handler was called with. */
  kong: object | undefined
  failure: EventFailure | undefined

  constructor(phase: Phase, instance: Instance, line: Line, late: (event: Event, error: Error) => void) {
    const notes = new NotingLine(line)
    super(phase, instance, notes, late)
    this.notes = notes
  }
}

/** The line of an event, with what went over it. */
export class NotingLine implements Line {
  outcome: Outcome = 'lost'
  /**
   * In the order in which they were made, the one that ended the event included; the first `called` of them are. There
   * is room for as many as most events make: a list that grows takes room for sixteen.
   */
  readonly calls: (Prepared | undefined)[] = [undefined, undefined, undefined, undefined]
  called = 0
  /** How often calls went out that were answered before the event ended; calls that went together count once. */
  batches = 0
  readonly #line: Line

  constructor(line: Line) {
    this.#line = line
  }

  get unanswered(): string | undefined {
    return this.#line.unanswered
  }

  begin(event: Event): void {
    this.#line.begin(event)
  }

  send(prepared: Prepared, args: readonly unknown[], waiting: Waiting): void {
    const line = this.#line
    const first = line.unanswered === undefined
    line.send(prepared, args, waiting)
    if (first) this.batches++
    this.calls[this.called++] = prepared
  }

  sendLast(prepared: Prepared, args: readonly unknown[]): void {
    // The event may be over when the line returns.
    const { outcome, batches, called } = this
    this.#ends('exit')
    this.calls[this.called++] = prepared
    try {
      this.#line.sendLast(prepared, args)
    } catch (error) {
      this.outcome = outcome
      this.batches = batches
      this.called = called
      throw error
    }
  }

  end(): void {
    this.#ends('ok')
    this.#line.end()
  }

  giveUp(error: Error): void {
    // What was to end it still waited for Kong's answer to an earlier call.
    if (this.outcome === 'ok' || this.outcome === 'exit') this.outcome = 'lost'
    this.#line.giveUp(error)
  }

  #ends(outcome: Outcome): void {
    if (this.outcome === 'lost') this.outcome = outcome
    if (this.#line.unanswered !== undefined) this.batches--
  }
}

/** How often the handler of an event that is over had to wait for Kong. */
export function roundTripsOf({ calls, called, batches }: NotingLine, turns: boolean): number {
  // Where one call goes at a time each is answered, but for the one that ends the event.
  if (!turns) return batches
  return called - (calls[called - 1]?.row.ends === true ? 1 : 0)
}

/**
 * Tells the author's code of an event, once Kong has been answered: that it takes its time, or throws, is nothing that a
 * request notices. `failed` gets what it throws.
 */
export function tellEnded(
  event: WatchedEvent,
  milliseconds: number,
  turns: boolean,
  failed: (error: unknown) => void,
): void {
  const { phase, instance, startedAt, notes, kong, failure } = event
  const { plugin, state } = instance
  const { onEvent } = plugin
  if (onEvent === undefined) return
  const ended: EndedEvent = {
    plugin: plugin.name,
    phase,
    instance: instance.id,
    startedAt: performance.timeOrigin + startedAt,
    duration: milliseconds,
    outcome: notes.outcome,
    failure,
    calls: notes.calls.slice(0, notes.called).map((prepared) => prepared?.row.name ?? ''),
    roundTrips: roundTripsOf(notes, turns),
    kong,
  }
  // Behind the flush, which was asked for first.
  setImmediate(async () => {
    try {
      await onEvent(ended, state)
    } catch (error) {
      failed(error)
    }
  })
}
