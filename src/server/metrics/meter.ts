import type { Dialect } from '../../pdk/phases.ts'
import type { NamedPlugin } from '../../plugin/plugin.ts'
import type { Runtime } from '../../plugin/runtime.ts'
import type { WatchedEvent } from '../../plugin/watched.ts'
import { version } from '../../version.ts'
import { EventCounts } from './events.ts'
import { counter, gauge, type Metric } from './metric.ts'
import { ProcessFacts } from './process.ts'

/** What a process that serves events counts. */
export interface Meter {
  /** For the runtime. */
  readonly observe: (event: WatchedEvent, milliseconds: number) => void
  /** `restart` begins a new time for what is measured since the last scrape. */
  metrics(state: Serving, restart: boolean): Metric[]
}

export interface Serving {
  readonly runtime: Runtime
  readonly connections: number
}

/** `process` tells it from the others of a server. */
export function createMeter(process: string, dialect: Dialect, plugins: readonly NamedPlugin[]): Meter {
  const events = new EventCounts(dialect, plugins)
  const facts = new ProcessFacts(process)
  return {
    observe: events.observe,
    metrics({ runtime, connections }, restart) {
      const labels = { process }
      const instances = runtime.instances.countByPlugin()
      return [
        ...events.metrics(),
        gauge('kong_plugin_events_open', 'Events under way', [{ value: runtime.openEvents, labels }]),
        gauge('kong_plugin_connections', 'Connections of Kong', [{ value: connections, labels }]),
        gauge(
          'kong_plugin_instances',
          'Instances: one for each configuration in each worker process of nginx',
          runtime.names.map((plugin) => ({ value: instances.get(plugin) ?? 0, labels: { plugin } })),
        ),
        ...facts.metrics(restart),
      ]
    },
  }
}

/** What is said once for a server. */
export function serverFacts(protocol: string, workerRestarts: number): Metric[] {
  return [
    counter('kong_plugin_worker_restarts_total', 'Workers that ended and were started again', [
      { value: workerRestarts, labels: {} },
    ]),
    gauge('kong_plugin_server_info', 'What serves; always 1', [
      { value: 1, labels: { kit: version, node: process.version, protocol } },
    ]),
  ]
}
