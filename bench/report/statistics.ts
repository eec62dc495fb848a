export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** What was measured once in each round. */
export interface Rounds<Name extends string> {
  readonly samples: readonly ({ readonly round: number } & { readonly [Own in Name]?: number | undefined })[]
}

export type Metric = 'eventsPerSecond' | 'p50' | 'p99' | 'p999' | 'cpuMicros'

/** Median, least and most of some numbers, of which there is at least one. */
export function spread(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((one, other) => one - other)
  const half = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

export function spreadOf<Name extends string>(series: Rounds<Name>, metric: Name): Spread | undefined {
  const numbers = series.samples.map((sample) => sample[metric] ?? Number.NaN).filter(Number.isFinite)
  return numbers.length === 0 ? undefined : spread(numbers)
}

/**
 * One series divided by another, round by round: what else the machine did fell on both halves of each ratio. Rounds
 * that only one of them has are left out; `undefined` where they share none.
 */
export function ratioOf<Name extends string>(
  one: Rounds<Name>,
  other: Rounds<Name>,
  metric: Name,
): Spread | undefined {
  const divisors = new Map(other.samples.map((sample) => [sample.round, sample[metric]]))
  const ratios = one.samples
    .map((sample) => (sample[metric] ?? Number.NaN) / (divisors.get(sample.round) ?? Number.NaN))
    .filter(Number.isFinite)
  return ratios.length === 0 ? undefined : spread(ratios)
}
