/** A metric as prom-client exchanges them between processes: plain data. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** How the values of several processes become one. */
  readonly aggregator: 'sum' | 'max'
  readonly values: readonly Value[]
}

export interface Value {
  readonly value: number
  readonly labels: Labels
  /** Where it is not the metric's own: a histogram has three. */
  readonly metricName?: string
}

export type Labels = Readonly<Record<string, string | number>>

export function counter(name: string, help: string, values: readonly Value[]): Metric {
  return { name, help, type: 'counter', aggregator: 'sum', values }
}

/** One that several processes have of their own, told apart by their labels. */
export function gauge(name: string, help: string, values: readonly Value[]): Metric {
  return { name, help, type: 'gauge', aggregator: 'max', values }
}

/** Counts how many values lie within each of some bounds, in ascending order. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  add(value: number): void {
    const bounds = this.#bounds
    let index = 0
    while (index < bounds.length && value > bounds[index]!) index++
    this.#counts[index]!++
    this.#sum += value
  }

  values(name: string, labels: Labels): Value[] {
    let count = 0
    const buckets = this.#counts.map((own, index) => {
      count += own
      return {
        metricName: `${name}_bucket`,
        value: count,
        labels: { ...labels, le: this.#bounds[index] ?? '+Inf' },
      }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, value: this.#sum, labels },
      { metricName: `${name}_count`, value: count, labels },
    ]
  }
}

export function histogram(name: string, help: string, values: readonly Value[]): Metric {
  return { name, help, type: 'histogram', aggregator: 'sum', values }
}
