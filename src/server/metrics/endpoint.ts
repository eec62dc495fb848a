/// <reference path="./prom-client.d.ts" />
import { createServer } from 'node:http'
import AggregatorRegistry from 'prom-client/lib/cluster.js'
import { reason } from '../../errors.ts'
import type { Log } from '../../plugin/log.ts'
import type { Address } from '../arguments.ts'
import { listen } from '../socket.ts'
import type { Metric } from './metric.ts'

/** Milliseconds between two tries to listen on a port that another process has. */
const retryAfter = 500

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

/**
 * Answers `GET /metrics`. That nobody can listen there is a log line, and no reason not to serve: on a reload of Kong
 * the server that leaves still has the port, so that is tried again.
 */
export function openEndpoint({ address, mode, log, read }: EndpointOptions): Endpoint {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let waits = false
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : text)
    if (!['GET', 'HEAD'].includes(request.method ?? '')) answer(405, 'GET /metrics\n')
    else if (request.url?.split('?')[0] !== '/metrics') answer(404, 'The metrics are at /metrics\n')
    else
      read()
        .then(async (metrics) => {
          const registry = AggregatorRegistry.aggregate(metrics)
          answer(200, await registry.metrics(), registry.contentType)
        })
        .catch((error: unknown) => {
          log.error(`cannot give the metrics: ${reason(error)}`)
          answer(500, 'The metrics cannot be given; the log of the server says why\n')
        })
  })
  const place = 'path' in address ? address.path : `${address.host}:${address.port}`
  const listening = (where: string) => log.info(`metrics are served on ${where}`)
  const failed = (error: NodeJS.ErrnoException) => {
    if (closed) return
    if (error.code !== 'EADDRINUSE') {
      log.error(`cannot serve metrics on ${place}: ${reason(error)}`)
      return
    }
    if (!waits)
      log.warn(
        `metrics wait for ${place}, which another process has: the server before this one, or a stranger`,
      )
    waits = true
    timer = setTimeout(tryPort, retryAfter)
  }
  const tryPort = () => {
    if (!('path' in address)) server.listen(address.port, address.host)
  }
  if ('path' in address) listen(server, address.path, mode).then(() => listening(address.path), failed)
  else {
    server.on('error', failed)
    server.on('listening', () => listening(`http://${hostAndPort(server.address())}/metrics`))
    tryPort()
  }
  return {
    close() {
      closed = true
      clearTimeout(timer)
      server.close()
      server.closeAllConnections()
    },
  }
}

function hostAndPort(bound: ReturnType<ReturnType<typeof createServer>['address']>): string {
  if (bound === null || typeof bound === 'string') return String(bound)
  return `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
}
