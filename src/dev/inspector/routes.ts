import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Control } from '../control.ts'
import type { PageAssets } from '../page-assets.ts'
import type { Events } from './events.ts'
import { readJson } from './json-body.ts'
import type { RecordedRequest } from './record.ts'
import type { Records } from './record-requests.ts'
import { Refused } from './refused.ts'
import { json, type Reply, text } from './reply.ts'
import { type SendTargets, sendRequest } from './send.ts'

/** What the routes work with. */
export interface Inspected {
  readonly control: Control
  readonly records: Records
  readonly send: SendTargets
  readonly loadPage: () => Promise<PageAssets>
  /**
   * A request as a test of one of its plugins; without a name of the one that matters most. Undefined where none of it
   * runs.
   */
  readonly asTest: (request: RecordedRequest, plugin: string | undefined) => string | undefined
}

export interface Exchange extends Inspected {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly events: Events
  /** The part of the path that names something. */
  readonly id: string
  readonly search: URLSearchParams
}

/** Gives nothing where it answers by itself. */
export type Handler = (exchange: Exchange) => Promise<Reply> | Reply | undefined

interface Route {
  readonly path: RegExp
  readonly handlers: Readonly<Record<string, Handler>>
}

export const routes: readonly Route[] = [
  { path: /^\/$/, handlers: { GET: async (e) => text('text/html', (await e.loadPage()).html) } },
  {
    path: /^\/page\.js$/,
    handlers: { GET: async (e) => text('text/javascript', (await e.loadPage()).script) },
  },
  { path: /^\/page\.css$/, handlers: { GET: async (e) => text('text/css', (await e.loadPage()).style) } },
  { path: /^\/api\/events$/, handlers: { GET: openEvents } },
  { path: /^\/api\/requests$/, handlers: { GET: ({ records }) => json(records.list()), DELETE: clear } },
  { path: /^\/api\/requests\/(\d{1,15})$/, handlers: { GET: (exchange) => json(recorded(exchange)) } },
  { path: /^\/api\/requests\/(\d{1,15})\/test$/, handlers: { GET: exportTest } },
  { path: /^\/api\/send$/, handlers: { POST: send } },
  { path: /^\/api\/plugins$/, handlers: { GET: ({ control }) => json(control.plugins()) } },
  { path: /^\/api\/plugins\/([^/]+)\/config$/, handlers: { PUT: setConfig } },
]

/** Finds the handler of a path; throws Refused where there is none. */
export function findHandler(method: string, path: string): { handler: Handler; id: string } {
  for (const route of routes) {
    const match = route.path.exec(path)
    if (match === null) continue
    const handler = Object.hasOwn(route.handlers, method) ? route.handlers[method] : undefined
    if (handler !== undefined) return { handler, id: decoded(match[1] ?? '') }
    const allow = Object.keys(route.handlers).join(', ')
    throw new Refused(405, `${path} takes ${allow}, not ${method}`, { allow })
  }
  throw new Refused(404, 'There is nothing at this address')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refused(404, 'There is nothing at this address')
  }
}

function openEvents({ events, response }: Exchange): undefined {
  events.add(response)
}

function clear({ records }: Exchange): Reply {
  records.clear()
  return json({})
}

function recorded({ records, id }: Exchange): RecordedRequest {
  const found = records.get(Number(id))
  if (found === undefined)
    throw new Refused(404, `There is no request ${id}: only the latest are kept, until they are cleared`)
  return found
}

function exportTest(exchange: Exchange): Reply {
  const plugin = exchange.search.get('plugin') ?? undefined
  const test = exchange.asTest(recorded(exchange), plugin)
  if (test === undefined)
    throw new Refused(
      404,
      `${plugin ?? 'No plugin that runs here'} took ${plugin === undefined ? '' : 'no '}part in this request`,
    )
  return text('text/plain', test)
}

async function send({ request, response, send: targets }: Exchange): Promise<Reply> {
  const wanted = await readJson(request)
  const left = new AbortController()
  response.on('close', () => left.abort())
  return json(await sendRequest(wanted, targets, left.signal))
}

/** The schema's checks call themselves for each level. */
function changed<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof RangeError) throw new Refused(400, 'The configuration is nested too deep')
    throw error
  }
}

async function setConfig({ control, request, id }: Exchange): Promise<Reply> {
  const config = await readJson(request)
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new Refused(400, 'A configuration has to be an object')
  const result = changed(() => control.setConfig(id, config))
  if (result === undefined) throw new Refused(404, `There is no plugin with the id ${JSON.stringify(id)}`)
  return 'code' in result ? json(result, 400) : json(result)
}
