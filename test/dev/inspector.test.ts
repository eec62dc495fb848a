import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createRecorder } from '../../src/dev/inspector/record-requests.ts'
import { type Inspector, startInspector } from '../../src/dev/inspector/server.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import { ask, askJson, askRaw, FakeControl, listen, plugin } from './support/inspector-client.ts'

const control = new FakeControl()
const records = createRecorder({ resolveSource: () => undefined })
const page = { html: '<!doctype html>page', script: 'script()', style: 'p {}' }
let inspector: Inspector
let port: number

const options = {
  host: '127.0.0.1' as const,
  port: 0,
  control,
  records,
  send: { http: { host: '127.0.0.1', port: 9 } },
  loadPage: async () => page,
  asTest: ({ id }: { id: number }) => (id === 1 ? `// test of ${id}` : undefined),
}

test.before(async () => {
  inspector = await startInspector(options)
  port = inspector.port
  records.begin(createWorld(), 'http').finish('done')
  records.begin(createWorld(), 'http').finish('done')
})
test.after(() => inspector.close())

const message = (text: string) => (JSON.parse(text) as { message: string }).message

test('startInspector: serves the page, its script and its style, protected and not kept', async () => {
  for (const [path, type, body] of [
    ['/', 'text/html', page.html],
    ['/page.js', 'text/javascript', page.script],
    ['/page.css', 'text/css', page.style],
  ] as const) {
    const { status, headers, text } = await ask(port, path)
    assert.is(status, 200)
    assert.is(headers['content-type'], `${type}; charset=utf-8`)
    assert.is(text, body)
    assert.is(
      headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    assert.is(headers['x-content-type-options'], 'nosniff')
    assert.is(headers['referrer-policy'], 'no-referrer')
    assert.is(headers['cross-origin-resource-policy'], 'same-origin')
    assert.is(headers['cross-origin-opener-policy'], 'same-origin')
    assert.is(headers['cache-control'], 'no-store')
    assert.is(headers['access-control-allow-origin'], undefined)
  }
})

test('startInspector: gives requests, one request, its test, and plugins', async () => {
  const list = JSON.parse((await ask(port, '/api/requests')).text) as { id: number }[]
  assert.equal(
    list.map(({ id }) => id),
    [2, 1],
  )
  const one = await ask(port, '/api/requests/1')
  assert.is((JSON.parse(one.text) as { came: { url: string } }).came.url, '/hello?name=world')
  const exported = await ask(port, '/api/requests/1/test')
  assert.is(exported.headers['content-type'], 'text/plain; charset=utf-8')
  assert.is(exported.text, '// test of 1')
  assert.equal(JSON.parse((await ask(port, '/api/plugins')).text), [plugin])
})

test('startInspector: what is not there is 404, with a sentence', async () => {
  for (const path of [
    '/api/requests/99',
    '/api/requests/99/test',
    '/api/requests/2/test',
    '/api/requests/constructor',
    '/api/requests/1/../../plugins',
    '/../../../etc/passwd',
    '/%2e%2e/package.json',
    '/page.js/',
    '/api',
    '/api/requests/1e0',
    '/favicon.ico',
    '//evil.example/',
  ]) {
    const { status, headers, text } = await ask(port, path)
    assert.is(status, 404, path)
    assert.match(headers['content-type'] ?? '', 'application/json')
    assert.ok(message(text).length > 10)
  }
  const lost = await askJson(port, 'PUT', '/api/plugins/p-2/config', {})
  assert.is(lost.status, 404)
  assert.match(message(lost.text), '"p-2"')
  assert.is((await askJson(port, 'PUT', '/api/plugins/%E0%A4%A/config', {})).status, 404)
})

test('startInspector: another method is 405, and Allow names those that are taken', async () => {
  for (const [method, path, allow] of [
    ['POST', '/', 'GET'],
    ['HEAD', '/', 'GET'],
    ['OPTIONS', '/api/send', 'POST'],
    ['GET', '/api/send', 'POST'],
    ['PUT', '/api/requests', 'GET, DELETE'],
    ['DELETE', '/api/requests/1', 'GET'],
    ['GET', '/api/plugins/p-1/config', 'PUT'],
    ['POST', '/api/plugins', 'GET'],
  ] as const) {
    const { status, headers } = await ask(port, path, {
      method,
      headers: { 'content-type': 'application/json' },
    })
    assert.is(status, 405, `${method} ${path}`)
    assert.is(headers.allow, allow)
  }
})

test('guard: a host that is not this machine is refused, whatever is asked', async () => {
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    `127.0.0.1:${port + 1}`,
    `0.0.0.0:${port}`,
  ])
    for (const path of ['/', '/api/requests', '/nothing']) {
      const { status, text } = await ask(port, path, { headers: { host } })
      assert.is(status, 403, `${host} ${path}`)
      assert.match(message(text), JSON.stringify(host))
    }
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
    assert.is((await ask(port, '/', { headers: { host } })).status, 200, host)
  assert.match(await askRaw(port, 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 403 /)
  assert.match(
    await askRaw(
      port,
      `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    ),
    /^HTTP\/1.1 403 /,
  )
})

test('guard: reading for another origin or page is refused, a visit of the page itself is not', async () => {
  const status = async (path: string, headers: Record<string, string>) =>
    (await ask(port, path, { headers })).status
  for (const origin of [
    'null',
    'http://evil.example',
    `https://127.0.0.1:${port}`,
    `http://localhost:${port}`,
  ])
    assert.is(await status('/api/requests', { origin }), 403, origin)
  assert.is(await status('/api/requests', { origin: `http://127.0.0.1:${port}` }), 200)
  for (const site of ['cross-site', 'same-site', 'anything'])
    for (const path of ['/', '/api/requests', '/page.js'])
      assert.is(await status(path, { 'sec-fetch-site': site }), 403, `${site} ${path}`)
  for (const site of ['none', 'same-origin'])
    assert.is(await status('/api/requests', { 'sec-fetch-site': site }), 200, site)
  const visit = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  assert.is(await status('/', visit), 200)
  assert.is(await status('/api/requests/1', visit), 403)
  assert.is(await status('/', { ...visit, 'sec-fetch-dest': 'iframe' }), 403)
})

