import { randomUUID } from 'node:crypto'
import { Backlog, type Bounds } from './backlog.ts'
import { type Collector, type CollectorOptions, connectCollector } from './collector.ts'

export interface DeliveryOptions extends Bounds, CollectorOptions {
  readonly batch_age: number
  readonly retry_first: number
  readonly retry_most: number
  readonly close_wait: number
}

export function startDelivery(options: DeliveryOptions): Delivery {
  return new Delivery(options)
}

/** Notices that wait for an event which takes them to Kong's log. */
const mostNotices = 10

/** Sends events in batches, one after the other and in order, each until the collector has answered it. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #backlog: Backlog
  readonly #collector: Collector
  readonly #name = randomUUID()
  readonly #deadline = new AbortController()
  #batches = 0
  #lost = 0
  #full = false
  #failing = false
  #closing = false
  #notices: string[] = []
  /** Whether it waits for more events, not for the collector. */
  #fillsBatch = false
  #wake = () => {}
  #sender: Promise<void> | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#backlog = new Backlog(options)
    this.#collector = connectCollector(options)
  }

  /** Never waits: an event that has no room is lost, or others are for it. */
  add(record: string): void {
    const lost = this.#backlog.add(Buffer.from(record))
    if (lost > 0 && !this.#full)
      this.#say(`${this.#options.max_waiting_bytes} bytes wait for ${this.#options.url}: ${this.#loses()}`)
    this.#full ||= lost > 0
    this.#lost += lost
    if (this.#backlog.length > 0) this.#sender ??= this.#sendAll()
    if (this.#fillsBatch && this.#backlog.isBatch) this.#wake()
  }

  /** What went wrong since it was last asked. */
  takeNotices(): string[] {
    const notices = this.#notices
    this.#notices = []
    return notices
  }

  /** Resolves when all is delivered, or the time for it over. */
  async close(): Promise<void> {
    this.#closing = true
    this.#wake()
    const timer = setTimeout(() => {
      this.#deadline.abort()
      this.#wake()
    }, this.#options.close_wait)
    await this.#sender
    clearTimeout(timer)
    this.#collector.close()
    this.#lost += this.#backlog.length
    this.#reportLost()
  }

  async #sendAll(): Promise<void> {
    while (this.#backlog.length > 0 && !this.#deadline.signal.aborted) {
      await this.#fill()
      const batch = this.#backlog.take()
      await this.#deliver(batch)
      this.#backlog.release()
    }
    this.#sender = undefined
  }

  /** Waits until there is a whole batch, or the oldest event has waited long enough. */
  async #fill(): Promise<void> {
    if (this.#backlog.isBatch || this.#closing) return
    this.#fillsBatch = true
    await this.#pause(this.#options.batch_age - this.#backlog.age)
    this.#fillsBatch = false
  }

  /** The same bytes under the same key, until they are taken, refused, or out of time. */
  async #deliver(batch: readonly Buffer[]): Promise<void> {
    const key = `${this.#name}-${++this.#batches}`
    const body = Buffer.from(`[${batch.join(',')}]`)
    for (let tries = 1; ; tries++) {
      const outcome = await this.#try(body, key)
      if (outcome === 'taken') return this.#reportEnd()
      if (outcome === 'refused' || this.#deadline.signal.aborted) {
        this.#lost += batch.length
        return
      }
      await this.#pause(this.#delay(tries))
    }
  }

  async #try(body: Buffer, key: string): Promise<'taken' | 'refused' | 'later'> {
    try {
      const status = await this.#collector.post(body, key, this.#deadline.signal)
      if (status >= 200 && status < 300) return 'taken'
      if (status < 500 && status !== 408 && status !== 429) {
        this.#say(`${this.#options.url} refuses a batch of events with ${status}: they are lost`)
        return 'refused'
      }
      throw new Error(`it answers ${status}`)
    } catch (error) {
      if (!this.#failing) this.#say(`Cannot send to ${this.#options.url}, will try again: ${reason(error)}`)
      this.#failing = true
      return 'later'
    }
  }

  /** Twice as long each time, less a random part of up to a half: many gateways do not come back at once. */
  #delay(tries: number): number {
    const { retry_first, retry_most } = this.#options
    const most = this.#closing ? retry_first : retry_most
    return Math.min(most, retry_first * 2 ** (tries - 1)) * (1 - Math.random() / 2)
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #reportEnd(): void {
    if (this.#failing) this.#say(`${this.#options.url} takes events again`)
    this.#failing = false
    this.#reportLost()
  }

  #reportLost(): void {
    if (this.#lost > 0) this.#say(`Events for ${this.#options.url} that were lost: ${this.#lost}`)
    this.#lost = 0
    this.#full = false
  }

  #loses(): string {
    return this.#options.when_full === 'drop_oldest' ? 'the oldest are lost' : 'new ones are lost'
  }

  #say(notice: string): void {
    console.error(notice)
    if (this.#notices.length < mostNotices) this.#notices.push(notice)
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
