import { performance } from '../clock.ts'
import { fault, type KongPluginError } from '../errors.ts'
import type { Asker, Prepared } from '../pdk/client.ts'
import type { Phase } from '../pdk/phases.ts'
import type { Instance } from './instances.ts'
import { Link } from './linked-list.ts'
import type { About } from './log.ts'

/** Who waits for the result of a call. */
export interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** A call that ends an event, ready to be sent. */
export interface FinalCall {
  readonly prepared: Prepared
  readonly args: readonly unknown[]
}

/** What a dialect does for one event. */
export interface Line {
  /** Called once, before the handler runs. */
  begin(event: Event): void
  /** Puts a call on the wire, or throws before anything of it is there. */
  send(prepared: Prepared, args: readonly unknown[], waiting: Waiting): void
  /** Puts the call on the wire that ends the event in Kong; nothing is sent after it. */
  sendLast(prepared: Prepared, args: readonly unknown[]): void
  /** Ends the event in the ordinary way, after the calls that were sent. */
  end(): void
  /** The name of the call that Kong has not answered, if the event waits for one. */
  readonly unanswered: string | undefined
  /** Kong has had its time: whoever still waits is told that no answer comes. */
  giveUp(error: Error): void
}

/**
 * One run of one handler. It is open until the handler exits, ends, fails or is cut off; after that every call is
 * refused, quietly: such a promise counts as handled, as nobody may be waiting for it.
 */
export class Event extends Link implements Asker {
  readonly phase: Phase
  readonly instance: Instance
  /** Milliseconds of the monotonic clock. */
  readonly startedAt = performance.now()
  readonly #line: Line
  readonly #late: (event: Event, error: Error) => void
  #refusal: ((where: string) => KongPluginError) | undefined
  #returned = false

  /** `late` hears of calls that come after the handler has returned: nobody else may. */
  constructor(phase: Phase, instance: Instance, line: Line, late: (event: Event, error: Error) => void) {
    super()
    this.phase = phase
    this.instance = instance
    this.#line = line
    this.#late = late
  }

  get open(): boolean {
    return this.#refusal === undefined
  }

  /** The call that Kong has not answered, if the event waits for one. */
  get unanswered(): string | undefined {
    return this.#line.unanswered
  }

  giveUp(error: Error): void {
    this.#line.giveUp(error)
  }

  ask(prepared: Prepared, args: readonly unknown[]): Promise<unknown> {
    const where = prepared.row.name
    if (this.#refusal !== undefined) {
      const error = this.#refusal(where)
      if (this.#returned) this.#late(this, error)
      return refused(error)
    }
    if (prepared.row.ends) {
      this.#line.sendLast(prepared, args)
      this.#refusal = () => fault('EXITED', where)
      return refused(fault('EXITED', where))
    }
    const promise = new Promise<unknown>(capture)
    this.#line.send(prepared, args, new Asked(promise, resolveLast, rejectLast))
    return promise
  }

  /** Sends a call whose result nobody waits for. */
  tell(prepared: Prepared, args: readonly unknown[]): void {
    if (this.open) this.#line.send(prepared, args, nobody)
  }

  /** The handler has returned: whatever it asks for from now on comes too late. */
  returned(): void {
    if (!this.open) return
    this.#returned = true
    this.end('its handler had returned: await what it starts')
  }

  /** Ends the event: with `last`, the call that answers the request in the handler's stead. */
  end(why: string, last?: FinalCall): void {
    if (!this.open) return
    this.cut(why)
    if (last === undefined) this.#line.end()
    else this.#line.sendLast(last.prepared, last.args)
  }

  /** Refuses all further calls without a word to Kong. */
  cut(why: string): void {
    this.#refusal ??= (where) => fault('EVENT_ENDED', where, this.phase, why)
  }
}

/** What a log entry of an event is about. */
export function aboutOf({ phase, instance }: Event): About {
  return { plugin: instance.plugin.name, phase, instance: instance.id }
}

let resolveLast: (result: unknown) => void = ignore
let rejectLast: (error: Error) => void = ignore

/** One executor for all promises: a call costs no closure of its own. */
function capture(resolve: (result: unknown) => void, reject: (error: Error) => void): void {
  resolveLast = resolve
  rejectLast = reject
}

/** A promise that may fail with nobody waiting for it. */
class Asked implements Waiting {
  readonly resolve: (result: unknown) => void
  readonly #promise: Promise<unknown>
  readonly #reject: (error: Error) => void

  constructor(promise: Promise<unknown>, resolve: (result: unknown) => void, reject: (error: Error) => void) {
    this.#promise = promise
    this.resolve = resolve
    this.#reject = reject
  }

  reject(error: Error): void {
    this.#promise.catch(ignore)
    this.#reject(error)
  }
}

/** Waits for a result that nobody needs. */
export const nobody: Waiting = { resolve: ignore, reject: ignore }

function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error)
  promise.catch(ignore)
  return promise
}

function ignore(): void {}
