import type { Dialect } from '../../pdk/phases.ts'
import type { Row } from '../../pdk/row.ts'
import type { NamedPlugin } from '../../plugin/plugin.ts'
import { type Outcome, outcomes, roundTripsOf, type WatchedEvent } from '../../plugin/watched.ts'
import { counter, Histogram, histogram, type Labels, type Metric } from './metric.ts'

/** Seconds. */
const durations = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const roundTrips = [0, 1, 2, 3, 5, 10, 20, 50]
/** Calls of an event whose counts are found without looking for them. */
const mostLast = 16
/** Stands for all plugins that are not here: their names are whatever a peer sends, and a label is kept for ever. */
const unknown = '(unknown)'

/**
 * Counts events in plain numbers: what prom-client takes for one count would be as much as an event may cost for all of
 * them. They become metrics when somebody asks.
 */
export class EventCounts {
  readonly #series = new Map<string, Map<string, Series>>()
  readonly #turns: boolean
  /** Most events are like the one before. */
  #last: { readonly plugin: string; readonly phase: string; readonly series: Series } | undefined

  /** All counts of the plugins that are here begin at 0: Prometheus does not see a first event otherwise. */
  constructor(dialect: Dialect, plugins: readonly NamedPlugin[]) {
    this.#turns = dialect === 'MsgPack:1'
    for (const { name, phases } of plugins)
      this.#series.set(name, new Map(Object.keys(phases).map((phase) => [phase, createSeries()])))
  }

  readonly observe = (event: WatchedEvent, milliseconds: number): void => {
    const { calls, called, outcome } = event.notes
    const plugin = event.instance.plugin.name
    const { phase } = event
    if (this.#last?.plugin !== plugin || this.#last.phase !== phase)
      this.#last = { plugin, phase, series: this.#of(plugin, phase) }
    const { series } = this.#last
    series.outcomes[outcome]++
    series.durations.add(milliseconds / 1000)
    series.roundTrips.add(roundTripsOf(event.notes, this.#turns))
    for (let index = 0; index < called; index++) {
      const { row } = calls[index]!
      let counted = series.last[index]
      if (counted?.row !== row) {
        counted = countOf(series, row)
        if (index < mostLast) series.last[index] = counted
      }
      counted.count++
    }
  }

  metrics(): Metric[] {
    const all = [...this.#series].flatMap(([plugin, phases]) =>
      [...phases].map(([phase, series]) => ({ labels: { plugin, phase }, series })),
    )
    const each = (make: (series: Series, labels: Labels) => Metric['values']) =>
      all.flatMap(({ series, labels }) => make(series, labels))
    return [
      counter(
        'kong_plugin_events_total',
        'Events that are over, by how they ended',
        each(({ outcomes: counts }, labels) =>
          outcomes.map((outcome) => ({ value: counts[outcome], labels: { ...labels, outcome } })),
        ),
      ),
      histogram(
        'kong_plugin_event_duration_seconds',
        'From the moment in which an event came to its end, waiting for Kong and for init included',
        each((series, labels) => series.durations.values('kong_plugin_event_duration_seconds', labels)),
      ),
      histogram(
        'kong_plugin_event_round_trips',
        'How often the handler of an event had to wait for Kong',
        each((series, labels) => series.roundTrips.values('kong_plugin_event_round_trips', labels)),
      ),
      counter(
        'kong_plugin_calls_total',
        "Calls of functions of Kong, by Kong's own names",
        each(({ calls }, labels) =>
          [...calls].map(([{ name }, { count }]) => ({
            value: count,
            labels: { ...labels, function: name },
          })),
        ),
      ),
    ]
  }

  #of(name: string, phase: string): Series {
    const plugin = this.#series.has(name) ? name : unknown
    const phases = this.#series.get(plugin) ?? new Map<string, Series>()
    const series = phases.get(phase) ?? createSeries()
    phases.set(phase, series)
    this.#series.set(plugin, phases)
    return series
  }
}

interface Series {
  readonly outcomes: Record<Outcome, number>
  readonly durations: Histogram
  readonly roundTrips: Histogram
  readonly calls: Map<Row, CallCount>
  /** Those of the last event, in its order: the next one mostly calls the same. */
  readonly last: CallCount[]
}

interface CallCount {
  readonly row: Row
  count: number
}

function countOf({ calls }: Series, row: Row): CallCount {
  const known = calls.get(row)
  if (known !== undefined) return known
  const counted = { row, count: 0 }
  calls.set(row, counted)
  return counted
}

function createSeries(): Series {
  return {
    outcomes: { ok: 0, exit: 0, failed_closed: 0, failed_open: 0, timed_out: 0, lost: 0 },
    durations: new Histogram(durations),
    roundTrips: new Histogram(roundTrips),
    calls: new Map(),
    last: [],
  }
}
