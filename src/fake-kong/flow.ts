import type { Phase } from '../pdk/phases.ts'
import { Raised } from './answer.ts'
import { acceptedType, errorPage } from './error-page.ts'
import { firstHeader, setHeader } from './headers.ts'
import { isTrusted } from './ip.ts'
import { leave } from './leave.ts'
import type { End } from './outcome.ts'
import { accepted, checkPhase } from './phase-check.ts'
import { enterPhase, takeAnswer } from './phases.ts'
import { currentHost, pathWithQuery, routeRequest } from './proxy.ts'
import type { World } from './world.ts'

/** A plugin as Kong has loaded it, with its configurations. */
export interface FlowPlugin {
  readonly name: string
  readonly priority: number
  readonly phases: readonly string[]
  /**
   * The configuration that Kong would choose: the one for all requests (`global`), or the one that fits the route, service
   * and consumer of the world as it is now (`here`). Undefined for none: then no handler of it runs.
   */
  configured(scope: 'global' | 'here', world: World): Configured | undefined
}

/** A plugin with one configuration. */
export interface Configured {
  /** What `kong.plugin.get_id` gives to it. */
  readonly id?: string
  /** Runs its handler; `enterPhase` was called before. */
  runPhase(phase: Phase, world: World): Promise<End>
}

/** A plugin with one configuration, which is put on all requests. */
export function everywhere({
  name,
  priority,
  phases,
  ...configured
}: Omit<FlowPlugin, 'configured'> & Configured): FlowPlugin {
  return { name, priority, phases, configured: () => configured }
}

export interface FlowOptions {
  /** Finds the route and the service, as the request is after `rewrite`; without it the world has them from the start. */
  readonly route?: (world: World) => void
  /** Sends the request to the service, or lets a stream's bytes through: it fills `world.upstream.response`. */
  readonly forward?: (world: World) => Promise<void> | void
  /**
   * Sends the response to the client: it is complete, as Kong would send it, and `log` has not run yet. Of a stream only what
   * a plugin answered itself.
   */
  readonly deliver?: (world: World) => Promise<void> | void
  /** Hears of every handler that has run. */
  readonly onEvent?: (event: FlowEvent) => void
}

export interface FlowEvent extends End {
  readonly plugin: string
  readonly phase: Phase
}

/** All handlers that ran, in order; `refused` is a connection that Kong closed without an answer. */
export interface Flow {
  readonly events: readonly FlowEvent[]
  readonly end: 'answered' | 'refused'
}

/**
 * Runs a whole request or stream through its plugins, phase by phase as Kong does; the world holds what came of it. An
 * exit ends the phase for the plugins behind it too, and skips all phases but `log`, which always runs.
 */
export async function runFlow(
  world: World,
  plugins: readonly FlowPlugin[],
  options: FlowOptions = {},
): Promise<Flow> {
  const run = new Run(world, plugins, options)
  const isRefused = world.subsystem === 'stream' ? await run.stream() : await run.request()
  return { events: run.events, end: isRefused ? 'refused' : 'answered' }
}

/** The handshake of one TLS connection: true when it goes on. Its contexts are lost before the first request. */
export async function runHandshake(
  world: World,
  plugins: readonly FlowPlugin[],
  options: FlowOptions = {},
): Promise<boolean> {
  return new Run(world, plugins, options).handshake()
}

/** Kong's order: the highest priority first, and of equal ones the last name. */
export function inOrder<P extends Pick<FlowPlugin, 'name' | 'priority'>>(plugins: readonly P[]): P[] {
  return plugins.toSorted((a, b) => b.priority - a.priority || (a.name > b.name ? -1 : 1))
}

/**
 * What becomes of a request when Kong raises in a phase: an error in its log, and 500 for the client. In a stream the
 * answer raises too, so that the client is cut off.
 */
