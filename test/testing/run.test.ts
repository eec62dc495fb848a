import { createRequire } from 'node:module'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import hello from '../../examples/hello/plugin.ts'
import guard from '../../examples/key-guard/plugin.ts'
import streams from '../../examples/tcp-preread/plugin.ts'
import transform from '../../examples/transform/plugin.ts'
import { definePlugin, s } from '../../src/index.ts'
import type { KongPdkModule } from '../../src/plugin/kong-pdk-module.ts'
import { run, start } from '../../src/testing/index.ts'
import { levels, thrownBy } from './support/levels.ts'

const keys = { alice: 'the key of alice, 26 chars' }
const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice', custom_id: 'c-1' }

/** All phases of a request, with something that is kept from each to the next. */
const phased = definePlugin({
  version: '1.0.0',
  config: { word: s.string({ required: true }) },
  async rewrite(kong, { word }) {
    await kong.ctx.shared.set('word', word)
    kong.service.request.setHeader('x-rewritten', word)
  },
  async access(kong) {
    kong.log.notice('access has ', await kong.ctx.shared.get('word'))
    kong.service.request.setQuery({ a: ['1', '2'] })
  },
  async response(kong) {
    kong.response.setHeader('x-status', (await kong.service.response.getStatus()) ?? 0)
  },
  async log(kong) {
    kong.log.err('logged ', (await kong.log.serialize()).response?.status)
  },
})

for (const { where, ...how } of levels) {
  test(`run: gives the response, the upstream's request, logs, ctx and calls as data (${where})`, async () => {
    const { response, upstream, logs, ctx, calls, events, end } = await run(phased, {
      ...how,
      config: { word: 'kept' },
      request: { method: 'POST', path: '/hello/you?a=0', body: 'sent', headers: { host: 'shop.example' } },
      upstream: { status: 201, headers: { 'Set-Cookie': ['a=1', 'b=2'] }, body: { made: true } },
    })
    assert.is(end, 'answered')
    assert.is(response.status, 201)
    assert.is(response.text, '{"made":true}')
    assert.is(response.source, 'service')
    assert.equal(response.headers['set-cookie'], ['a=1', 'b=2'])
    assert.is(response.headers['x-status'], '201')
    assert.is(response.headers['content-length'], '13')
    assert.is(upstream?.method, 'POST')
    assert.is(upstream?.path, '/you')
    assert.is(upstream?.query, 'a=1&a=2')
    assert.is(upstream?.text, 'sent')
    assert.is(upstream?.headers['x-rewritten'], 'kept')
    assert.is(upstream?.headers['x-forwarded-host'], 'shop.example')
    assert.equal(logs, [
      { level: 'notice', text: 'access has kept', by: 'plugin' },
      { level: 'err', text: 'logged 201', by: 'plugin' },
    ])
    assert.equal(ctx, { shared: { word: 'kept' }, nginx: {} })
    assert.equal(events, [
      { phase: 'rewrite', end: 'returned' },
      { phase: 'access', end: 'returned' },
      { phase: 'response', end: 'returned' },
      { phase: 'log', end: 'returned' },
    ])
    assert.equal(
      calls.map(({ phase, method }) => `${phase} ${method}`),
      [
        'rewrite kong.ctx.shared.set',
        'rewrite kong.service.request.set_header',
        'access kong.ctx.shared.get',
        'access kong.log.notice',
        'access kong.service.request.set_query',
        'response kong.service.response.get_status',
        'response kong.response.set_header',
        'log kong.log.serialize',
        'log kong.log.err',
      ],
    )
    assert.equal(calls[2], { phase: 'access', method: 'kong.ctx.shared.get', args: ['word'], result: 'kept' })
    assert.equal(calls[4]?.args, [{ a: ['1', '2'] }])
  })

  test(`run: an exit is the response, and the service sees nothing (${where})`, async () => {
    const { response, upstream, events } = await run(guard, { ...how, config: { keys } })
    assert.is(response.status, 401)
    assert.is(response.text, '{"message":"No API key found in request"}')
    assert.is(response.headers['www-authenticate'], 'Key realm="kong"')
    assert.is(response.source, 'exit')
    assert.is(upstream, undefined)
    assert.equal(events, [{ phase: 'access', end: 'exited' }])
  })

  test(`run: who was authenticated is in the outcome (${where})`, async () => {
    const { consumer, upstream } = await run(guard, {
      ...how,
      config: { keys },
      consumers: [alice],
      request: { headers: { 'x-api-key': keys.alice } },
    })
    assert.is(consumer?.username, 'alice')
    assert.is(upstream?.headers['x-api-key'], undefined)
    assert.is(upstream?.method, 'GET')
  })

  test(`run: a handler that throws is 500 and its stack in the log (${where})`, async () => {
    const failing = definePlugin({
      version: '1.0.0',
      access() {
        throw new Error('out of cheese')
      },
    })
    const { response, logs, output } = await run(failing, { ...how, name: 'failing' })
    assert.is(response.status, 500)
    assert.is(response.source, 'exit')
    assert.match(logs[0]?.text ?? '', /^failing access \(instance \d+\) failed: Error: out of cheese \| at /)
    assert.match(output[0] ?? '', /^error: failing access \(instance \d+\) failed: Error: out of cheese\n/)
  })

  test(`run: a call that Kong raises on ends the event, with Kong's words (${where})`, async () => {
    const wrong = definePlugin({
      version: '1.0.0',
      async preread(kong) {
        kong.log.notice('before')
        await kong.response.exit(418)
      },
    })
    const { end, events, calls, logs } = await run(wrong, how)
    assert.is(end, 'refused')
    const why = 'kong.response.exit: unacceptable code, only 200, 400, 403, 500, 502 and 503 are accepted'
    assert.equal(events, [{ phase: 'preread', end: 'raised', why }])
    assert.equal(logs.slice(0, 2), [
      { level: 'notice', text: 'before', by: 'plugin' },
      { level: 'err', text: why, by: 'kong' },
    ])
    assert.equal(
      calls.map(({ method }) => method),
      ['kong.log.notice', 'kong.response.exit'],
    )
  })

  test(`run: phases are the only handlers that run (${where})`, async () => {
    const { calls } = await run(phased, { ...how, config: { word: 'w' }, phases: ['response'] })
    assert.equal(
      calls.map(({ phase }) => phase),
      ['response', 'response'],
    )
  })

  test(`run: a stream is let through or refused, and a plugin with preread only needs no word for it (${where})`, async () => {
    const config = { deny: ['10.6.6.6'] }
    const passed = await run(streams, { ...how, config, measured: { session: { received: 12, sent: 34 } } })
    assert.is(passed.end, 'answered')
    assert.equal(passed.target, { host: 'upstream.example', port: 80 })
    assert.is(passed.upstream, undefined)
    assert.is(passed.logs[0]?.text, '127.0.0.1 sent 12 and got 34 bytes')
    const client = { ip: '10.6.6.6', forwardedIp: '10.6.6.6' }
    const refused = await run(streams, { ...how, config, client, phases: ['preread'] })
    assert.is(refused.response.status, 403)
    assert.is(refused.target, undefined)
    assert.is(refused.logs[0]?.text, 'refused a connection from 10.6.6.6')
  })

  test(`run: bytes that are no UTF-8 come through in bodies (${where})`, async () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe])
    const upstream = { headers: { 'content-type': 'image/png' }, body: bytes }
    const { response } = await run(transform, { ...how, config: { response: {} }, upstream })
    assert.equal([...response.body], [0xff, 0x00, 0xfe])
  })

  test(`run: certificate runs with https, before the request, and may refuse the handshake (${where})`, async () => {
    const tls = definePlugin({
      version: '1.0.0',
      config: { strict: s.boolean({ default: false }) },
      async certificate(kong, { strict }) {
        if (strict) throw new Error('no')
        await kong.node.getId()
      },
      access: (kong) => kong.response.setHeader('x-a', 'b'),
    })
    const good = await run(tls, { ...how, request: { scheme: 'https' } })
    assert.equal(
      good.events.map(({ phase }) => phase),
      ['certificate', 'access'],
    )
    assert.is(good.upstream?.headers['x-forwarded-port'], '8443')
    const bad = await run(tls, { ...how, config: { strict: true }, request: { scheme: 'https' } })
    assert.is(bad.end, 'refused')
    assert.is(bad.upstream, undefined)
    const plain = await run(tls, how)
    assert.equal(
      plain.events.map(({ phase }) => phase),
      ['access'],
    )
    const only = await run(tls, { ...how, phases: ['certificate'] })
    assert.equal(only.events, [{ phase: 'certificate', end: 'returned' }])
  })
}