test('guard: changes are for the page itself, and for programs that are no browser', async () => {
  const own = `http://127.0.0.1:${port}`
  const type = 'application/json'
  const status = async (headers: Record<string, string>, method = 'PUT') =>
    (
      await ask(port, method === 'PUT' ? '/api/plugins/p-1/config' : '/api/requests/1', {
        method,
        headers,
        ...(method === 'PUT' && { body: '{"message":"x"}' }),
      })
    ).status
  assert.is(await status({ 'content-type': type }), 200)
  assert.is(await status({ 'content-type': `${type}; charset=utf-8`, origin: own }), 200)
  assert.is(await status({ 'content-type': type, origin: own, 'sec-fetch-site': 'same-origin' }), 200)
  for (const headers of [
    { origin: 'null' },
    { origin: 'http://evil.example' },
    { origin: own, 'sec-fetch-site': 'cross-site' },
    { origin: own, 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ]) {
    assert.is(await status({ 'content-type': type, ...headers }), 403, JSON.stringify(headers))
    assert.is(await status(headers as unknown as Record<string, string>, 'DELETE'), 403)
  }
  for (const wrong of ['text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json'])
    assert.is(await status({ 'content-type': wrong }), 415, wrong)
  assert.is(await status({}), 415)
})

test('PUT config: gives the plugin as it is now, or the error of the schema', async () => {
  const done = await askJson(port, 'PUT', '/api/plugins/p-1/config', { message: 'you' })
  assert.is(done.status, 200)
  assert.equal(JSON.parse(done.text), { ...plugin, given: { message: 'you' }, isEdited: true })
  const refused = await askJson(port, 'PUT', '/api/plugins/p-1/config', { message: 5 })
  assert.is(refused.status, 400)
  assert.equal(JSON.parse(refused.text), {
    code: 2,
    name: 'schema violation',
    message: 'schema violation (config.message: expected a string)',
    fields: { config: { message: 'expected a string' } },
  })
  for (const body of [[], 5, null, 'text'])
    assert.is((await askJson(port, 'PUT', '/api/plugins/p-1/config', body)).status, 400)
  const broken = await askJson(port, 'PUT', '/api/plugins/p-1/config', { message: 'break' })
  assert.is(broken.status, 500)
  assert.is(message(broken.text), 'the plan broke')
})

test('readJson: a body that is no JSON, or larger than 10 MB, is refused', async () => {
  const headers = { 'content-type': 'application/json' }
  const put = (body: string | Buffer, more = {}) =>
    ask(port, '/api/plugins/p-1/config', { method: 'PUT', headers: { ...headers, ...more }, body })
  assert.is((await put('{"message":')).status, 400)
  assert.is((await put('')).status, 400)
  assert.match(message((await put(Buffer.from([0x22, 0xff, 0x22]))).text), 'UTF-8')
  const large = await askRaw(
    port,
    `PUT /api/plugins/p-1/config HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 10000001\r\n\r\n{`,
  )
  assert.match(large, /^HTTP\/1.1 413 /)
  const chunk = `${(1_000_000).toString(16)}\r\n${' '.repeat(1_000_000)}\r\n`
  const endless = await askRaw(
    port,
    `PUT /api/plugins/p-1/config HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(11)}`,
  )
  assert.match(endless, /^HTTP\/1.1 413 /)
})

test('startInspector: broken bytes cost their connection only', async () => {
  assert.match(await askRaw(port, 'nonsense\r\n\r\n'), /^HTTP\/1.1 400 /)
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(
      `PUT /api/plugins/p-1/config HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n`,
    )
    socket.write('Content-Length: 100\r\n\r\n{')
    socket.resetAndDestroy()
  })
  await new Promise((resolve) => socket.on('close', resolve))
  assert.is((await ask(port, '/')).status, 200)
})

