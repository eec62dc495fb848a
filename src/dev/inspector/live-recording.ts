import { textOf } from '../../fake-kong/lua.ts'
import type { Call, End } from '../../fake-kong/outcome.ts'
import { pathWithQuery, upstreamRequest } from '../../fake-kong/proxy.ts'
import type { World } from '../../fake-kong/world.ts'
import type { Phase } from '../../pdk/phases.ts'
import { type ExcerptOf, failureIn } from './failures.ts'
import { plainJson, shortText } from './plain-json.ts'
import type { RecordKind } from './record.ts'
import type { Recording } from './recorder.ts'
import {
  type BodyName,
  createBodies,
  type HandlerRecord,
  headerLines,
  type RequestRecord,
} from './request-record.ts'

/** Calls of one handler that are kept. */
const mostCalls = 1000
/** Characters, roughly, of the arguments and results of one request. */
const largestCalls = 1_048_576
const mostHandlers = 200
const mostLogs = 500
const mostFailures = 20

export interface RecordingOptions {
  readonly id: number
  readonly kind: RecordKind
  readonly now: () => number
  readonly excerptOf: ExcerptOf
  /** The summary has changed. */
  readonly onChange: (record: RequestRecord) => void
}

/** One request that runs. Whatever goes wrong in here stays in here: the request has to go on. */
export class LiveRecording implements Recording {
  readonly record: RequestRecord
  readonly #world: World
  readonly #options: RecordingOptions
  readonly #begun: number
  readonly #fromWorld = new Set<BodyName>()
  #handler: HandlerRecord | undefined
  #callBegun: number | undefined
  #callsSize = 0
  #linesSeen = 0

