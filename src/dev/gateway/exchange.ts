import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { reason } from '../../errors.ts'
import { runFlow, UpstreamFailure } from '../../fake-kong/flow.ts'
import type { World } from '../../fake-kong/world.ts'
import type { Recording } from '../inspector/recorder.ts'
import type { Lease } from '../lease.ts'
import { askService, type ServiceAnswer } from './ask.ts'
import { ClientBody } from './client-body.ts'
import { clientLeft, connectUpstream } from './connect.ts'
import { deliver } from './deliver.ts'
import type { GatewayOptions } from './gateway.ts'
import { readHeaders, withoutHopByHop } from './headers.ts'
import { requestWorld, routeWorld } from './request-world.ts'
import { isWebSocket } from './upgrade.ts'

/** A request with the way back to its client. */
export interface Incoming {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Whether the client waits to be told to send the body. */
  readonly isExpecting: boolean
  /** Whether the connection is to end with this response. */
  readonly isClosing: () => boolean
}

/** One request on its way through the plugins. */
export interface Exchange extends Incoming {
  readonly world: World
  readonly recording: Recording
  readonly body: ClientBody
  /** Aborts when the client has left before it had its response. */
  readonly gone: AbortSignal
  /** What the service answers, from when it does. */
  answer: ServiceAnswer | undefined
}

/** Takes a request to its end. Never rejects. */
export async function runExchange(options: GatewayOptions, incoming: Incoming): Promise<void> {
  try {
    const lease = options.leases.lease()
    try {
      await runLeased(options, incoming, lease)
    } finally {
      lease.end()
    }
  } catch (error) {
    options.onFailure(`Cannot finish ${incoming.request.method} ${incoming.request.url}: ${reason(error)}`)
    const { request, response } = incoming
    if (!response.headersSent) return refuse(response, 500)
    response.destroy()
    request.socket.destroy()
  }
}

async function runLeased(options: GatewayOptions, incoming: Incoming, lease: Lease): Promise<void> {
  const { request, response, isExpecting } = incoming
  const world = requestWorld(request, lease)
  if (world === undefined) return refuse(response, 400)
  const recording = options.recorder.begin(world, isWebSocket(request) ? 'websocket' : 'http')
  const leaving = new AbortController()
  response.on('error', () => undefined)
  request.on('error', () => undefined)
  response.once('close', () => !response.writableFinished && leaving.abort())
  const goOn = () => isExpecting && !response.headersSent && response.writeContinue()
  const body = new ClientBody(request, recording, goOn)
  const exchange: Exchange = { ...incoming, world, recording, body, gone: leaving.signal, answer: undefined }
  options.bodies.open(world, body)
  const begun = performance.now()
  const elapsed = () => Math.round(performance.now() - begun)
  try {
    await runFlow(world, lease.plugins, {
      route: () => routeWorld(world, lease),
      forward: () => forward(exchange, elapsed),
      async deliver() {
        if (exchange.answer === undefined) world.measured.latencies.kong = elapsed()
        await deliver(exchange, elapsed)
        recording.served()
      },
      onEvent() {
        if (exchange.answer === undefined) world.measured.latencies.kong = elapsed()
      },
    })
  } finally {
    exchange.answer?.message.destroy()
    exchange.answer?.tunnel?.destroy()
    recording.finish(leaving.signal.aborted ? 'aborted' : 'done')
    await body.end()
  }
}

/** Asks the service; a response that is not held back stays on its connection until the client gets it. */
async function forward(exchange: Exchange, elapsed: () => number): Promise<void> {
  const { body, gone, recording, world } = exchange
  const { measured, upstream } = world
  if (upstream.buffered) await body.load(world)
  if (gone.aborted || body.isCut) throw clientLeft()
  measured.latencies.kong = elapsed()
  recording.forward()
  const socket = await connectUpstream(world, gone)
  const answer = await askService(world, socket, body, gone)
  exchange.answer = answer
  measured.latencies.proxy = elapsed() - (measured.latencies.kong ?? 0)
  const { message, tunnel } = answer
  const { statusCode: status = 0 } = message
  if (status < 200 && tunnel === undefined)
    throw new UpstreamFailure(502, `upstream sent the status ${status}, which is no response`)
  upstream.response = {
    status,
    headers: withoutHopByHop(readHeaders(message.rawHeaders)),
    body: upstream.buffered ? await readAll(message) : Buffer.alloc(0),
  }
  if (tunnel !== undefined && !isWebSocket(exchange.request)) {
    tunnel.destroy()
    throw new UpstreamFailure(502, 'upstream switched to a protocol that nobody asked for')
  }
  recording.answer()
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  try {
    for await (const part of message) parts.push(part as Buffer)
  } catch {
    throw new UpstreamFailure(502, 'upstream prematurely closed connection while reading upstream')
  }
  return Buffer.concat(parts)
}

/** What is answered beside Kong: a request that nginx does not take, or a failure of our own. */
function refuse(response: ServerResponse, status: 400 | 500): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(`${status} ${STATUS_CODES[status]}\n`)
}
