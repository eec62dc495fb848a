import { monitorEventLoopDelay } from 'node:perf_hooks'
import { gauge, type Metric } from './metric.ts'

/** Milliseconds between two looks at how late the loop is. */
const resolution = 20

/** What a process says of itself; `name` tells it from the others of a server. */
export class ProcessFacts {
  readonly #labels: { readonly process: string }
  readonly #delay = monitorEventLoopDelay({ resolution })

  constructor(name: string) {
    this.#labels = { process: name }
    this.#delay.enable()
  }

  /** `restart` begins a new time for the delays of the loop. */
  metrics(restart: boolean): Metric[] {
    const labels = this.#labels
    const { rss, heapUsed, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const delay = this.#delay
    const quantiles = [50, 99, 100].map((percent) => ({
      // It measures the time between two looks.
      value: Math.max(0, delay.percentile(percent) / 1e9 - resolution / 1000),
      labels: { ...labels, quantile: percent / 100 },
    }))
    if (restart) delay.reset()
    const one = (name: string, help: string, value: number) => gauge(name, help, [{ value, labels }])
    return [
      gauge(
        'kong_plugin_event_loop_delay_seconds',
        'How late the loop of a process was since the last scrape; quantile 1 is the most',
        quantiles,
      ),
      one('kong_plugin_resident_memory_bytes', 'Memory of a process, shared libraries included', rss),
      one('kong_plugin_heap_used_bytes', 'Memory of JavaScript objects of a process', heapUsed),
      one('kong_plugin_external_memory_bytes', 'Memory of buffers and the like of a process', external),
      {
        ...one(
          'kong_plugin_cpu_seconds_total',
          'Processor time that a process has used',
          (user + system) / 1e6,
        ),
        type: 'counter',
      },
    ]
  }
}
