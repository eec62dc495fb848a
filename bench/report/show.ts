import { isLimitedByClient, type Series, type Setting } from './results.ts'
import { type Metric, type Spread, spreadOf } from './statistics.ts'

/** A ratio with the least and the most of all rounds: `2.31 (2.20 to 2.40)`. */
export function showRatio({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`
}

/** The same, and just the number where there was one round. */
export function showMeasured(found: Spread): string {
  return found.min === found.max ? found.median.toFixed(2) : showRatio(found)
}

/** Median, least and most of a series, with a star where the client was the limit: `59,001 (58,000 to 61,234) *`. */
export function showSpread(series: Series, metric: Metric): string {
  const found = spreadOf(series, metric)
  if (found === undefined) return 'none'
  const star = metric === 'eventsPerSecond' && isLimitedByClient(series) ? ' *' : ''
  return `${showNumber(found.median)} (${showNumber(found.min)} to ${showNumber(found.max)})${star}`
}

/** Three digits at least, and never a fraction of what is 100 or more. */
export function showNumber(value: number): string {
  if (value < 100) return value.toFixed(value < 10 ? 2 : 1)
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

export function showDialect(dialect: Setting['dialect']): string {
  return dialect.split(':')[0]!
}

export function showConnections(connections: number): string {
  return connections === 1 ? '1 connection' : `${connections} connections`
}

/** A round number: `64 MB`, `10,000`. */
export function showShort(value: number, unit = ''): string {
  if (unit === '') return showNumber(value).replace(/\.0+$/, '')
  const [size, prefix] = value >= 1e6 ? [value / 1e6, 'M'] : [value / 1e3, 'k']
  return `${size} ${prefix}${unit}`
}
