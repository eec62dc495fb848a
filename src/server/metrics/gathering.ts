import { sumMetrics } from './endpoint.ts'
import type { Metric } from './metric.ts'

/** Milliseconds that workers have to say what they count; of one that is busy for longer the last word is taken. */
const longestWait = 1000

export interface MeasuredWorker {
  send(message: { readonly kind: 'measure'; readonly scrape: number }): void
}

/** What the workers of a server count, for the parent that is asked for it. */
export class Gathering<W extends MeasuredWorker> {
  readonly #workers: () => readonly W[]
  readonly #last = new Map<W, readonly Metric[]>()
  /** What workers had counted that are gone: a count must not fall. */
  #gone: readonly Metric[] = []
  #scrape = 0
  #waiting: { scrape: number; workers: Set<W>; done: () => void }[] = []

  constructor(workers: () => readonly W[]) {
    this.#workers = workers
  }

  /** Asks all, so that little is lost of a worker that ends before somebody scrapes again. */
  refresh(): void {
    for (const worker of this.#workers()) worker.send({ kind: 'measure', scrape: 0 })
  }

  async scrape(): Promise<(readonly Metric[])[]> {
    const workers = new Set(this.#workers())
    const scrape = ++this.#scrape
    if (workers.size > 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.#finish(scrape), longestWait)
        const done = () => {
          clearTimeout(timer)
          resolve()
        }
        this.#waiting.push({ scrape, workers, done })
        for (const worker of workers) worker.send({ kind: 'measure', scrape })
      })
    return [this.#gone, ...this.#last.values()]
  }

  measured(worker: W, scrape: number, metrics: readonly Metric[]): void {
    // What it had counted is kept already.
    if (!this.#workers().includes(worker)) return
    this.#last.set(worker, metrics)
    this.#answered(worker, (one) => one.scrape === scrape)
  }

  ended(worker: W): void {
    const last = this.#last.get(worker) ?? []
    this.#last.delete(worker)
    this.#gone = sumMetrics([this.#gone, last.filter(({ aggregator }) => aggregator === 'sum')])
    this.#answered(worker, () => true)
  }

  #answered(worker: W, which: (one: { scrape: number }) => boolean): void {
    for (const one of this.#waiting.filter(which)) {
      one.workers.delete(worker)
      if (one.workers.size === 0) this.#finish(one.scrape)
    }
  }

  #finish(scrape: number): void {
    this.#waiting.find((one) => one.scrape === scrape)?.done()
    this.#waiting = this.#waiting.filter((one) => one.scrape !== scrape)
  }
}
