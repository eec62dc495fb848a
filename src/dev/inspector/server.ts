import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { reason } from '../../errors.ts'
import { listen } from '../listen.ts'
import { createEvents, type Events } from './events.ts'
import { guard } from './guard.ts'
import { Refused } from './refused.ts'
import { json, write } from './reply.ts'
import { findHandler, type Inspected } from './routes.ts'

export interface InspectorOptions extends Inspected {
  /** The loopback address that it listens on. */
  readonly host: '127.0.0.1' | '::1'
  /** 0 takes a free port. */
  readonly port: number
  /** Milliseconds between two signs of life to a page. Default 15,000. */
  readonly heartbeat?: number
}

export interface Inspector {
  readonly port: number
  /** Ends what is open, pages included. */
  close(): Promise<void>
}

/** Serves the inspector page and its API, to this machine and to its own page only. Rejects where it cannot listen. */
export async function startInspector(options: InspectorOptions): Promise<Inspector> {
  const { control, records, heartbeat = 15_000 } = options
  const events = createEvents(control, records, heartbeat)
  const server = createServer((request, response) => void answer(request, response, options, events))
  const port = await listen(server, options.port, options.host).catch((error: unknown) => {
    events.close()
    throw error
  })
  return {
    port,
    close() {
      events.close()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: InspectorOptions,
  events: Events,
): Promise<void> {
  // A page that has left.
  response.on('error', () => undefined)
  try {
    const { method = '', url = '', headers } = request
    const [path = '', query = ''] = url.split('?')
    guard({ method, path, headers }, request.socket.localPort ?? 0)
    const { handler, id } = findHandler(method, path)
    const reply = await handler({
      ...options,
      request,
      response,
      events,
      id,
      search: new URLSearchParams(query),
    })
    if (reply !== undefined) write(response, reply)
  } catch (error) {
    if (response.headersSent) return void response.destroy()
    const { status, headers } = error instanceof Refused ? error : { status: 500, headers: {} }
    write(response, json({ message: reason(error) }, status, headers))
  }
}
