import type { Phase } from '../pdk/phases.ts'
import { Raised } from './answer.ts'
import { acceptedType, errorPage } from './error-page.ts'
import { firstHeader, setHeader } from './headers.ts'
import { leave } from './leave.ts'
import type { End } from './outcome.ts'
import { accepted, checkPhase } from './phase-check.ts'
import { enterPhase, takeAnswer } from './phases.ts'
import { routeRequest } from './proxy.ts'
import type { World } from './world.ts'

/** A plugin that is applied to what a world describes. */
export interface FlowPlugin {
  readonly name: string
  readonly priority: number
  readonly phases: readonly string[]
  /** What `kong.plugin.get_id` gives to it. */
  readonly id?: string
  /** Whether it is applied to one route, service or consumer only: then it has no `certificate` and no `rewrite`. */
  readonly isScoped?: boolean
  /** Runs its handler; `enterPhase` was called before. */
  runPhase(phase: Phase, world: World): Promise<End>
}

export interface FlowOptions {
  /** Sends the request to the service, or lets a stream's bytes through: it fills `world.upstream.response`. */
  readonly forward?: (world: World) => Promise<void> | void
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
export function failRequest(world: World, phase: Phase, why: string): void {
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
  override readonly name = 'UpstreamFailure'
  readonly status: 502 | 503 | 504

  constructor(status: 502 | 503 | 504, message: string) {
    super(message)
    this.status = status
  }
}

class Run {
  readonly events: FlowEvent[] = []
  readonly #world: World
  readonly #plugins: readonly FlowPlugin[]
  readonly #options: FlowOptions

  constructor(world: World, plugins: readonly FlowPlugin[], options: FlowOptions) {
    this.#world = world
    this.#plugins = inOrder(plugins)
    this.#options = options
  }

  async request(): Promise<boolean> {
    const world = this.#world
    if ((await this.#phase('rewrite')) === 'returned') await this.#afterRewrite()
    finishResponse(world)
    await this.#log()
    return false
  }

  async stream(): Promise<boolean> {
    const world = this.#world
    const isAnswered = (await this.#phase('preread')) !== 'returned'
    const isRefused =
      world.response.source === 'error' ||
      (!isAnswered && (world.service === undefined || !(await this.#forward())))
    await this.#log()
    return isRefused
  }

  async handshake(): Promise<boolean> {
    const end = await this.#phase('certificate')
    this.#world.ctx.shared = {}
    this.#world.ctx.nginx = {}
    return end !== 'raised'
  }

  async #afterRewrite(): Promise<void> {
    const world = this.#world
    if (world.route === undefined) return answerWithPage(world, 404, 'no Route matched with those values')
    routeRequest(world)
    if (this.#plugins.some(({ phases }) => phases.includes('response'))) world.upstream.buffered = true
    const end = await this.#phase('access')
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
    if (world.upstream.buffered) await this.#phase('response')
  }

  /** Runs the handlers of a phase until one does not return. */
  async #phase(phase: Phase): Promise<End['end']> {
    for (const plugin of this.#plugins) {
      if (!runs(plugin, phase)) continue
      const { end, why = '' } = await this.#handle(plugin, phase)
      if (end === 'raised') failRequest(this.#world, phase, why)
      if (end !== 'returned') return end
    }
    return 'returned'
  }

  async #handle(plugin: FlowPlugin, phase: Phase): Promise<End> {
    const world = this.#world
    if (plugin.id !== undefined) world.node.pluginId = plugin.id
    enterPhase(world, phase)
    const { end, why } = await plugin.runPhase(phase, world)
    const event = { plugin: plugin.name, phase, end, ...(why !== undefined && { why }) }
    this.events.push(event)
    this.#options.onEvent?.(event)
    return event
  }

  /** Gives whether the service has answered. */
  async #forward(): Promise<boolean> {
    try {
      await this.#options.forward?.(this.#world)
      return true
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      logError(this.#world, error.message)
      answerWithPage(this.#world, error.status)
      this.#world.response.source = 'error'
      return false
    }
  }

  /** Each handler has a copy of nginx's context, in a timer of its own: none stops another. */
  async #log(): Promise<void> {
    const { ctx } = this.#world
    const kept = ctx.nginx
    for (const plugin of this.#plugins) {
      if (!runs(plugin, 'log')) continue
      ctx.nginx = { ...kept }
      const { end, why = '' } = await this.#handle(plugin, 'log')
      if (end === 'raised') failRequest(this.#world, 'log', why)
    }
    ctx.nginx = kept
  }
}

function runs({ phases, isScoped }: FlowPlugin, phase: Phase): boolean {
  return phases.includes(phase) && !(isScoped === true && (phase === 'certificate' || phase === 'rewrite'))
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
