import type { Handler } from '../client/handlers.ts'
import { type Bar, drawChart } from './chart.ts'
import { isLimitedByClient, isSideBySide, type Results, type Series } from './results.ts'
import { showDialect } from './show.ts'
import { type Metric, spreadOf } from './statistics.ts'

export interface NamedChart {
  /** Of the file. */
  readonly name: string
  readonly title: string
  readonly svg: string
}

const charts: readonly { name: string; title: string; metric: Metric; connections: number }[] = [
  {
    name: 'events.svg',
    title: 'Events per second at 16 connections: longer is better',
    metric: 'eventsPerSecond',
    connections: 16,
  },
  {
    name: 'cpu.svg',
    title: 'Processor time of the server per event, µs, at 16 connections: shorter is better',
    metric: 'cpuMicros',
    connections: 16,
  },
  {
    name: 'latency.svg',
    title: 'Median time of an event, µs, at 1 connection: shorter is better',
    metric: 'p50',
    connections: 1,
  },
]

/** The charts that the results have numbers for. */
export function drawCharts(results: Results): NamedChart[] {
  return charts.flatMap(({ name, title, metric, connections }) => {
    const groups = [
      ...groupByHandler(results.series.filter((one) => isSideBySide(one) && one.connections === connections)),
    ]
      .map(([handler, series]) => ({
        title: handler,
        bars: series.flatMap((one) => describeBar(one, metric)),
      }))
      .filter(({ bars }) => bars.length > 0)
    return groups.length === 0 ? [] : [{ name, title, svg: drawChart({ title, groups }) }]
  })
}

function groupByHandler(all: readonly Series[]): Map<Handler, Series[]> {
  const groups = new Map<Handler, Series[]>()
  for (const series of all) groups.set(series.handler, [...(groups.get(series.handler) ?? []), series])
  return groups
}

function describeBar(series: Series, metric: Metric): Bar[] {
  const found = spreadOf(series, metric)
  if (found === undefined) return []
  const bar = {
    label: `${series.peer}, ${showDialect(series.dialect)}`,
    value: found.median,
    low: found.min,
    high: found.max,
    ours: series.peer === 'kong-ts-pdk',
  }
  const limited = metric === 'eventsPerSecond' && isLimitedByClient(series)
  return [limited ? { ...bar, remark: '(limited by the client)' } : bar]
}
