import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { finished } from 'node:stream/promises'
import type { Headers } from '../../fake-kong/world.ts'
import type { Exchange } from './exchange.ts'
import { withoutHopByHop, writtenHeaders } from './headers.ts'
import { join, pump } from './pump.ts'

/** Sends the response as the world has it; resolves when the client has it or has left. */
export async function deliver(exchange: Exchange, elapsed: () => number): Promise<void> {
  const { answer, body, gone, isExpecting, request, world } = exchange
  const { measured } = world
  const before = request.socket.bytesWritten
  if (!gone.aborted) {
    if (answer?.tunnel !== undefined && world.response.source === 'service') await openTunnel(exchange)
    else {
      if (!isExpecting) body.discard()
      await respond(exchange)
    }
  }
  measured.requestSize += body.size
  measured.responseSize = request.socket.bytesWritten - before
  measured.latencies.request = elapsed()
  if (answer !== undefined)
    measured.latencies.receive = elapsed() - (measured.latencies.kong ?? 0) - (measured.latencies.proxy ?? 0)
}

async function respond(exchange: Exchange): Promise<void> {
  const { answer, recording, response, world } = exchange
  const streamed =
    world.response.source === 'service' && !world.upstream.buffered ? answer?.message : undefined
  const isBare = exchange.request.method === 'HEAD' || [204, 304].includes(world.response.status)
  const headers = framed(exchange, streamed, isBare)
  // A length cannot be known before, and there are no chunks before HTTP/1.1.
  const isKept =
    response.shouldKeepAlive &&
    !exchange.isClosing() &&
    world.response.status >= 200 &&
    (isBare || response.useChunkedEncodingByDefault || headers['content-length'] !== undefined)
  world.response.headers.connection = [isKept ? 'keep-alive' : 'close']
  response.writeHead(world.response.status, reasonOf(exchange), [
    ...writtenHeaders(headers),
    'connection',
    isKept ? 'keep-alive' : 'close',
  ])
  recording.respond()
  if (isBare || streamed === undefined) {
    streamed?.resume()
    if (isBare || world.response.body.length === 0) response.flushHeaders()
    else response.write(world.response.body)
  } else if (!(await passOn(exchange, streamed))) return
  if (!isKept) await lingered(exchange)
  response.end()
  await served(response)
}

/** Milliseconds for which a client may go on sending what nobody wants, as in nginx. */
const lingerTime = 5000

/** A connection that is closed with bytes unread may lose what was sent last. */
async function lingered({ body, isExpecting, request }: Exchange): Promise<void> {
  if (isExpecting || request.complete || request.destroyed) return
  body.discard()
  const signal = AbortSignal.timeout(lingerTime)
  await finished(request, { signal }).catch(() => undefined)
}

/** The headers with the one length that is true: what a plugin says of it must not confuse the next response. */
function framed({ world }: Exchange, streamed: IncomingMessage | undefined, isBare: boolean): Headers {
  const { 'content-length': said, ...headers } = withoutHopByHop(world.response.headers)
  if (world.response.status === 204)
    return said?.[0] === '0' ? { ...headers, 'content-length': ['0'] } : headers
  if (isBare) {
    const isTrue = streamed === undefined || world.upstream.request.method === world.request.method
    return said === undefined || !isTrue || !/^\d+$/.test(said[0] ?? '')
      ? headers
      : { ...headers, 'content-length': [said[0] as string] }
  }
  if (streamed === undefined) return { ...headers, 'content-length': [String(world.response.body.length)] }
  const length = streamed.headers['content-length']
  const isTrue = length !== undefined && world.upstream.request.method !== 'HEAD'
  return isTrue ? { ...headers, 'content-length': [length] } : headers
}

/** Gives whether all of it came. */
async function passOn(
  { gone, recording, response, world }: Exchange,
  message: IncomingMessage,
): Promise<boolean> {
  const end = await pump(message, response, (bytes) => {
    recording.pass('answered', bytes)
    recording.pass('response', bytes)
  })
  if (end === 'ended' && message.complete) return true
  message.destroy()
  if (gone.aborted) return false
  const why = 'upstream prematurely closed connection while reading upstream'
  world.log.push({ level: 'err', parts: [why], by: 'kong' })
  response.destroy()
  return false
}

/** The service's own words, where the status is still its. */
function reasonOf({ answer, world }: Exchange): string {
  const { message } = answer ?? {}
  const words = message?.statusCode === world.response.status ? message.statusMessage : undefined
  return words !== undefined && /^[\t\x20-\x7e\x80-\xff]+$/.test(words)
    ? words
    : (STATUS_CODES[world.response.status] ?? 'unknown')
}

/** Both sides have switched: from here on Kong only passes bytes. */
async function openTunnel(exchange: Exchange): Promise<void> {
  const { answer, recording, request, response, world } = exchange
  const { socket } = request
  const tunnel = answer?.tunnel
  if (tunnel === undefined) return
  response.detachSocket(socket)
  const { 'content-length': _, ...headers } = withoutHopByHop(world.response.headers)
  Object.assign(world.response.headers, { connection: ['upgrade'], upgrade: ['websocket'] })
  const lines = [...writtenHeaders(headers), 'connection', 'upgrade', 'upgrade', 'websocket']
  const text = lines.reduce((all, part, index) => all + part + (index % 2 === 0 ? ': ' : '\r\n'), '')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${text}\r\n`, 'latin1')
  recording.respond()
  await join(socket, tunnel, {
    isHalfOpen: false,
    onForth(bytes) {
      recording.pass('came', bytes)
      recording.pass('sent', bytes)
    },
    onBack(bytes) {
      recording.pass('answered', bytes)
      recording.pass('response', bytes)
    },
  })
}

function served(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.writableFinished || response.closed) return resolve()
    response.once('finish', resolve).once('close', resolve)
  })
}