test('events: begin with the state, then tell what changes', async () => {
  const events = await listen(port)
  await events.until(
    'retry: 1000\n\nevent: state\ndata: {"version":"1.2.3","gateway":{"http":"http://127.0.0.1:8000"},"upstream":"a built-in echo"',
  )
  control.change('http://shop.example')
  await events.until('"upstream":"http://shop.example"')
  const recording = records.begin(createWorld({ request: { path: '/new' } }), 'http')
  await events.until('event: request\ndata: {"id":3,')
  recording.finish('aborted')
  await events.until('"state":"aborted"')
  assert.is((await ask(port, '/api/requests', { method: 'DELETE' })).status, 200)
  await events.until('event: cleared\ndata: {}\n\n')
  assert.equal(JSON.parse((await ask(port, '/api/requests')).text), [])
  events.end()
})

test('events: a heartbeat shows that the connection is alive', async () => {
  const quick = await startInspector({ ...options, heartbeat: 5 })
  const events = await listen(quick.port)
  await events.until(': still here\n\n: still here\n\n')
  await quick.close()
  await events.closed
})

test('events: 16 pages at most; one that leaves makes room', async () => {
  const open = await Promise.all(Array.from({ length: 16 }, () => listen(port)))
  const { status, text } = await ask(port, '/api/events')
  assert.is(status, 503)
  assert.match(message(text), '16 pages')
  open[0]?.end()
  // The server hears of it when it does.
  let late = await listen(port).catch(() => undefined)
  while (late === undefined) late = await listen(port).catch(() => undefined)
  for (const events of [...open, late]) events.end()
})

test('events: a page that does not read is dropped', async () => {
  const own = await startInspector(options)
  const events = await listen(own.port)
  await events.until('event: state')
  events.pause()
  const other = await listen(own.port)
  const large = 'x'.repeat(100_000)
  for (let index = 0; index < 300; index++) {
    control.change(`${large}${index}.`)
    await turn()
  }
  await other.until('x299.')
  events.resume()
  await events.closed
  assert.not.match(events.text(), 'x299.')
  other.end()
  control.change('a built-in echo')
  await own.close()
})

test('close: ends open pages and hears of nothing more', async () => {
  const before = control.listeners
  const own = await startInspector(options)
  assert.is(control.listeners, before + 1)
  const events = await listen(own.port)
  await own.close()
  await events.closed
  assert.is(control.listeners, before)
  assert.is(
    await ask(own.port, '/').then(String, (error) => (error as { code: string }).code),
    'ECONNREFUSED',
  )
})

test('startInspector: a port that is taken rejects with its code', async () => {
  const code = await startInspector({ ...options, port }).then(
    String,
    (error) => (error as { code: string }).code,
  )
  assert.is(code, 'EADDRINUSE')
})

test.run()
