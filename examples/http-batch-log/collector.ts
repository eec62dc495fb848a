import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface CollectorOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly timeout: number
}

/** The other end: takes a batch and gives the status of its answer, over one connection that stays open. */
export interface Collector {
  /** Rejects when there is no answer in time, or when `signal` says so. */
  post(body: Buffer, key: string, signal: AbortSignal): Promise<number>
  close(): void
}

export function connectCollector({ url, headers, timeout }: CollectorOptions): Collector {
  const isSecure = new URL(url).protocol === 'https:'
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 })
  const request = isSecure ? httpsRequest : httpRequest
  return {
    async post(body, key, signal) {
      signal.throwIfAborted()
      const own = { 'content-length': body.length, 'idempotency-key': key }
      const sent = { 'content-type': 'application/json', ...headers, ...own }
      const outgoing = request(url, { method: 'POST', agent, headers: sent })
      const late = () => outgoing.destroy(new Error(`no answer within ${timeout} ms`))
      const stop = () => outgoing.destroy(new Error('the plugin stops'))
      const timer = setTimeout(late, timeout)
      signal.addEventListener('abort', stop)
      try {
        return await new Promise<number>((resolve, reject) => {
          outgoing.on('response', (answer) => {
            answer.on('error', reject)
            answer.on('end', () => resolve(answer.statusCode ?? 0)).resume()
          })
          outgoing.on('error', reject)
          outgoing.end(body)
        })
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
      }
    },
    close: () => agent.destroy(),
  }
}