  constructor(world: World, options: RecordingOptions) {
    this.#world = world
    this.#options = options
    this.#begun = options.now()
    this.record = recordOf(world, options, this.#begun)
  }

  enter(plugin: string, phase: Phase, release: number): void {
    this.#quietly(() => {
      this.#noteLines()
      const handler: HandlerRecord = {
        plugin,
        phase,
        release,
        at: this.#elapsed(),
        took: undefined,
        end: undefined,
        calls: [],
      }
      this.#handler = handler
      const { handlers, summary } = this.record
      if (handlers.length < mostHandlers) handlers.push(handler)
      if (!summary.plugins.includes(plugin)) summary.plugins = [...summary.plugins, plugin]
    })
  }

  leave(plugin: string, phase: Phase, { end, why }: End): void {
    this.#quietly(() => {
      this.#noteLines()
      const handler = this.#handler
      this.#handler = undefined
      if (handler?.plugin !== plugin || handler.phase !== phase) return
      handler.took = rounded(this.#elapsed() - handler.at)
      handler.end = end
      if (why !== undefined) handler.why = shortText(why)
      if (end === 'raised') this.#fail()
    })
  }

  beginCall(): void {
    this.#callBegun = this.#elapsed()
  }

  endCall(call: Call): void {
    this.#quietly(() => {
      const now = this.#elapsed()
      const at = this.#callBegun ?? now
      this.#callBegun = undefined
      if (this.#handler !== undefined) this.#noteCall(this.#handler, call, at, rounded(now - at))
      this.#noteLines()
    })
  }

  forward(): void {
    this.#quietly(() => {
      this.#noteLines()
      const { upstream, subsystem } = this.#world
      const target = `${upstream.target.host}:${upstream.target.port}`
      const isStream = subsystem === 'stream'
      const request = isStream ? { ...upstream.request, headers: {} } : upstreamRequest(this.#world)
      const { summary, came } = this.record
      if (isStream) summary.url = target
      this.record.sent = {
        method: isStream ? came.method : request.method,
        scheme: isStream ? came.scheme : request.scheme,
        url: isStream ? target : pathWithQuery(request),
        headers: headerLines(request.headers),
        target,
        at: this.#elapsed(),
        took: undefined,
      }
      this.#takeBody('sent', request.body)
      this.#changed()
    })
  }

  answer(): void {
    this.#quietly(() => {
      this.#noteLines()
      const { status, headers, body } = this.#world.upstream.response
      const { sent } = this.record
      if (sent !== undefined) this.record.sent = { ...sent, took: rounded(this.#elapsed() - sent.at) }
      this.record.answered = { status, headers: headerLines(headers) }
      this.#takeBody('answered', body)
    })
  }

  respond(): void {
    this.#quietly(() => {
      this.#noteLines()
      const { status, headers, body, source } = this.#world.response
      this.record.response = { status, headers: headerLines(headers), source }
      this.record.summary.status = status
      if (this.#hasBody(status)) this.#takeBody('response', body)
      this.#changed()
    })
  }

  served(): void {
    this.#quietly(() => {
      this.record.summary.duration ??= this.#elapsed()
      this.#changed()
    })
  }

  pass(body: BodyName, bytes: Uint8Array): void {
    this.#quietly(() => {
      // What passes by is the whole body: it takes the place of what the world had.
      if (this.#fromWorld.delete(body)) this.record.bodies[body].clear()
      this.record.bodies[body].add(bytes)
      if (this.record.summary.kind === 'stream') this.#noteReturn(body)
    })
  }

  finish(state: 'done' | 'aborted' | 'refused'): void {
    this.#quietly(() => {
      const { summary, sent, answered, response } = this.record
      if (summary.state !== 'running') return
      this.#noteLines()
      const world = this.#world
      this.#takeBody('came', world.request.body)
      if (sent !== undefined) this.#takeBody('sent', world.upstream.request.body)
      if (answered !== undefined) this.#takeBody('answered', world.upstream.response.body)
      if (response !== undefined && this.#hasBody(response.status))
        this.#takeBody('response', world.response.body)
      summary.state = state
      summary.duration ??= this.#elapsed()
      this.#changed()
    })
  }

  /** Bytes that a stream gives back have nothing before them. */
  #noteReturn(body: BodyName): void {
    const { status } = this.#world.response
    if (body === 'answered') this.record.answered ??= { status, headers: [] }
    if (body === 'response') this.record.response ??= { status, headers: [], source: 'service' }
  }

  /** Some responses end with their headers, whatever the world has for a body. */
  #hasBody(status: number): boolean {
    return this.record.came.method !== 'HEAD' && ![101, 204, 304].includes(status)
  }

  /** A body that the world holds; one that passes by is not in there. */
  #takeBody(name: BodyName, bytes: Uint8Array): void {
    const body = this.record.bodies[name]
    if (body.size > 0 || bytes.length === 0) return
    body.add(bytes)
    this.#fromWorld.add(name)
  }

  #noteCall(handler: HandlerRecord, call: Call, at: number, took: number): void {
    if (handler.calls.length >= mostCalls || this.#callsSize > largestCalls) {
      handler.moreCalls = (handler.moreCalls ?? 0) + 1
      return
    }
    const args = plainJson(call.args)
    const result = call.result === undefined ? undefined : plainJson(call.result)
    this.#callsSize += args.size + (result?.size ?? 0)
    handler.calls.push({
      method: shortText(call.method),
      args: args.value as unknown[],
      ...(result !== undefined && { result: result.value }),
      at,
      took,
      trip: call.trip,
    })
  }

  /** Lines that the world's log has more than when it was last looked at. */
  #noteLines(): void {
    const { log } = this.#world
    const { logs, failures } = this.record
    while (this.#linesSeen < log.length) {
      const { level, parts, by } = log[this.#linesSeen++] as World['log'][number]
      const plugin = by === 'kong' ? undefined : this.#handler?.plugin
      const text = parts.map(textOf).join('')
      const failure =
        plugin === undefined || level !== 'err' ? undefined : failureIn(text, plugin, this.#options.excerptOf)
      if (failure !== undefined && failures.length < mostFailures) failures.push(failure)
      if (failure !== undefined) this.#fail()
      if (logs.length < mostLogs)
        logs.push({
          at: this.#elapsed(),
          level,
          text: shortText(text),
          ...(plugin !== undefined && { plugin }),
        })
      else this.record.moreLogs++
    }
  }

  #fail(): void {
    if (this.record.summary.failed) return
    this.record.summary.failed = true
    this.#changed()
  }

  #changed(): void {
    const { route, service, consumer } = this.#world
    const { summary } = this.record
    summary.route = route && (route.name ?? route.id)
    summary.consumer = consumer && (consumer.username ?? consumer.id)
    this.record.service = service && (service.name ?? service.id)
    this.#options.onChange(this.record)
  }

  #elapsed(): number {
    return rounded(this.#options.now() - this.#begun)
  }

  #quietly(note: () => void): void {
    try {
      note()
    } catch {
      // What cannot be shown is missing on the page.
    }
  }
}

function recordOf(world: World, { id, kind }: RecordingOptions, begun: number): RequestRecord {
  const { client, request, requestId, upstream, variables } = world
  const isHttp = kind === 'http' || kind === 'websocket'
  const target = `${upstream.target.host}:${upstream.target.port}`
  const came = isHttp
    ? { method: request.method, scheme: request.scheme, url: pathWithQuery(request) }
    : {
        method: kind === 'handshake' ? 'TLS' : client.protocol.toUpperCase(),
        scheme: client.protocol,
        url: kind === 'handshake' ? '' : target,
      }
  return {
    summary: {
      id,
      requestId,
      kind,
      startedAt: Math.round(begun),
      state: 'running',
      method: came.method,
      url: came.url,
      host: isHttp ? (request.headers.host?.[0] ?? request.host) : (variables.ssl_server_name ?? ''),
      status: undefined,
      duration: undefined,
      route: world.route && (world.route.name ?? world.route.id),
      consumer: undefined,
      failed: false,
      plugins: [],
    },
    client: { ip: client.ip, port: client.port },
    service: world.service && (world.service.name ?? world.service.id),
    came: { ...came, headers: isHttp ? headerLines(request.headers) : [] },
    bodies: createBodies(),
    handlers: [],
    logs: [],
    moreLogs: 0,
    failures: [],
  }
}

/** Milliseconds, to the microsecond. */
function rounded(time: number): number {
  return Math.round(time * 1000) / 1000
}
