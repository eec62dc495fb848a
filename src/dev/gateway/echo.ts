import { isUtf8 } from 'node:buffer'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { listen } from '../listen.ts'
import { readHeaders, textOfBytes } from './headers.ts'
import { UnderWay } from './under-way.ts'
import { echoFrames } from './web-socket-echo.ts'

/** A service that answers with what it was asked. */
export interface Echo {
  readonly httpPort: number
  readonly streamPort: number
  close(): Promise<void>
}

/** Bytes of a body that are given back; of a longer one the rest is only counted. */
const largestBody = 1_048_576

/**
 * Starts the echo on free ports of 127.0.0.1. HTTP is answered with JSON of `method`, `url`, `headers`, `body` (text, or
 * base64 with `"encoding": "base64"`) and its `size` in bytes; a body over 1 MB is cut there, which `"isCut": true` says. A
 * WebSocket and a TCP connection get their own messages and bytes back.
 */
export async function startEcho(): Promise<Echo> {
  const underWay = new UnderWay()
  const http = createServer({ requestTimeout: 0 }, (request, response) => void answer(request, response))
  http.on('connection', (socket) => underWay.addSocket(socket))
  http.on('upgrade', (request, socket, head) => echoFrames(request, socket as Socket, head))
  const stream = createTcpServer({ allowHalfOpen: true }, (socket) => {
    underWay.addSocket(socket)
    socket.pipe(socket)
  })
  const httpPort = await listen(http, 0, '127.0.0.1')
  const streamPort = await listen(stream, 0, '127.0.0.1')
  return {
    httpPort,
    streamPort,
    async close() {
      const closed = [http, stream].map((server) => new Promise((resolve) => server.close(resolve)))
      underWay.cut()
      await Promise.all(closed)
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  let [size, kept] = [0, 0]
  try {
    for await (const bytes of request as AsyncIterable<Buffer>) {
      size += bytes.length
      const part = bytes.subarray(0, largestBody - kept)
      kept += part.length
      if (part.length > 0) parts.push(part)
    }
  } catch {
    // The client has left, and takes no answer.
    return
  }
  const { method, url = '', rawHeaders } = request
  const headers = Object.fromEntries(
    Object.entries(readHeaders(rawHeaders)).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  )
  const body = bodyText(Buffer.concat(parts))
  const echo = { method, url: textOfBytes(url), headers, ...body, size, ...(size > kept && { isCut: true }) }
  const bytes = Buffer.from(`${JSON.stringify(echo, undefined, 2)}\n`)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}

function bodyText(bytes: Buffer): { body: string; encoding?: 'base64' } {
  return isUtf8(bytes) ? { body: bytes.toString() } : { body: bytes.toString('base64'), encoding: 'base64' }
}
