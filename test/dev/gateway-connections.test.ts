import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Echo, startEcho } from '../../src/dev/gateway/echo.ts'
import {
  exchangeBytes,
  type GatewayParts,
  listening,
  openGateway,
  service as serviceOf,
  type TestGateway,
  testPlugin,
} from './support/gateway.ts'

interface Client {
  on(event: 'open', listener: () => void): Client
  on(event: 'message', listener: (data: Buffer) => void): Client
  on(event: 'close', listener: (code: number) => void): Client
  on(event: 'error', listener: (error: Error) => void): Client
  send(data: string | Buffer): void
  close(code: number): void
}
const WebSocket = createRequire(import.meta.url)('ws') as new (
  url: string,
  options?: { headers?: Record<string, string> },
) => Client

async function withEcho(
  parts: GatewayParts,
  use: (gateway: TestGateway, echo: Echo) => Promise<void>,
): Promise<void> {
  const echo = await startEcho()
  const port = parts.stream === true ? echo.streamPort : echo.httpPort
  const gateway = await openGateway({ port, ...parts })
  try {
    await use(gateway, echo)
    assert.equal(gateway.failures, [])
  } finally {
    await gateway.close(0)
    await echo.close()
  }
  assert.is(gateway.leases(), 0)
}

test('startGateway: a WebSocket passes through, and log runs when it is closed', async () => {
  let logged = 0
  const plugin = testPlugin('a', {
    access: (_, call) => call('kong.response.set_header', 'x-mine', '1'),
    log: () => logged++,
  })
  await withEcho({ plugins: [plugin] }, async ({ httpPort, records, finished }) => {
    const long = Buffer.alloc(300_000, 'x')
    const got: Buffer[] = []
    const code = await new Promise<number>((resolve, reject) => {
      const client = new WebSocket(`ws://127.0.0.1:${httpPort}/chat`)
      client.on('error', reject)
      client.on('open', () => {
        client.send('hello')
        client.send(long)
      })
      client.on('message', (data) => {
        got.push(data)
        assert.is(logged, 0)
        if (got.length === 2) client.close(4001)
      })
      client.on('close', resolve)
    })
    assert.is(code, 4001)
    assert.equal([String(got[0]), got[1]?.equals(long)], ['hello', true])
    await finished(1)
    const [record] = records
    assert.equal([record?.kind, record?.state, logged], ['websocket', 'done', 1])
    assert.is(record?.world.response.status, 101)
    assert.equal(record?.world.response.headers['x-mine'], ['1'])
    assert.ok((record?.passed.came ?? 0) > long.length)
    assert.ok((record?.passed.response ?? 0) > long.length)
  })
})

