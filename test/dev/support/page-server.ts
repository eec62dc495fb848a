// The far end of the page: serves records, tells of new ones, takes what the page sends, and keeps it for a test to see.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DevState, PluginConfig, SendRequest } from '../../../src/dev/inspector/api.ts'
import type { RecordedRequest } from '../../../src/dev/inspector/record.ts'
import { beginStream, json, type Reply, text, write } from '../../../src/dev/inspector/reply.ts'
import { loadPage } from '../../../src/dev/page-assets.ts'
import { plain, plugins, state, summaryOf } from './page-records.ts'

export interface PageServer {
  readonly address: string
  readonly sent: readonly SendRequest[]
  /** `METHOD path` of every request. */
  readonly asked: readonly string[]
  push(...requests: RecordedRequest[]): void
  setState(changes: Partial<DevState>): void
  setRequests(requests: readonly RecordedRequest[]): void
  /** What the schema says to the next config. */
  refuse(error: object | undefined): void
  /** Cuts the events; while it is down, nothing else works either. */
  setDown(isDown: boolean): void
  close(): Promise<void>
}

export async function startPageServer(): Promise<PageServer> {
  let requests = new Map<number, RecordedRequest>()
  let [current, configured, refusal, isDown] = [state, [...plugins], undefined as object | undefined, false]
  const [sent, asked]: [SendRequest[], string[]] = [[], []]
  const pages = new Set<ServerResponse>()
  const tell = (name: string, data: unknown) => {
    for (const page of pages) page.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const push = (...added: readonly RecordedRequest[]) => {
    for (const request of added) {
      requests.set(request.id, request)
      tell('request', summaryOf(request))
    }
  }
  const send = (body: SendRequest): Reply => {
    sent.push(body)
    const id = Math.max(0, ...requests.keys()) + 1
    const { method, url, headers } = body
    const came = { method, scheme: 'http', url, headers, body: { size: 0, text: '', isCut: false } }
    push(plain(id, { method, url, came, status: 202 }))
    return json({ status: 202, requestId: `id-${id}` })
  }
  const configure = (id: string, given: object): Reply => {
    if (refusal) return json(refusal, 400)
    const changed = (plugin: PluginConfig) => ({ ...plugin, given, effective: given, isEdited: true })
    configured = configured.map((plugin) => (plugin.id === id ? changed(plugin) : plugin))
    return json(configured.find((plugin) => plugin.id === id) ?? {})
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Reply | undefined> => {
    const asking = `${request.method} ${request.url}`
    asked.push(asking)
    const [, id = ''] = /\/(?:requests|plugins)\/([^/]+)/.exec(asking) ?? []
    const record = requests.get(Number(id))
    if (asking === 'GET /') return text('text/html', (await loadPage()).html)
    if (asking === 'GET /page.js') return text('text/javascript', (await loadPage()).script)
    if (asking === 'GET /page.css') return text('text/css', (await loadPage()).style)
    if (asking === 'GET /api/requests') return json([...requests.values()].map(summaryOf).reverse())
    if (asking === 'GET /api/plugins') return json(configured)
    if (asking === 'POST /api/send') return send(JSON.parse(await bodyOf(request)))
    if (asking.startsWith('PUT /api/plugins/')) return configure(id, JSON.parse(await bodyOf(request)))
    const [, plugin] = /\/test(?:\?plugin=(.*))?$/.exec(asking) ?? []
    if (plugin !== undefined)
      return text(
        'text/plain',
        `// request ${id}, ${decodeURIComponent(plugin)}\ntest('<b>it</b>', () => {})\n`,
      )
    if (asking.startsWith('GET /api/requests/') && record) return json(record)
    if (asking === 'DELETE /api/requests') {
      requests = new Map()
      tell('cleared', {})
      return json({})
    }
    if (asking !== 'GET /api/events') return json({ message: `There is no request ${id}` }, 404)
    beginStream(response, 'text/event-stream')
    response.write('retry: 50\n\n')
    pages.add(response)
    response.on('close', () => pages.delete(response))
    response.write(`event: state\ndata: ${JSON.stringify(current)}\n\n`)
    return undefined
  }
  const server = createServer(async (request, response) => {
    if (isDown) return void request.socket.destroy()
    const reply = await answer(request, response)
    if (reply) write(response, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    asked,
    push,
    setState(changes) {
      current = { ...current, ...changes }
      tell('state', current)
    },
    setRequests(all) {
      requests = new Map(all.map((request) => [request.id, request]))
    },
    refuse(error) {
      refusal = error
    },
    setDown(down) {
      isDown = down
      if (down) server.closeAllConnections()
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