function failRequest(world: World, phase: Phase, why: string): void {
  logError(world, why)
  if (phase === 'certificate' || phase === 'log') return
  world.upstream.buffered = false
  try {
    if (phase === 'preread') checkPhase(phase, accepted.setResponse)
    const { accept, 'content-type': type } = world.upstream.request.headers
    // Outside of access it is nginx that answers, in whatever type there is.
    const wanted = phase === 'access' ? accept : (accept ?? type ?? ['text/plain'])
    answerWithPage(world, 500, undefined, wanted?.join(','))
  } catch (error) {
    if (!(error instanceof Raised)) throw error
    logError(world, error.message)
  }
  world.response.source = 'error'
}

/** What `forward` throws where the service gives no answer: the client gets a page of Kong's with the status. */
export class UpstreamFailure extends Error {
  /** `UpstreamFailure`. */
  override readonly name = 'UpstreamFailure'
  /** What the client gets. */
  readonly status: FailureStatus
  /** What the client is told, where it is not the sentence of the status. */
  readonly shown: string | undefined

  constructor(status: FailureStatus, message: string, shown?: string) {
    super(message)
    this.status = status
    this.shown = shown
  }
}

/** 499 is nginx's word for a client that has left. */
export type FailureStatus = 499 | 502 | 503 | 504

interface Applied {
  readonly plugin: FlowPlugin
  readonly configured: Configured
}

class Run {
  readonly events: FlowEvent[] = []
  readonly #world: World
  readonly #plugins: readonly FlowPlugin[]
  readonly #options: FlowOptions
  /** What `access` or `preread` chose, for the phases behind it. */
  #chosen: Applied[] | undefined

  constructor(world: World, plugins: readonly FlowPlugin[], options: FlowOptions) {
    this.#world = world
    this.#plugins = inOrder(plugins)
    this.#options = options
  }

