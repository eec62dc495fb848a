import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import selfsigned from 'selfsigned'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createRecorder } from '../../src/dev/inspector/record-requests.ts'
import { type Inspector, startInspector } from '../../src/dev/inspector/server.ts'
import { type Answer, ask, askJson, FakeControl } from './support/inspector-client.ts'

interface Came {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: readonly string[]
  readonly body: string
  readonly sni: unknown
}

/** Stands for the gateway: keeps what came, and answers by the path. */
const came: Came[] = []

async function gateway(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method, url, rawHeaders, socket } = request
  const sni = (socket as TLSSocket).servername
  came.push({ method, url, headers: rawHeaders, body: Buffer.concat(chunks).toString(), sni })
  if (url === '/cut') {
    response.writeHead(200, { 'content-length': '100' })
    response.write('x')
    setImmediate(() => response.destroy())
  } else if (url === '/none') socket.destroy()
  else {
    response.writeHead(418, { 'x-kong-request-id': 'abc' })
    response.end('x'.repeat(200_000))
  }
}

let http: Server
let https: Server
let inspector: Inspector
let withoutTls: Inspector

const portOf = (server: Server) => (server.address() as AddressInfo).port
const listening = (server: Server) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))

test.before(async () => {
  const { cert, private: key } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }])
  http = createServer((request, response) => void gateway(request, response).catch(() => undefined))
  https = createTlsServer({ cert, key }, (request, response) => void gateway(request, response))
  await listening(http)
  await listening(https)
  const options = {
    host: '127.0.0.1' as const,
    port: 0,
    control: new FakeControl(),
    records: createRecorder({ resolveSource: () => undefined }),
    loadPage: async () => ({ html: '', script: '', style: '' }),
    asTest: () => undefined,
  }
  const address = { host: '127.0.0.1', port: portOf(http) }
  withoutTls = await startInspector({ ...options, send: { http: address } })
  const tls = { host: '127.0.0.1', port: portOf(https) }
  inspector = await startInspector({ ...options, send: { http: address, tls } })
})
test.before.each(() => void came.splice(0))
test.after(async () => {
  await inspector.close()
  await withoutTls.close()
  http.close()
  https.close()
})

const plain = { method: 'GET', url: '/', headers: [] as [string, string][], body: '' }
const send = (body: unknown): Promise<Answer> => askJson(inspector.port, 'POST', '/api/send', body)
const message = ({ text }: Answer) => (JSON.parse(text) as { message: string }).message

test('POST send: sends exactly what was asked for, and waits for the whole response', async () => {
  const { status, text } = await send({
    method: 'POST',
    url: '/a/b?c=%20&d',
    headers: [
      ['Host', 'shop.example'],
      ['X-Twice', '1'],
      ['x-twice', '2'],
      ['X-Word', 'grün'],
    ],
    body: 'häßlich',
  })
  assert.is(status, 200)
  assert.equal(JSON.parse(text), { status: 418, requestId: 'abc' })
  assert.equal(came, [
    {
      method: 'POST',
      url: '/a/b?c=%20&d',
      headers: [
        ...['Host', 'shop.example', 'X-Twice', '1', 'x-twice', '2', 'X-Word', 'grÃ¼n'],
        ...['content-length', '9', 'connection', 'close'],
      ],
      body: 'häßlich',
      sni: undefined,
    },
  ])
})

test('POST send: headers of one connection are left out, and the length is the right one', async () => {
  await send({
    ...plain,
    method: 'PUT',
    headers: [
      ['Content-Length', '5000'],
      ['Transfer-Encoding', 'chunked'],
      ['Connection', 'x-a'],
      ['Upgrade', 'websocket'],
      ['Expect', '100-continue'],
      ['X-A', 'b'],
    ],
  })
  const [{ headers }] = came as [Came]
  assert.equal(headers, [
    ...['host', `127.0.0.1:${portOf(http)}`, 'X-A', 'b', 'content-length', '0', 'connection', 'close'],
  ])
})

test('POST send: a POST without a body says so, a GET has no length', async () => {
  await send({ ...plain, method: 'POST' })
  await send(plain)
  const host = ['host', `127.0.0.1:${portOf(http)}`]
  assert.equal(came[0]?.headers, [...host, 'content-length', '0', 'connection', 'close'])
  assert.equal(came[1]?.headers, [...host, 'connection', 'close'])
})

test('POST send: over TLS, with the name of the host', async () => {
  const { text } = await send({ ...plain, tls: true, headers: [['host', 'shop.example:8443']] })
  assert.is((JSON.parse(text) as { status: number }).status, 418)
  assert.is(came[0]?.sni, 'shop.example')
  await send({ ...plain, tls: true })
  assert.is(came[1]?.sni, false)
  const without = await askJson(withoutTls.port, 'POST', '/api/send', { ...plain, tls: true })
  assert.is(without.status, 400)
  assert.match(message(without), 'TLS')
})

test('POST send: a response that is cut has its status, none at all is 502', async () => {
  const cut = await send({ ...plain, url: '/cut' })
  assert.equal(JSON.parse(cut.text), { status: 200 })
  const none = await send({ ...plain, url: '/none' })
  assert.is(none.status, 502)
  assert.match(message(none), 'The gateway gave no response')
})

test('POST send: nothing else than the gateway can be reached, and nothing be smuggled in', async () => {
  for (const [wrong, words] of [
    [{ url: 'http://evil.example/' }, 'url'],
    [{ url: '' }, 'url'],
    [{ url: 'evil.example' }, 'url'],
    [{ url: '/a b' }, 'url'],
    [{ url: '/a\r\nX-B: c' }, 'url'],
    [{ url: '/ü' }, 'url'],
    [{ url: 5 }, 'url'],
    [{ method: 'GET /x HTTP/1.1\r\n' }, 'method'],
    [{ method: 'CONNECT' }, 'method'],
    [{ method: 'connect' }, 'method'],
    [{ method: '' }, 'method'],
    [{ headers: [['x-a', 'b\r\nx-c: d']] }, 'headers'],
    [{ headers: [['x-a', 'b\0']] }, 'headers'],
    [{ headers: [['x a', 'b']] }, 'headers'],
    [{ headers: [['x-a: b\r\nx', 'b']] }, 'headers'],
    [{ headers: [['x-a']] }, 'headers'],
    [{ headers: [['x-a', 1]] }, 'headers'],
    [{ headers: { 'x-a': 'b' } }, 'headers'],
    [{ headers: Array.from({ length: 501 }, () => ['x-a', 'b']) }, 'headers'],
    [{ body: {} }, 'body'],
    [{ tls: 'yes' }, 'tls'],
  ] as const) {
    const refused = await send({ ...plain, ...wrong })
    assert.is(refused.status, 400, JSON.stringify(wrong))
    assert.match(message(refused), `Cannot send this request: ${words} has to be`)
  }
  assert.is((await send(null)).status, 400)
  assert.is((await send([])).status, 400)
  assert.equal(came, [])
})

test('POST send: a path that looks like an address is a path of the gateway', async () => {
  await send({ ...plain, url: '//evil.example/x' })
  assert.is(came[0]?.url, '//evil.example/x')
})

test('POST send: another page cannot send', async () => {
  const headers = { 'content-type': 'application/json', origin: 'http://evil.example' }
  const answer = await ask(inspector.port, '/api/send', {
    method: 'POST',
    headers,
    body: JSON.stringify(plain),
  })
  assert.is(answer.status, 403)
  assert.equal(came, [])
})

test.run()
