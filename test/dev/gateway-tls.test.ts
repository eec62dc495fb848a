import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, request as openRequest } from 'node:https'
import { createRequire } from 'node:module'
import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startEcho } from '../../src/dev/gateway/echo.ts'
import type { FlowPlugin } from '../../src/fake-kong/flow.ts'
import {
  type Answer,
  answerOf,
  ask,
  type GatewayParts,
  listening,
  openGateway,
  service,
  type TestGateway,
  testPlugin,
} from './support/gateway.ts'

interface Client {
  on(event: 'open', listener: () => void): void
  on(event: 'message', listener: (data: Buffer) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  send(data: string): void
  close(code: number): void
}
const WebSocket = createRequire(import.meta.url)('ws') as new (
  url: string,
  options: { rejectUnauthorized: boolean },
) => Client

const greet = (request: IncomingMessage, response: ServerResponse) => {
  request.resume()
  response.end('hello')
}

async function withTls(
  plugins: readonly FlowPlugin[],
  use: (gateway: TestGateway, port: number, seen: readonly IncomingMessage[]) => Promise<void>,
  parts: GatewayParts = {},
): Promise<void> {
  const behind = service(createServer, greet)
  const port = await listening(behind.server)
  const gateway = await openGateway({ plugins, port, tls: true, ...parts })
  try {
    await use(gateway, gateway.tlsPort as number, behind.seen)
    assert.equal(gateway.failures, [])
  } finally {
    await gateway.close(0)
    await behind.close()
  }
  assert.is(gateway.leases(), 0)
}

function secureAsk(port: number, options: ConnectionOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = openRequest(
      { host: '127.0.0.1', port, agent: false, rejectUnauthorized: false, path: '/a?b', ...options },
      (message) => resolve(answerOf(message)),
    )
    request.on('error', reject)
    request.end()
  })
}

function secureConnect(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
  })
}

test('startGateway: a request over TLS is https for plugins and for the service', async () => {
  const seenByPlugin: unknown[] = []
  const plugin = testPlugin('a', {
    async access(world, call) {
      seenByPlugin.push(
        await call('kong.request.get_scheme'),
        world.client.protocol,
        world.variables.ssl_server_name,
        world.variables.ssl_client_verify,
        await call('kong.nginx.get_tls1_version_str'),
      )
    },
  })
  await withTls([plugin], async (_, port, seen) => {
    const answer = await secureAsk(port, { servername: 'my.example' })
    assert.is(String(answer.body), 'hello')
    assert.equal(seenByPlugin, ['https', 'https', 'my.example', 'NONE', 'TLSv1.3'])
    assert.is(seen[0]?.headers['x-forwarded-proto'], 'https')
    assert.is(seen[0]?.url, '/a?b')
  })
})

test('startGateway: the certificate is for this machine and the name that is asked for; ALPN is http/1.1', async () => {
  await withTls([], async (_, port) => {
    const named = await secureConnect(port, { servername: 'my.example', ALPNProtocols: ['h2', 'http/1.1'] })
    const { subjectaltname = '' } = named.getPeerCertificate()
    for (const name of [
      'DNS:localhost',
      'DNS:my.example',
      'IP Address:127.0.0.1',
      'IP Address:0:0:0:0:0:0:0:1',
    ])
      assert.ok(subjectaltname.includes(name), `${name} in ${subjectaltname}`)
    assert.is(named.alpnProtocol, 'http/1.1')
    named.destroy()
    const plain = await secureConnect(port)
    assert.ok(plain.getPeerCertificate().subjectaltname?.includes('IP Address:127.0.0.1'))
    plain.destroy()
  })
})

