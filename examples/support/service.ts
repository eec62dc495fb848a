import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One HTTP message with its whole body. */
export interface Message {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Answer extends Message {
  readonly status: number
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** A real HTTP server on loopback, for what stands behind a gateway. */
export interface Service {
  readonly url: string
  readonly requests: readonly Message[]
  stop(): void
}

export async function startService(answer: (message: Message) => Reply): Promise<Service> {
  const requests: Message[] = []
  const server = createServer(async (incoming, outgoing) => {
    const message = { headers: incoming.headers, body: await bodyOf(incoming) }
    requests.push(message)
    const { status = 200, headers = {}, body = '' } = answer(message)
    outgoing.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Sends one request; its answer comes as the bytes that were on the wire, compressed ones too. */
export function send(url: string, { method = 'GET', path = '/', headers = {}, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { method, headers, agent: false }, (incoming) => {
      bodyOf(incoming).then(
        (answer) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: answer }),
        reject,
      )
    })
    outgoing.on('error', reject).end(body)
  })
}

/** All bytes of a message. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
