import { type Endpoint, type EndpointOptions, openEndpoint } from './endpoint.ts'
import { Gathering, type MeasuredWorker } from './gathering.ts'
import { serverFacts } from './meter.ts'
import type { Metric } from './metric.ts'
import { ProcessFacts } from './process.ts'

/** The metrics of a server of several workers, served by their parent. */
export interface WorkersMeter<W> {
  open(options: Omit<EndpointOptions, 'read'> & { readonly protocol: string }): void
  measured(worker: W, scrape: number, metrics: readonly Metric[]): void
  /** One that is started again. */
  ended(worker: W): void
  refresh(): void
  close(): void
}

export function watchWorkers<W extends MeasuredWorker>(workers: () => readonly W[]): WorkersMeter<W> {
  const gathering = new Gathering(workers)
  const facts = new ProcessFacts('parent')
  let restarts = 0
  let endpoint: Endpoint | undefined
  return {
    open({ protocol, ...options }) {
      const read = async () => [
        ...(await gathering.scrape()),
        facts.metrics(true),
        serverFacts(protocol, restarts),
      ]
      endpoint = openEndpoint({ ...options, read })
    },
    measured: (worker, scrape, metrics) => gathering.measured(worker, scrape, metrics),
    ended(worker) {
      restarts++
      gathering.ended(worker)
    },
    refresh: () => gathering.refresh(),
    close: () => endpoint?.close(),
  }
}
