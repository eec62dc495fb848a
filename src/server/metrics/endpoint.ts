/// <reference path="./prom-client.d.ts" />
import { createServer } from 'node:http'
import AggregatorRegistry from 'prom-client/lib/cluster.js'
import { reason } from '../../errors.ts'
import type { Log } from '../../plugin/log.ts'
import type { Address } from '../arguments.ts'
import type { Metric } from './metric.ts'
import { holdPlace } from './place.ts'
import { shareMaking } from './shared.ts'

/** Milliseconds between two answers that are made: a scraper has one in seconds. */
const scrapePause = 50
/** Connections at once: descriptors are for Kong. */
const mostConnections = 16
/** Milliseconds that a request may take to come, and that a connection may be silent. */
const longestRequest = 5000

export interface EndpointOptions {
  readonly address: Address
  /** Permission bits, where that is a socket. */
  readonly mode: number
  readonly log: Log
  /** The metrics of each process. */
  readonly read: () => Promise<readonly (readonly Metric[])[]>
}

export interface Endpoint {
  close(): void
}

/** Sums what several processes count, as one list. */
export function sumMetrics(metrics: readonly (readonly Metric[])[]): Metric[] {
  return AggregatorRegistry.aggregate(metrics)
    .getMetricsAsArray()
    .map(({ name, help, type, aggregator, values }) => ({ name, help, type, aggregator, values }))
}

/** Answers `GET /metrics`. That nobody can listen there is a log line, and no reason not to serve. */
export function openEndpoint({ address, mode, log, read }: EndpointOptions): Endpoint {
  const give = shareMaking(async () => {
    const registry = AggregatorRegistry.aggregate(await read())
    return { text: await registry.metrics(), type: registry.contentType }
  }, scrapePause)
  const times = {
    headersTimeout: longestRequest,
    requestTimeout: longestRequest,
    connectionsCheckingInterval: 1000,
  }
  const server = createServer(times, (request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response
        .writeHead(status, { 'content-type': type, connection: 'close' })
        .end(request.method === 'HEAD' ? undefined : text)
    if (!['GET', 'HEAD'].includes(request.method ?? '')) answer(405, 'GET /metrics\n')
    else if (request.url?.split('?')[0] !== '/metrics') answer(404, 'The metrics are at /metrics\n')
    else
      give()
        .then(({ text, type }) => answer(200, text, type))
        .catch((error: unknown) => {
          log.error(`cannot give the metrics: ${reason(error)}`)
          answer(500, 'The metrics cannot be given; the log of the server says why\n')
        })
  })
  server.maxConnections = mostConnections
  server.maxRequestsPerSocket = 1
  server.timeout = longestRequest
  const place = holdPlace({ server, address, mode, log })
  return {
    close() {
      place.leave()
      server.closeAllConnections()
    },
  }
}
