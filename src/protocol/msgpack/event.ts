import { fault, reason } from '../../errors.ts'
import type { Event, Line, Waiting } from '../../plugin/event.ts'
import type { Runtime } from '../../plugin/runtime.ts'
import type { PreparedCall } from './ask.ts'

interface Call {
  readonly prepared: PreparedCall
  readonly data: unknown
  /** Absent for the call that ends the event. */
  readonly waiting?: Waiting
}

/**
 * One event over MsgPack:1. Kong and the plugin take turns: Kong's request is answered with one call, or with
 * "ret"; the answer to that call comes with Kong's next request. Calls made meanwhile wait here in their order.
 */
export class MsgpackEvent implements Line {
  /** The connection on which Kong's last request for the event came. */
  carrier: unknown
  readonly #runtime: Runtime
  readonly #id: number
  readonly #forget: () => void
  #event: Event | undefined
  /** Present while it is our turn. */
  #reply: ((data: unknown) => void) | undefined
  #queue: Call[] = []
  #asked: Call | undefined
  #ended = false

  constructor(runtime: Runtime, id: number, forget: () => void) {
    this.#runtime = runtime
    this.#id = id
    this.#forget = forget
  }

  get unanswered(): string | undefined {
    return this.#asked?.prepared.row.name
  }

  begin(event: Event): void {
    this.#event = event
  }

  /** Kong waits for what the event wants next. */
  askedBy(reply: (data: unknown) => void): void {
    this.#reply = reply
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
    this.#reply = undefined
    this.#event?.cut('Kong closed its connection')
    this.giveUp(fault('CONNECTION_LOST', this.unanswered ?? 'the event was over'))
    this.#done()
  }

  send(prepared: PreparedCall, args: readonly unknown[], waiting: Waiting): void {
    this.#queue.push({ prepared, data: prepared.data(args), waiting })
    this.#advance()
  }

  sendLast(prepared: PreparedCall, args: readonly unknown[]): void {
    this.#queue.push({ prepared, data: prepared.data(args) })
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
    this.#forget()
  }

  #advance(): void {
    while (this.#reply !== undefined) {
      const call = this.#queue.shift()
      if (call === undefined) {
        if (this.#ended) this.#finish('ret')
        return
      }
      if (call.waiting === undefined) {
        this.#finish(call.data)
        return
      }
      try {
        this.#answerKong(call.data)
        this.#asked = call
      } catch (error) {
        // A call that cannot be written fails alone: Kong still waits, and gets what comes next.
        call.waiting.reject(fault('UNSENDABLE', call.prepared.row.name, reason(error)))
      }
    }
  }

  #finish(data: unknown): void {
    this.#forget()
    this.#answerKong(data)
    this.#done()
  }

  /** It is Kong's turn only once the reply is written. */
  #answerKong(data: unknown): void {
    const reply = this.#reply as (data: unknown) => void
    reply({ EventId: this.#id, Data: data })
    this.#reply = undefined
  }

  #done(): void {
    this.#forget()
    if (this.#event !== undefined) this.#runtime.eventDone(this.#event)
  }
}
