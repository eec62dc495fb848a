import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { listen } from '../listen.ts'
import { runExchange } from './exchange.ts'
import type { GatewayOptions, Listener } from './gateway.ts'
import { Turns } from './turns.ts'
import { UnderWay } from './under-way.ts'
import { isWebSocket, withoutUpgrade } from './upgrade.ts'

/** Milliseconds for which a connection may wait for its next request, as in Kong's nginx. */
const idleTime = 65_000

export interface HttpListener extends Listener {
  /** Reads requests from a connection that came in elsewhere. */
  take(socket: Socket): void
}

/** The last request that was begun on a connection. */
interface Latest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Resolves when those before it are over. */
  readonly turn: Promise<void>
}

export async function startHttp(options: GatewayOptions, port: number): Promise<HttpListener> {
  const underWay = new UnderWay()
  const turns = new Turns()
  const latest = new WeakMap<Socket, Latest>()
  let isClosing = false
  // A long upload is nobody's fault: only the head of a request has a limit.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: idleTime })
  server.maxHeadersCount = 0

  function run(request: IncomingMessage, response: ServerResponse, isExpecting: boolean): void {
    const { socket } = request
    const turn = turns.take(socket, response)
    latest.set(socket, { request, response, turn })
    const work = async () => {
      await turn
      if (!socket.destroyed)
        await runExchange(options, { request, response, isExpecting, isClosing: () => isClosing })
    }
    underWay.addWork(work())
  }

  /** A request that wants another protocol has its turn too: node:http would answer it before those that came first. */
  async function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    await turns.over(socket)
    // Not before node:http has let go of the connection.
    await new Promise((resolve) => setImmediate(resolve))
    if (socket.destroyed) return
    if (!isWebSocket(request)) {
      socket.unshift(Buffer.concat([withoutUpgrade(request), head]))
      server.emit('connection', socket)
      return
    }
    if (head.length > 0) socket.unshift(head)
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    // Only where the answer is no: this connection takes no other request.
    response.once('finish', () => socket.end())
    run(request, response, false)
  }

  /** What cannot be read as a request costs its connection, once the responses before it are out. */
  async function refuse(socket: Socket, status: string): Promise<void> {
    const own = latest.get(socket)
    // The body of a request is broken: it has to be told now, as it may wait for the rest.
    if (own?.request.complete === false) {
      await own.turn
      if (own.response.headersSent) return cut(socket, own.response)
    } else await turns.over(socket)
    if (socket.writable) answerPlainly(socket, status)
    else socket.destroy()
  }

  server.on('connection', (socket) => underWay.addSocket(socket))
  server.on('request', (request, response) => run(request, response, false))
  server.on('checkContinue', (request, response) => run(request, response, true))
  server.on('checkExpectation', (request, response) => run(request, response, false))
  server.on('upgrade', (request, socket, head) => void upgrade(request, socket as Socket, head))
  server.on('connect', (_, socket) => void refuse(socket as Socket, '405 Not Allowed'))
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket) =>
      void refuse(socket as Socket, statuses[error.code ?? ''] ?? '400 Bad Request'),
  )
  return {
    port: await listen(server, port, options.host),
    take: (socket) => void server.emit('connection', socket),
    stop() {
      isClosing = true
      server.close()
      server.closeIdleConnections()
    },
    finished: () => underWay.finished(),
    cut: () => underWay.cut(),
  }
}

const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** What was sent of a response stays as it is: nothing may look like the rest of it. */
function cut(socket: Socket, response: ServerResponse): void {
  if (response.writableFinished) socket.end(() => socket.destroy())
  else socket.destroy()
}

function answerPlainly(socket: Socket, status: string): void {
  const body = `${status}\n`
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
