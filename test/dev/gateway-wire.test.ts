import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  answerOf,
  ask,
  between,
  bodyOf,
  exchangeBytes,
  greet,
  listening,
  openGateway,
  service,
  testPlugin,
} from './support/gateway.ts'

test('startGateway: a client that sends more than is wanted still gets its answer, also at the end of its connection', async () => {
  const plugin = testPlugin('a', { access: (_, call) => call('kong.response.exit', 403, 'no') })
  await between(greet, [plugin], async ({ httpPort }) => {
    for (let count = 0; count < 10; count++) {
      const body = Buffer.alloc(5_000_000)
      const answer = await ask(httpPort, { method: 'POST', body, headers: { connection: 'close' } })
      assert.equal([answer.status, String(answer.body)], [403, 'no'])
    }
  })
})

test('startGateway: requests that come together on one connection are answered in order', async () => {
  const slowFirst = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/1') await delay(30)
    response.end(`[${request.url}]`)
  }
  await between(slowFirst, [], async ({ httpPort }, { seen }) => {
    const one = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
    const text = await exchangeBytes(httpPort, one('/1') + one('/2') + one('/3', 'Connection: close\r\n'))
    assert.equal(text.match(/\[.*?\]/g), ['[/1]', '[/2]', '[/3]'])
    assert.is(text.match(/connection: close/gi)?.length, 1)
    assert.is(seen.length, 3)
  })
})

test('startGateway: HEAD, 204 and 304 have no body, and the connection goes on', async () => {
  const bare = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/head') response.writeHead(200, { 'content-length': 1000 })
    else response.writeHead(Number(request.url?.slice(1)), { etag: '"1"' })
    response.end()
  }
  await between(bare, [], async ({ httpPort }) => {
    const text = await exchangeBytes(
      httpPort,
      [
        'HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n',
        'GET /204 HTTP/1.1\r\nHost: a\r\n\r\n',
        'GET /304 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      ].join(''),
    )
    assert.equal(text.match(/^HTTP.*$/gm), [
      'HTTP/1.1 200 OK',
      'HTTP/1.1 204 No Content',
      'HTTP/1.1 304 Not Modified',
    ])
    assert.match(text, /content-length: 1000/i)
    assert.not.match(text, /transfer-encoding/i)
  })
})

test('startGateway: 100-continue is sent when the body is wanted, and not for an exit', async () => {
  const bodies: string[] = []
  const reads = async (request: IncomingMessage, response: ServerResponse) => {
    bodies.push(String(await bodyOf(request)))
    response.end('thanks')
  }
  const plugin = testPlugin('a', {
    access: (world, call) => world.request.path === '/no' && call('kong.response.exit', 413, 'too long'),
  })
  const post = (port: number, path: string) =>
    new Promise<{ status: number; continued: boolean }>((resolve, reject) => {
      let continued = false
      const headers = { expect: '100-continue', 'content-length': 4 }
      const request = openRequest({ port, host: '127.0.0.1', method: 'POST', path, headers, agent: false })
      request.on('continue', () => {
        continued = true
        request.end('body')
      })
      request.on('response', async (message) => {
        const { status } = await answerOf(message)
        request.destroy()
        resolve({ status, continued })
      })
      request.on('error', reject)
      request.flushHeaders()
    })
  await between(reads, [plugin], async ({ httpPort }, { seen }) => {
    assert.equal(await post(httpPort, '/yes'), { status: 200, continued: true })
    assert.equal(bodies, ['body'])
    assert.is(seen[0]?.headers.expect, undefined)
    assert.equal(await post(httpPort, '/no'), { status: 413, continued: false })
  })
})

