export interface Bounds {
  readonly when_full: 'drop_oldest' | 'drop_newest'
  readonly max_waiting_bytes: number
  readonly batch_events: number
  readonly batch_bytes: number
}

/** Events that wait, in their order, never more bytes than the bound; those taken and not yet done with count. */
export class Backlog {
  readonly #bounds: Bounds
  #events: Waiting[] = []
  /** Those before it are gone already. */
  #head = 0
  #waiting = 0
  #taken = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get length(): number {
    return this.#events.length - this.#head
  }

  /** Whether what waits is a whole batch. */
  get isBatch(): boolean {
    return this.length >= this.#bounds.batch_events || this.#waiting >= this.#bounds.batch_bytes
  }

  /** Milliseconds for which the oldest event has waited. */
  get age(): number {
    return performance.now() - (this.#events[this.#head]?.since ?? performance.now())
  }

  /** Returns how many events are lost by it: the new one, or old ones. */
  add(event: Buffer): number {
    const { when_full, max_waiting_bytes: most } = this.#bounds
    let lost = 0
    while (
      when_full === 'drop_oldest' &&
      this.length > 0 &&
      this.#size + event.length > most &&
      this.#taken + event.length <= most
    ) {
      this.#shift()
      lost++
    }
    if (this.#size + event.length > most) return lost + 1
    this.#events.push({ event, since: performance.now() })
    this.#waiting += event.length
    return lost
  }

  /** The oldest events, as many as a batch may have and one at least. */
  take(): Buffer[] {
    const batch: Buffer[] = []
    let bytes = 0
    while (this.length > 0 && batch.length < this.#bounds.batch_events) {
      const next = (this.#events[this.#head] as Waiting).event
      if (batch.length > 0 && bytes + next.length > this.#bounds.batch_bytes) break
      batch.push(this.#shift())
      bytes += next.length
    }
    this.#taken = bytes
    return batch
  }

  /** What was taken last is done with. */
  release(): void {
    this.#taken = 0
  }

  get #size(): number {
    return this.#waiting + this.#taken
  }

  #shift(): Buffer {
    const { event } = this.#events[this.#head] as Waiting
    this.#head++
    this.#waiting -= event.length
    if (this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    return event
  }
}

interface Waiting {
  readonly event: Buffer
  /** Milliseconds of the monotonic clock. */
  readonly since: number
}