test('startGateway: the certificate phase comes before the handshake, with and without a server name', async () => {
  const seen: string[] = []
  const plugin = testPlugin('a', { certificate: (world) => seen.push(world.client.ip) })
  await withTls([plugin], async ({ records, finished }, port) => {
    for (const options of [{}, { servername: 'my.example' }])
      assert.is(String((await secureAsk(port, options)).body), 'hello')
    await finished(4)
    assert.equal(seen, ['127.0.0.1', '127.0.0.1'])
    assert.equal(
      records.map(({ kind, state }) => `${kind} ${state}`),
      ['handshake done', 'http done', 'handshake done', 'http done'],
    )
  })
})

test('startGateway: a certificate phase that raises refuses the handshake, and only that', async () => {
  let isRefusing = true
  const plugin = testPlugin('a', {
    certificate: (_, call) => isRefusing && call('kong.request.get_header', 'host'),
  })
  await withTls([plugin], async ({ records, finished }, port) => {
    const words = await secureAsk(port).then(
      () => 'answered',
      (error: Error) => error.message,
    )
    assert.match(words, /alert internal error/)
    await finished(1)
    assert.equal([records[0]?.kind, records[0]?.state], ['handshake', 'refused'])
    isRefusing = false
    assert.is((await secureAsk(port)).status, 200)
  })
})

test('startGateway: a certificate is asked of the client where a plugin wants it', async () => {
  const made = await generate([{ name: 'commonName', value: 'client' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  const mine = { key: made.private, cert: made.cert }
  const seen: unknown[] = []
  const plugin = testPlugin('a', {
    certificate: (_, call) => call('kong.client.tls.request_client_certificate'),
    async access(world, call) {
      const chain = await call('kong.client.tls.get_full_client_certificate_chain')
      seen.push([typeof chain === 'string' && chain.replace(/\s/g, ''), world.variables.ssl_client_verify])
    },
  })
  await withTls([plugin], async (_, port) => {
    await secureAsk(port, mine)
    await secureAsk(port)
    assert.equal(seen, [
      [made.cert.replace(/\s/g, ''), 'FAILED:DEPTH_ZERO_SELF_SIGNED_CERT'],
      [false, 'NONE'],
    ])
  })
})

test('startGateway: a WebSocket over TLS passes through', async () => {
  const echo = await startEcho()
  await withTls(
    [],
    async (_, port) => {
      const back = await new Promise<string>((resolve, reject) => {
        const client = new WebSocket(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false })
        client.on('error', reject)
        client.on('open', () => client.send('hello'))
        client.on('message', (data) => {
          client.close(1000)
          resolve(String(data))
        })
      })
      assert.is(back, 'hello')
    },
    { port: echo.httpPort },
  )
  await echo.close()
})

test('startGateway: bytes that are no TLS, and clients that say nothing, cost their connection', async () => {
  await withTls([testPlugin('a', { certificate: () => undefined })], async ({ tlsPort }, port) => {
    const silent = connectTcp(tlsPort as number, '127.0.0.1')
    const closing = new Promise((resolve) => {
      const socket = connectTcp(port, '127.0.0.1')
      socket.on('error', () => undefined).on('close', resolve)
      socket.resume()
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    })
    await closing
    assert.is((await secureAsk(port)).status, 200)
    silent.destroy()
  })
})

test('startGateway: a service over TLS is not verified, unless its entity or a plugin says so', async () => {
  const made = await generate([{ name: 'commonName', value: 'service' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  const behind = service(
    (listener) => createHttpsServer({ key: made.private, cert: made.cert }, listener) as never,
    greet,
  )
  const port = await listening(behind.server)
  const statusFor = async (parts: GatewayParts) => {
    const gateway = await openGateway({ ...parts, port, service: { protocol: 'https', ...parts.service } })
    const { status } = await ask(gateway.httpPort)
    await gateway.close(0)
    return status
  }
  const verifying = testPlugin('a', { access: (_, call) => call('kong.service.set_tls_verify', true) })
  assert.is(await statusFor({}), 200)
  assert.is(await statusFor({ service: { tls_verify: true } }), 502)
  assert.is(await statusFor({ plugins: [verifying] }), 502)
  await behind.close()
})

test.run()