  async request(): Promise<boolean> {
    const world = this.#world
    if ((await this.#phase('rewrite', this.#global())) === 'returned') await this.#afterRewrite()
    finishResponse(world)
    await this.#options.deliver?.(world)
    await this.#log()
    return false
  }

  async stream(): Promise<boolean> {
    const world = this.#world
    const isAnswered = (await this.#choose('preread')) !== 'returned'
    const isRefused =
      world.response.source === 'error' ||
      (!isAnswered && (world.service === undefined || !(await this.#forward())))
    if (isAnswered && !isRefused) await this.#options.deliver?.(world)
    await this.#log()
    return isRefused
  }

  async handshake(): Promise<boolean> {
    const end = await this.#phase('certificate', this.#global())
    this.#world.ctx.shared = {}
    this.#world.ctx.nginx = {}
    return end !== 'raised'
  }

  async #afterRewrite(): Promise<void> {
    const world = this.#world
    this.#options.route?.(world)
    if (world.route === undefined) return answerWithPage(world, 404, 'no Route matched with those values')
    if (isForTlsOnly(world)) return sendToTls(world)
    routeRequest(world)
    const end = await this.#choose('access')
    if (end !== 'returned') {
      world.upstream.buffered = false
      return
    }
    if (world.service === undefined) {
      world.upstream.buffered = false
      return answerWithPage(world, 503, 'no Service found with those values')
    }
    const upgrade = firstHeader(world.upstream.request.headers, 'upgrade')
    if (upgrade?.toLowerCase() === 'websocket') world.upstream.buffered = false
    if (!(await this.#forward())) return
    takeAnswer(world)
    if (world.upstream.buffered) await this.#phase('response', this.#chosen ?? [])
  }

  /** Runs the handlers of a phase until one does not return. */
  async #phase(phase: Phase, applied: Iterable<Applied>): Promise<End['end']> {
    for (const one of applied) {
      if (!one.plugin.phases.includes(phase)) continue
      const end = await this.#handle(one, phase)
      if (end !== 'returned') return end
    }
    return 'returned'
  }

  /**
   * The same for the phase in which Kong chooses: each plugin in its turn, as one before it may have found the consumer. All
   * are chosen for the phases behind it, those too that have no handler here or come after an exit.
   */
  async #choose(phase: 'access' | 'preread'): Promise<End['end']> {
    const { upstream } = this.#world
    this.#chosen = []
    let end: End['end'] = 'returned'
    for (const plugin of this.#plugins) {
      const configured = plugin.configured('here', this.#world)
      if (configured === undefined) continue
      this.#chosen.push({ plugin, configured })
      if (phase === 'access' && plugin.phases.includes('response')) upstream.buffered = true
      if (end === 'returned' && plugin.phases.includes(phase))
        end = await this.#handle({ plugin, configured }, phase)
    }
    return end
  }

  *#global(): Iterable<Applied> {
    for (const plugin of this.#plugins) {
      const configured = plugin.configured('global', this.#world)
      if (configured !== undefined) yield { plugin, configured }
    }
  }

  async #handle({ plugin, configured }: Applied, phase: Phase): Promise<End['end']> {
    const world = this.#world
    if (configured.id !== undefined) world.node.pluginId = configured.id
    enterPhase(world, phase)
    const { end, why } = await configured.runPhase(phase, world)
    const event = { plugin: plugin.name, phase, end, ...(why !== undefined && { why }) }
    this.events.push(event)
    if (end === 'raised') failRequest(world, phase, why ?? '')
    this.#options.onEvent?.(event)
    return end
  }

  /** Gives whether the service has answered. */
  async #forward(): Promise<boolean> {
    try {
      await this.#options.forward?.(this.#world)
      return true
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      logError(this.#world, error.message)
      answerWithPage(this.#world, error.status, error.shown)
      this.#world.response.source = 'error'
      return false
    }
  }

  /** Each handler has a copy of nginx's context, in a timer of its own: none stops another. */
  async #log(): Promise<void> {
    const { ctx } = this.#world
    const kept = ctx.nginx
    for (const one of this.#chosen ?? this.#global()) {
      if (!one.plugin.phases.includes('log')) continue
      ctx.nginx = { ...kept }
      await this.#handle(one, 'log')
    }
    ctx.nginx = kept
  }
}

/** Whether the route takes requests over TLS only, and this one came without. */
function isForTlsOnly(world: World): boolean {
  const { client, request, route, upstream } = world
  const protocols = route?.protocols ?? []
  if (!protocols.includes('https') || protocols.includes('http')) return false
  const told = isTrusted(world, client.ip)
    ? firstHeader(upstream.request.headers, 'x-forwarded-proto')
    : undefined
  return (told ?? request.scheme) !== 'https'
}

function sendToTls(world: World): void {
  const status = world.route?.https_redirect_status_code ?? 426
  if (status === 426) {
    answerWithPage(world, 426, 'Please use HTTPS protocol')
    setHeader(world.response.headers, 'upgrade', ['TLS/1.2, HTTP/1.1'])
    return
  }
  const address = `https://${currentHost(world)}${pathWithQuery(world.request)}`
  leave(world, status, undefined, [['location', address]])
}

function answerWithPage(
  world: World,
  status: number,
  message?: string,
  accept = firstHeader(world.upstream.request.headers, 'accept'),
): void {
  const page = errorPage(world, status, message, acceptedType(accept))
  leave(world, status, page.body, [['content-type', page.type]])
}

function logError({ log }: World, words: string): void {
  log.push({ level: 'err', parts: [words], by: 'kong' })
}

/** The headers that Kong adds to every response, before `log`. */
function finishResponse(world: World): void {
  const { measured, node, request, requestId, response, upstream } = world
  const own = `kong/${node.version}`
  const add = (name: string, value: unknown) => setHeader(response.headers, name, [String(value)])
  if (upstream.answered) {
    add('x-kong-upstream-latency', measured.latencies.proxy)
    add('x-kong-proxy-latency', measured.latencies.kong)
    const via = upstream.response.headers.via?.[0]
    add('via', `${via === undefined ? '' : `${via}, `}1.1 ${own}`)
    if (response.headers.server === undefined) add('server', own)
  } else {
    add('x-kong-response-latency', measured.latencies.kong)
    add('server', own)
  }
  add('x-kong-request-id', requestId)
  add('connection', request.headers.connection?.[0] === 'close' ? 'close' : 'keep-alive')
}
