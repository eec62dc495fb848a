import { fault, reason } from '../../errors.ts'
import type { Event, Line, Waiting } from '../../plugin/event.ts'
import { Link } from '../../plugin/linked-list.ts'
import type { Runtime } from '../../plugin/runtime.ts'
import type { PreparedCall } from './ask.ts'
import type { Identified } from './live-events.ts'

/** Takes what an event answers to Kong's request. */
export interface Asker {
  /** Sends the call, or "ret" where there is none; throws before anything of it is there. */
  answer(request: number, event: MsgpackEvent, call: Call | undefined): void
}

export interface Call {
  readonly prepared: PreparedCall
  readonly args: readonly unknown[]
  /** Absent for the call that ends the event. */
  readonly waiting?: Waiting
}

/**
 * One event over MsgPack:1. Kong and the plugin take turns: Kong's request is answered with one call, or with
 * "ret"; the answer to that call comes with Kong's next request. Calls made meanwhile wait here in their order.
 */
export class MsgpackEvent extends Link implements Line, Identified<MsgpackEvent> {
  readonly id: number
  sibling: MsgpackEvent | undefined
  /** The connection on which Kong's last request for the event came. */
  carrier: Asker | undefined
  readonly #runtime: Runtime
  readonly #forget: (event: MsgpackEvent) => void
  #event: Event | undefined
  /** Kong's request while it is our turn. */
  #request: number | undefined
  #queue: Call[] = []
  #asked: Call | undefined
  #ended = false

  constructor(runtime: Runtime, id: number, forget: (event: MsgpackEvent) => void) {
    super()
    this.#runtime = runtime
    this.id = id
    this.#forget = forget
  }

  get unanswered(): string | undefined {
    return this.#asked?.prepared.row.name
  }

  /** Whether Kong has asked and waits. */
  get owes(): boolean {
    return this.#request !== undefined
  }

  begin(event: Event): void {
    this.#event = event
  }

  /** Kong waits for what the event wants next. */
  askedBy(carrier: Asker, request: number): void {
    this.carrier = carrier
    this.#request = request
  }

  /** Kong's answer to the call that is out. */
  answer(data: unknown): void {
    const asked = this.#asked
    this.#asked = undefined
    if (this.#event !== undefined) this.#runtime.sharing?.goesOn(this.#event)
    try {
      asked?.waiting?.resolve(asked.prepared.read(data))
    } catch (error) {
      asked?.waiting?.reject(fault('REPLY_UNREADABLE', asked.prepared.row.name, reason(error)))
    }
    this.#advance()
  }

  /** Kong up to 2.8 says with StepError that the call gave no result, and why. */
  fail(error: string): void {
    const asked = this.#asked
    this.#asked = undefined
    asked?.waiting?.reject(fault('REPLY_UNREADABLE', asked.prepared.row.name, error))
    this.#advance()
  }

  /** The connection that waits for our turn is gone, and Kong with it. */
  abandon(): void {
    this.#request = undefined
    this.#event?.cut('Kong closed its connection')
    this.giveUp(fault('CONNECTION_LOST', this.unanswered ?? 'the event was over'))
    this.#done()
  }

  send(prepared: PreparedCall, args: readonly unknown[], waiting: Waiting): void {
    const call = { prepared, args: prepared.args(args), waiting }
    if (this.#request !== undefined && this.#queue.length === 0) this.#askKong(call, waiting)
    else this.#queue.push(call)
  }

  sendLast(prepared: PreparedCall, args: readonly unknown[]): void {
    this.#queue.push({ prepared, args: prepared.args(args) })
    this.#advance()
  }

  end(): void {
    this.#ended = true
    this.#advance()
  }

  giveUp(error: Error): void {
    this.#asked?.waiting?.reject(error)
    for (const { waiting } of this.#queue) waiting?.reject(error)
    this.#asked = undefined
    this.#queue = []
    this.#forget(this)
  }

  #advance(): void {
    while (this.#request !== undefined) {
      const call = this.#queue.shift()
      if (call === undefined) {
        if (this.#ended) this.#finish(undefined)
        return
      }
      if (call.waiting === undefined) {
        this.#finish(call)
        return
      }
      this.#askKong(call, call.waiting)
    }
  }

  #askKong(call: Call, waiting: Waiting): void {
    try {
      this.#answerKong(call)
      this.#asked = call
    } catch (error) {
      // A call that cannot be written fails alone: Kong still waits, and gets what comes next.
      waiting.reject(fault('UNSENDABLE', call.prepared.row.name, reason(error)))
    }
  }

  #finish(call: Call | undefined): void {
    this.#forget(this)
    this.#answerKong(call)
    this.#done()
  }

  /** It is Kong's turn only once the reply is written. */
  #answerKong(call: Call | undefined): void {
    const request = this.#request as number
    ;(this.carrier as Asker).answer(request, this, call)
    this.#request = undefined
  }

  #done(): void {
    this.#forget(this)
    if (this.#event !== undefined) this.#runtime.eventDone(this.#event)
  }
}
