import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startEcho } from '../../src/dev/gateway/echo.ts'
import {
  ask,
  between,
  bodyOf,
  exchangeBytes,
  type GatewayParts,
  greet,
  listening,
  openGateway,
  service,
  testPlugin,
} from './support/gateway.ts'

test('startGateway: a request reaches the service, and both sides have the headers that Kong makes', async () => {
  await between(greet, [], async ({ httpPort, records, finished }, { seen }) => {
    const answer = await ask(httpPort, {
      path: '/a%20b?q=%2F',
      headers: { host: 'example.com', 'x-mine': 'é' },
    })
    await finished(1)
    assert.is(answer.status, 200)
    assert.is(String(answer.body), 'hello')
    assert.is(answer.headers['x-up'], '1, 2')
    assert.is(answer.headers.via, '1.1 kong/3.9.1')
    assert.is(answer.headers.server, 'me')
    assert.is(answer.headers['content-length'], '5')
    assert.match(String(answer.headers['x-kong-proxy-latency']), /^\d+$/)
    assert.match(String(answer.headers['x-kong-upstream-latency']), /^\d+$/)
    const id = String(answer.headers['x-kong-request-id'])
    assert.match(id, /^[0-9a-f]{32}$/)
    const { headers, url } = seen[0] as IncomingMessage
    assert.is(url, '/a%20b?q=%2F')
    assert.is(headers['x-forwarded-for'], '127.0.0.1')
    assert.is(headers['x-forwarded-host'], 'example.com')
    assert.is(headers['x-forwarded-path'], '/a%20b')
    assert.is(headers['x-kong-request-id'], id)
    assert.is(headers['x-mine'], 'é')
    assert.is(headers.via, '1.1 kong/3.9.1')
    const [record] = records
    assert.equal(record?.heard, ['forward', 'answer', 'respond', 'finish'])
    assert.is(record?.state, 'done')
    assert.equal(record?.passed, { came: 0, sent: 0, answered: 5, response: 5 })
    assert.is(record?.world.measured.tries.length, 1)
  })
})

test('startGateway: a service is reached by its own path, behind the path that the route strips', async () => {
  await between(
    greet,
    [],
    async ({ httpPort }, { seen }) => {
      await ask(httpPort, { path: '/mine/x?y' })
      assert.is(seen[0]?.url, '/base/x?y')
    },
    { service: { path: '/base' }, route: { paths: ['/mine'], strip_path: true } },
  )
})

test('startGateway: an exit in access answers, and the service is never asked', async () => {
  const plugin = testPlugin('a', {
    access: (_, call) => call('kong.response.exit', 403, 'no', { 'x-why': ['me', 'ü'] }),
  })
  await between(greet, [plugin], async ({ httpPort, records }, { seen }) => {
    const answer = await ask(httpPort, { method: 'POST', body: Buffer.alloc(300_000) })
    assert.is(answer.status, 403)
    assert.is(String(answer.body), 'no')
    assert.is(Buffer.from(String(answer.headers['x-why']), 'latin1').toString(), 'me, ü')
    assert.is(answer.headers['content-length'], '2')
    assert.is(answer.headers.via, undefined)
    assert.is(seen.length, 0)
    assert.equal(records[0]?.heard.includes('forward'), false)
  })
})

test('startGateway: a failure of our own is 500 for one client, and said', async () => {
  const plugin = testPlugin('a', {
    access(world) {
      if (world.request.path === '/bad') throw new TypeError('ours')
    },
  })
  const behind = service(createServer, greet)
  const gateway = await openGateway({ plugins: [plugin], port: await listening(behind.server) })
  assert.is((await ask(gateway.httpPort, { path: '/bad' })).status, 500)
  assert.equal(gateway.failures, ['Cannot finish GET /bad: ours'])
  assert.is((await ask(gateway.httpPort)).status, 200)
  assert.is(gateway.leases(), 0)
  await gateway.close(0)
  await behind.close()
})

test('startGateway: a response handler has the whole response, and may replace it', async () => {
  const texts: unknown[] = []
  const plugin = testPlugin('a', {
    async response(_, call) {
      texts.push(await call('kong.service.response.get_raw_body'))
      await call('kong.response.exit', 418, 'mine')
    },
  })
  const chunked = (_: IncomingMessage, response: ServerResponse) => {
    response.write('in ')
    response.end('pieces')
  }
  await between(chunked, [plugin], async ({ httpPort }) => {
    const answer = await ask(httpPort)
    assert.is(String(texts[0]), 'in pieces')
    assert.is(answer.status, 418)
    assert.is(String(answer.body), 'mine')
  })
})

test('startGateway: log runs when the client has its response, and sees what was measured', async () => {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let record:
    | { response: { size: number; status: number }; request: { size: number }; latencies: object }
    | undefined
  const plugin = testPlugin('a', {
    async log(_, call) {
      await held
      record = JSON.parse(String(await call('kong.log.serialize')))
    },
  })
  await between(greet, [plugin], async ({ httpPort, finished, records }) => {
    const answer = await ask(httpPort, { method: 'POST', body: 'sent' })
    assert.is(String(answer.body), 'hello')
    assert.is(records[0]?.state, undefined, 'log still runs')
    release()
    await finished(1)
    assert.is(record?.response.status, 200)
    assert.ok((record?.response.size ?? 0) > 100)
    assert.ok((record?.request.size ?? 0) > 50)
    assert.equal(Object.keys(record?.latencies ?? {}).sort(), ['kong', 'proxy', 'receive', 'request'])
  })
})

