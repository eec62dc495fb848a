import type { ServerResponse } from 'node:http'
import type { Control } from '../control.ts'
import type { Records } from './record-requests.ts'
import { Refused } from './refused.ts'
import { beginStream } from './reply.ts'

const mostClients = 16
/** Bytes that may wait for a page that does not read. */
const mostWaiting = 1_048_576
/** Milliseconds after which a page that lost its connection asks again. */
const retry = 1000

export interface Events {
  /** Tells a page from now on what changes, first of all the state. */
  add(response: ServerResponse): void
  close(): void
}

/** Server-sent events. `heartbeat` is in milliseconds: a comment shows that the connection is alive. */
export function createEvents(
  control: Pick<Control, 'state' | 'subscribe'>,
  records: Pick<Records, 'subscribe'>,
  heartbeat: number,
): Events {
  const clients = new Set<ServerResponse>()

  function send(client: ServerResponse, text: string): void {
    client.write(text)
    if (client.writableLength > mostWaiting) client.destroy()
  }

  function sendAll(text: () => string): void {
    if (clients.size === 0) return
    const made = text()
    for (const client of clients) send(client, made)
  }

  const timer = setInterval(() => sendAll(() => ': still here\n\n'), heartbeat)
  timer.unref()
  const ends = [
    control.subscribe(() => sendAll(() => event('state', control.state()))),
    records.subscribe((change) =>
      sendAll(() => (change === 'cleared' ? event('cleared', {}) : event('request', change))),
    ),
  ]
  return {
    add(response) {
      if (clients.size >= mostClients)
        throw new Refused(503, `${mostClients} pages are open already: close one of them`)
      const state = event('state', control.state())
      beginStream(response, 'text/event-stream; charset=utf-8')
      clients.add(response)
      response.on('close', () => clients.delete(response))
      send(response, `retry: ${retry}\n\n${state}`)
    },
    close() {
      clearInterval(timer)
      for (const end of ends) end()
      for (const client of clients) client.end()
    },
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