test('run: a module of the JavaScript kit runs as it is, over its own dialect', async () => {
  const module = createRequire(import.meta.url)('../../examples/hello-kong-pdk/plugin.cjs') as KongPdkModule
  const { response } = await run(module, { config: { message: 'hi' } })
  assert.is(response.headers['x-hello-from-js'], 'JavaScript says hi to example.com:8000')
})

test('run: a module whose default export is the definition does too', async () => {
  const { response } = await run({ default: hello }, { config: { message: 'hi' } })
  assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hi to example.com:8000')
})

test('start: requests share an instance while their configuration is equal, and close undoes init', async () => {
  const story: string[] = []
  const plugin = definePlugin({
    version: '1.0.0',
    config: { word: s.string({ default: 'a' }) },
    init({ word }) {
      story.push(`init ${word}`)
    },
    close: (_, { word }) => void story.push(`close ${word}`),
    access: (_, { word }) => void story.push(`access ${word}`),
  })
  for (const level of ['memory', 'wire'] as const) {
    story.length = 0
    const server = await start(plugin, { level })
    await server.run()
    await server.run({ config: { word: 'a' } })
    await server.run({ config: { word: 'b' } })
    assert.is(server.instances.length, 2)
    await server.close()
    await server.close()
    assert.equal(story, ['init a', 'access a', 'access a', 'init b', 'access b', 'close a', 'close b'], level)
    assert.match((await thrownBy(server.run())).message, 'it was closed; start it again')
  }
})

test('start: requests may run side by side, each with its own outcome', async () => {
  for (const { level, dialect } of levels) {
    const server = await start(hello, { level, dialect })
    const hosts = ['a.example', 'b.example', 'c.example']
    const outcomes = await Promise.all(hosts.map((host) => server.run({ request: { host } })))
    await server.close()
    assert.equal(
      outcomes.map(({ response }) => response.headers['x-hello-from-ts']),
      hosts.map((host) => `TypeScript says hello to ${host}:8000`),
    )
    for (const { calls } of outcomes) assert.is(calls.length, 2)
    assert.is(server.instances.length, 1)
  }
})

test.run()
