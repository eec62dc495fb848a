import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { runExchange } from './exchange.ts'
import type { GatewayOptions, Listener } from './gateway.ts'
import { listen } from './listen.ts'
import { UnderWay } from './under-way.ts'
import { isWebSocket, withoutUpgrade } from './upgrade.ts'

/** Milliseconds for which a connection may wait for its next request, as in Kong's nginx. */
const idleTime = 65_000

export interface HttpListener extends Listener {
  /** Reads requests from a connection that came in elsewhere. */
  take(socket: Socket): void
}

export async function startHttp(options: GatewayOptions, port: number): Promise<HttpListener> {
  const underWay = new UnderWay()
  const turns = new WeakMap<Socket, Promise<void>>()
  let isClosing = false
  // A long upload is nobody's fault: only the head of a request has a limit.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: idleTime })
  server.maxHeadersCount = 0

  /** Requests of one connection come one after the other, as nginx takes them. */
  function run(request: IncomingMessage, response: ServerResponse, isExpecting: boolean): Promise<void> {
    const { socket } = request
    const before = turns.get(socket)
    turns.set(
      socket,
      new Promise((resolve) => {
        response.once('close', resolve)
        socket.once('close', resolve)
      }),
    )
    const work = async () => {
      await before
      if (!socket.destroyed)
        await runExchange(options, { request, response, isExpecting, isClosing: () => isClosing })
    }
    const running = work()
    underWay.addWork(running)
    return running
  }

  function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (!isWebSocket(request)) {
      // Not before node:http has let go of the connection.
      setImmediate(() => {
        socket.unshift(Buffer.concat([withoutUpgrade(request), head]))
        server.emit('connection', socket)
      })
      return
    }
    if (head.length > 0) socket.unshift(head)
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    // Only where the answer is no: this connection takes no other request.
    response.once('finish', () => socket.end())
    void run(request, response, false)
  }

  server.on('connection', (socket) => underWay.addSocket(socket))
  server.on('request', (request, response) => void run(request, response, false))
  server.on('checkContinue', (request, response) => void run(request, response, true))
  server.on('checkExpectation', (request, response) => void run(request, response, false))
  server.on('upgrade', (request, socket, head) => upgrade(request, socket as Socket, head))
  server.on('connect', (_, socket) => refuse(socket as Socket, '405 Not Allowed'))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuse(socket as Socket, statuses[error.code ?? ''] ?? '400 Bad Request'),
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

/** What cannot be read as a request costs its connection, and nothing else. */
function refuse(socket: Socket, status: string): void {
  if (!socket.writable) return void socket.destroy()
  const body = `${status}\n`
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