test('startGateway: a client that leaves ends the request to the service, and log runs', async () => {
  let logged = 0
  let isOver: () => void = () => undefined
  const over = new Promise<void>((resolve) => {
    isOver = resolve
  })
  const never = (request: IncomingMessage) => request.socket.once('close', isOver)
  const plugin = testPlugin('a', { log: () => logged++ })
  await between(never, [plugin], async ({ httpPort, finished, records }, { server }) => {
    const asked = new Promise((resolve) => server.once('request', resolve))
    const socket = connect(httpPort, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await asked
    socket.destroy()
    await over
    await finished(1)
    assert.is(records[0]?.state, 'aborted')
    assert.is(logged, 1)
  })
})

test('startGateway: a service that answers without taking the body is heard, and the client gets rid of it', async () => {
  const hasty = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.pause()
      socket.write('HTTP/1.1 413 Too Long\r\nContent-Length: 6\r\n\r\nenough')
    })
  })
  const gateway = await openGateway({ port: await listening(hasty) })
  const answer = await ask(gateway.httpPort, { method: 'POST', body: Buffer.alloc(40_000_000) })
  assert.equal([answer.status, String(answer.body)], [413, 'enough'])
  await gateway.close(0)
  hasty.close()
})

test('startGateway: a silent service is waited for while the client sends its body', async () => {
  const reads = async (request: IncomingMessage, response: ServerResponse) =>
    response.end(String((await bodyOf(request)).length))
  await between(
    reads,
    [],
    async ({ httpPort }) => {
      const answered = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = openRequest(
          { port: httpPort, host: '127.0.0.1', method: 'POST', agent: false },
          resolve,
        )
        request.on('error', reject)
        request.write('a')
        setTimeout(() => request.end('b'), 300)
      })
      assert.equal([answered.statusCode, String(await bodyOf(answered))], [200, '2'])
    },
    { service: { read_timeout: 100, write_timeout: 100 } },
  )
})

test('startGateway: a service that breaks off its body breaks off the client', async () => {
  const half = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('half')
    setTimeout(() => request.socket.destroy(), 20)
  }
  await between(half, [], async ({ httpPort, records, finished }) => {
    const text = await exchangeBytes(httpPort, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.match(text, /half$/)
    await finished(1)
    assert.is(records[0]?.world.log.at(-1)?.by, 'kong')
  })
})

test('startGateway: hostile bytes cost one connection', async () => {
  await between(greet, [], async ({ httpPort, records }, { seen }) => {
    const hostile = [
      'nonsense\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nX: \u0001\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
    ]
    for (const bytes of hostile)
      assert.match(
        await exchangeBytes(httpPort, bytes),
        /^HTTP\/1\.1 4\d\d /,
        JSON.stringify(bytes.slice(0, 60)),
      )
    assert.is(seen.length, 0)
    assert.is(records.length, 0)
    assert.is((await ask(httpPort)).status, 200)
  })
})

test('startGateway: names that objects have of their own are headers like others', async () => {
  const plugin = testPlugin('a', {
    async access(_, call) {
      await call('kong.service.request.add_header', 'constructor', 'x')
      await call('kong.response.add_header', 'toString', 'y')
    },
  })
  await between(greet, [plugin], async ({ httpPort }, { seen }) => {
    const answer = await exchangeBytes(
      httpPort,
      'GET / HTTP/1.1\r\nHost: a\r\nHasOwnProperty: 1\r\n__proto__: 2\r\nConnection: close\r\n\r\n',
    )
    assert.match(answer, /^tostring: y\r$/m)
    const raw = seen[0]?.rawHeaders ?? []
    for (const [name, value] of [
      ['hasownproperty', '1'],
      ['__proto__', '2'],
      ['constructor', 'x'],
    ] as const)
      assert.is(raw[raw.indexOf(name) + 1], value, name)
  })
})

test('startGateway: close lets requests finish, and cuts those that do not', async () => {
  let release: () => void = () => undefined
  const held = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/never') return
    await new Promise<void>((resolve) => {
      release = resolve
    })
    response.end('late')
  }
  const behind = service(createServer, held)
  const gateway = await openGateway({ port: await listening(behind.server) })
  const asked = new Promise((resolve) => behind.server.once('request', resolve))
  const late = ask(gateway.httpPort)
  await asked
  const closing = gateway.close(10_000)
  release()
  assert.is(String((await late).body), 'late')
  await closing
  const second = await openGateway({ port: Number((behind.server.address() as { port: number }).port) })
  const again = new Promise((resolve) => behind.server.once('request', resolve))
  const lost = ask(second.httpPort, { path: '/never' }).then(
    () => 'answered',
    () => 'cut',
  )
  await again
  await second.close(10)
  assert.is(await lost, 'cut')
  assert.is(second.records[0]?.state, 'aborted')
  await behind.close()
})

test.run()