test('startGateway: an upgrade that a plugin or the service refuses is answered plainly', async () => {
  const refusal = (port: number) =>
    exchangeBytes(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
  const plugin = testPlugin('a', { access: (_, call) => call('kong.response.exit', 401, 'who?') })
  await withEcho({ plugins: [plugin] }, async ({ httpPort }) => {
    assert.match(await refusal(httpPort), /^HTTP\/1\.1 401 [\s\S]*connection: close[\s\S]*who\?$/i)
  })
  await withEcho({}, async ({ httpPort }) => {
    assert.match(await refusal(httpPort), /^HTTP\/1\.1 400 [\s\S]*connection: close/i)
  })
})

test('startGateway: another protocol than WebSocket is passed over, as by nginx', async () => {
  await withEcho({}, async ({ httpPort }) => {
    const text = await exchangeBytes(
      httpPort,
      'POST /a HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody',
    )
    assert.match(text, /^HTTP\/1\.1 200 /)
    assert.is(JSON.parse(text.slice(text.indexOf('\r\n\r\n'))).body, 'body')
  })
})

test('startGateway: a WebSocket request with a body is a request like others', async () => {
  await withEcho({}, async ({ httpPort, records, finished }) => {
    const text = await exchangeBytes(
      httpPort,
      'POST /a HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\n\r\nbody',
    )
    const echoed = JSON.parse(text.slice(text.indexOf('\r\n\r\n')))
    assert.equal([echoed.body, echoed.headers.upgrade], ['body', undefined])
    await finished(1)
    assert.is(records[0]?.kind, 'http')
  })
})

test('startGateway: a client that leaves its WebSocket closes the one of the service', async () => {
  let isOver: () => void = () => undefined
  const over = new Promise<void>((resolve) => {
    isOver = resolve
  })
  let service: { destroy(): unknown } | undefined
  const server = createServer()
  server.on('upgrade', (_, socket) => {
    service = socket
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi')
    socket.on('error', () => undefined).on('end', isOver)
    socket.resume()
  })
  const gateway = await openGateway({ port: await listening(server) })
  const socket = connect(gateway.httpPort, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  let text = ''
  await new Promise<void>((resolve) =>
    socket.on('data', (bytes) => {
      text += bytes
      if (text.endsWith('\r\n\r\nhi')) resolve()
    }),
  )
  socket.destroy()
  await over
  await gateway.finished(1)
  await gateway.close(0)
  service?.destroy()
  server.close()
})

test('startGateway: a TCP connection goes through preread to its service', async () => {
  const phases: string[] = []
  const plugin = testPlugin('a', {
    preread: () => phases.push('preread'),
    async log(_, call) {
      phases.push('log')
      const { session } = JSON.parse(String(await call('kong.log.serialize')))
      assert.equal([session.received, session.sent], [4, 4])
    },
  })
  await withEcho({ stream: true, plugins: [plugin] }, async ({ streamPort, records, finished }) => {
    const back = await exchangeBytes(streamPort as number, 'ping', true)
    assert.is(back, 'ping')
    await finished(1)
    assert.equal(phases, ['preread', 'log'])
    const [record] = records
    assert.equal([record?.kind, record?.state], ['stream', 'done'])
    assert.equal(record?.passed, { came: 4, sent: 4, answered: 4, response: 4 })
  })
})

test('startGateway: preread may choose another target, answer itself, or be refused', async () => {
  const other = createTcpServer((socket) => socket.end('other'))
  const port = await listening(other)
  const choosing = testPlugin('a', {
    preread: (_, call) => call('kong.service.set_target', '127.0.0.1', port),
  })
  await withEcho({ stream: true, plugins: [choosing] }, async ({ streamPort }) => {
    assert.is(await exchangeBytes(streamPort as number, 'x'), 'other')
  })
  other.close()
  const exiting = testPlugin('a', { preread: (_, call) => call('kong.response.exit', 200, 'bye') })
  await withEcho({ stream: true, plugins: [exiting] }, async ({ streamPort }) => {
    assert.match(await exchangeBytes(streamPort as number, 'x'), /bye$/)
  })
  const raising = testPlugin('a', { preread: (_, call) => call('kong.request.get_header', 'x') })
  await withEcho({ stream: true, plugins: [raising] }, async ({ streamPort, records, finished }) => {
    assert.is(await exchangeBytes(streamPort as number, 'x'), '')
    await finished(1)
    assert.is(records[0]?.state, 'refused')
  })
  await withEcho({ stream: true, service: null }, async ({ streamPort }) => {
    assert.is(await exchangeBytes(streamPort as number, 'x'), '')
  })
})

test('startGateway: a slow reader of a TCP connection holds the service back', async () => {
  const size = 40 * 1_048_576
  let written = 0
  const pouring = createTcpServer((socket: Socket) => {
    const chunk = Buffer.alloc(1_048_576)
    const write = () => {
      while (written < size) {
        written += chunk.length
        if (!socket.write(chunk)) return void socket.once('drain', write)
      }
      socket.end()
    }
    write()
  })
  const gateway = await openGateway({ stream: true, port: await listening(pouring) })
  const socket = connect(gateway.streamPort as number, '127.0.0.1')
  socket.pause()
  let before = -1
  for (; before !== written || written === 0; await delay(50)) before = written
  assert.ok(written < size / 2, `${written} bytes were taken from the service`)
  let got = 0
  await new Promise<void>((resolve) => {
    socket.on('data', (bytes) => {
      got += bytes.length
    })
    socket.on('end', resolve)
    socket.resume()
  })
  assert.is(got, size)
  socket.destroy()
  await gateway.close(0)
  pouring.close()
})

test('startGateway: a port that is taken is said', async () => {
  const taken = serviceOf(createServer, (_: IncomingMessage, response: ServerResponse) => response.end())
  const port = await listening(taken.server)
  const first = await openGateway({ httpPort: port }).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  )
  assert.is(first, 'EADDRINUSE')
  await taken.close()
})

test.run()