test('startGateway: without a route 404, without a service 503', async () => {
  await between(
    greet,
    [],
    async ({ httpPort }) => {
      const answer = await ask(httpPort)
      assert.is(answer.status, 404)
      assert.is(JSON.parse(String(answer.body)).message, 'no Route matched with those values')
      assert.is(answer.headers.server, 'kong/3.9.1')
    },
    { route: null },
  )
  await between(greet, [], async ({ httpPort }) => assert.is((await ask(httpPort)).status, 503), {
    service: null,
  })
})

test('startGateway: a route for TLS only sends the others there', async () => {
  const https = { protocols: ['https'] } as const
  await between(
    greet,
    [],
    async ({ httpPort }, { seen }) => {
      const answer = await ask(httpPort)
      assert.is(answer.status, 426)
      assert.is(JSON.parse(String(answer.body)).message, 'Please use HTTPS protocol')
      assert.is(seen.length, 0)
    },
    { route: https },
  )
  await between(
    greet,
    [],
    async ({ httpPort }) => {
      const answer = await ask(httpPort, { path: '/a?b', headers: { host: 'example.com' } })
      assert.is(answer.status, 301)
      assert.is(answer.headers.location, 'https://example.com/a?b')
    },
    { route: { ...https, https_redirect_status_code: 301 } },
  )
})

test('startGateway: a service that refuses, closes, is unknown, silent or speaks nonsense is 502, 503, 504', async () => {
  const statusFor = async (parts: GatewayParts) => {
    const gateway = await openGateway(parts)
    const { status, body } = await ask(gateway.httpPort)
    await gateway.close(0)
    return [status, JSON.parse(String(body)).message, gateway.records[0]?.world.measured.tries.length]
  }
  const free = createServer()
  const port = await listening(free)
  await new Promise((resolve) => free.close(resolve))
  const invalid = 'An invalid response was received from the upstream server'
  assert.equal(await statusFor({ port }), [502, invalid, 1])
  assert.equal(await statusFor({ port, service: { retries: 2 } }), [502, invalid, 3])
  assert.equal(await statusFor({ service: { host: 'nobody.invalid' } }), [503, 'name resolution failed', 0])
  const closing = service(createServer, (request) => request.socket.destroy())
  assert.equal(await statusFor({ port: await listening(closing.server) }), [502, invalid, 1])
  await closing.close()
  const silent = service(createServer, () => undefined)
  const silentPort = await listening(silent.server)
  const late = await statusFor({ port: silentPort, service: { read_timeout: 50 } })
  assert.equal(late, [504, 'The upstream server is timing out', 1])
  await silent.close()
  const nonsense = service(createServer, (request) => request.socket.end('HTTP/9 nonsense\r\n\r\n'))
  assert.equal(await statusFor({ port: await listening(nonsense.server) }), [502, invalid, 1])
  await nonsense.close()
})

test('startGateway: a plugin chooses where a request goes, its body, and its timeouts', async () => {
  let text = ''
  const reads = async (request: IncomingMessage, response: ServerResponse) => {
    text = String(await bodyOf(request))
    response.end()
  }
  const other = service(createServer, reads)
  const port = await listening(other.server)
  const plugin = testPlugin('a', {
    async access(_, call) {
      await call('kong.service.set_target', '127.0.0.1', port)
      await call('kong.service.request.set_raw_body', 'mine')
      await call('kong.service.request.set_header', 'x-a\r\nx-evil: 1', 'b\r\nx-evil: 2')
    },
  })
  await between(greet, [plugin], async ({ httpPort, records }, { seen }) => {
    const answer = await ask(httpPort, { method: 'POST', body: Buffer.alloc(3_000_000) })
    assert.is(answer.status, 200)
    assert.is(text, 'mine')
    assert.is(seen.length, 0)
    assert.is(other.seen[0]?.headers['content-length'], '4')
    assert.is(other.seen[0]?.headers['x-evil'], undefined)
    assert.is(other.seen[0]?.headers['x-a%0d%0ax-evil%3a%201'], 'b%0D%0Ax-evil: 2')
    assert.is(records[0]?.passed.came, 3_000_000)
  })
  await other.close()
})

test('startEcho: HTTP gives back what was asked, a long body cut, TCP its bytes', async () => {
  const echo = await startEcho()
  try {
    const small = JSON.parse(
      String(
        (
          await ask(echo.httpPort, {
            method: 'PUT',
            path: '/a?b',
            headers: { 'x-a': ['1', '2'] },
            body: 'hé',
          })
        ).body,
      ),
    )
    assert.equal([small.method, small.url, small.body, small.size], ['PUT', '/a?b', 'hé', 3])
    assert.equal(small.headers['x-a'], ['1', '2'])
    const odd = JSON.parse(String((await ask(echo.httpPort, { method: 'POST', body: Buffer.of(0xff) })).body))
    assert.equal([odd.body, odd.encoding], ['/w==', 'base64'])
    const long = JSON.parse(
      String((await ask(echo.httpPort, { method: 'POST', body: Buffer.alloc(3_000_000, 'a') })).body),
    )
    assert.equal([long.size, long.isCut, long.body.length], [3_000_000, true, 1_048_576])
    const back = await exchangeBytes(echo.streamPort, 'ping', true)
    assert.is(back, 'ping')
  } finally {
    await echo.close()
  }
})

test.run()
