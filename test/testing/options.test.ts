import { test } from 'uvu'
import * as assert from 'uvu/assert'
import guard from '../../examples/key-guard/plugin.ts'
import { definePlugin, s } from '../../src/index.ts'
import { ConfigRefused, run, start, TestingError, UpstreamFailure } from '../../src/testing/index.ts'
import { levels, thrownBy } from './support/levels.ts'

const plain = definePlugin({ version: '1.0.0', access: () => undefined })

test("config: a bad one is refused in the Admin API's shape, and nothing has run", async () => {
  const story: string[] = []
  const plugin = definePlugin({
    version: '1.0.0',
    config: { size: s.integer({ required: true, gt: 0 }), word: s.string() },
    init: () => void story.push('init'),
    access: () => void story.push('access'),
  })
  for (const { level, dialect } of levels) {
    const error = await thrownBy(
      run(plugin, { level, dialect, name: 'sized', config: { size: 0, word: 1 as never } }),
    )
    assert.instance(error, ConfigRefused)
    assert.instance(error, TestingError)
    const { status, body } = error as ConfigRefused
    assert.is(status, 400)
    assert.equal(body, {
      code: 2,
      name: 'schema violation',
      message:
        '2 schema violations (config.size: value must be greater than 0; config.word: expected a string)',
      fields: { config: { size: 'value must be greater than 0', word: 'expected a string' } },
    })
    assert.is(error.message, `Kong refuses the configuration of sized: ${body.message}`)
  }
  assert.equal(story, [])
})

test('config: defaults are filled in', async () => {
  const plugin = definePlugin({
    version: '1.0.0',
    config: { word: s.string({ default: 'filled' }), inner: s.record({ size: s.integer({ default: 3 }) }) },
    access: (kong, { word, inner }) => kong.response.setHeader('x-config', `${word} ${inner.size}`),
  })
  assert.is((await run(plugin)).response.headers['x-config'], 'filled 3')
})

test('request: what a client adds by itself is there, and the path may hold the query', async () => {
  const { upstream } = await run(plain, {
    request: { method: 'PUT', path: '/a/b?c=d', host: 'Shop.example', body: 'äb' },
  })
  assert.is(upstream?.path, '/a/b')
  assert.is(upstream?.query, 'c=d')
  assert.is(upstream?.headers['content-length'], '3')
  assert.is(upstream?.headers['x-forwarded-host'], 'Shop.example')
  const named = await run(plain, { request: { headers: { Host: 'shop.example:81' } } })
  assert.is(named.upstream?.headers['x-forwarded-host'], 'shop.example')
})

test('route: its paths decide what is stripped and caught, and a path of none of them is 404', async () => {
  const catching = definePlugin({
    version: '1.0.0',
    async access(kong) {
      const { named, unnamed } = await kong.request.getUriCaptures()
      kong.response.setHeader('x-caught', JSON.stringify([named, unnamed]))
    },
  })
  const route = { paths: ['~/users/(?P<id>[0-9]+)', '/api'] }
  const expression = await run(catching, { route, request: { path: '/users/12/pets' } })
  assert.is(expression.response.headers['x-caught'], '[{"id":"12"},["12"]]')
  assert.is(expression.upstream?.path, '/pets')
  const prefix = await run(catching, { route, request: { path: '/api/pets' } })
  assert.is(prefix.upstream?.path, '/pets')
  const kept = await run(catching, { route: { ...route, strip_path: false }, request: { path: '/api/pets' } })
  assert.is(kept.upstream?.path, '/api/pets')
  for (const none of [{ route, request: { path: '/other' } }, { route: null }]) {
    const { response, events } = await run(catching, none)
    assert.is(response.status, 404)
    assert.equal(events, [])
  }
})

test('service: parts of one change it, and without any Kong answers 503 behind access', async () => {
  const { upstream } = await run(plain, { service: { host: 'other.example', port: 8080, path: '/base' } })
  assert.is(`${upstream?.host}:${upstream?.port}${upstream?.path}`, 'other.example:8080/base')
  const { response, events } = await run(plain, { service: null })
  assert.is(response.status, 503)
  assert.is(events.length, 1)
})

test('service: its address is where the bytes of a stream go', async () => {
  const stream = definePlugin({ version: '1.0.0', preread: () => undefined })
  for (const [service, target] of [
    [undefined, { host: 'upstream.example', port: 80 }],
    [
      { host: 'db.internal', port: 5432 },
      { host: 'db.internal', port: 5432 },
    ],
  ] as const)
    assert.equal((await run(stream, { ...(service && { service }) })).target, target)
})

test('consumer: Kong says who was authenticated, and knows him', async () => {
  const asking = definePlugin({
    version: '1.0.0',
    async access(kong) {
      const own = await kong.client.getConsumer()
      const loaded = await kong.client.loadConsumer('bob', true)
      kong.response.setHeader('x-who', `${own?.username} ${loaded?.username} ${own?.id === loaded?.id}`)
    },
  })
  for (const { where: _, ...how } of levels) {
    const { response } = await run(asking, { ...how, consumer: { username: 'bob', custom_id: 'c-2' } })
    assert.is(response.headers['x-who'], 'bob bob true')
  }
  assert.is((await run(asking)).response.headers['x-who'], 'undefined undefined true')
})

test('upstream: an echo answers with the request', async () => {
  const { response } = await run(plain, {
    upstream: 'echo',
    request: { method: 'POST', path: '/a?b=c', body: 'x' },
  })
  const { method, url, headers, body } = JSON.parse(response.text)
  assert.equal([method, url, headers['content-length'], body], ['POST', '/a?b=c', '1', 'x'])
  assert.is(response.headers['content-type'], 'application/json')
})

test('upstream: a function answers as it likes, late or not at all', async () => {
  const { response } = await run(plain, {
    request: { path: '/teapot' },
    upstream: async ({ path }) => ({ status: 418, headers: { 'X-Pot': path }, body: 'short' }),
  })
  assert.equal(
    [response.status, response.headers['x-pot'], response.headers['content-length'], response.text],
    [418, '/teapot', '5', 'short'],
  )
  const failing = await run(plain, {
    upstream() {
      throw new UpstreamFailure(502, 'connection refused')
    },
  })
  assert.is(failing.response.status, 502)
  assert.is(failing.response.source, 'error')
  assert.equal(failing.logs, [{ level: 'err', text: 'connection refused', by: 'kong' }])
  const endless = await run(plain, { limit: 30, upstream: () => new Promise(() => undefined) })
  assert.is(endless.response.status, 504)
  assert.is(endless.logs[0]?.text, 'the upstream of the test did not answer within 30 ms')
  const broken = await thrownBy(
    run(plain, {
      upstream() {
        throw new RangeError('a mistake in the test')
      },
    }),
  )
  assert.instance(broken, RangeError)
})

const clock = definePlugin({
  version: '1.0.0',
  init: () => Date.now(),
  async access(kong, _, opened) {
    const start = await kong.nginx.reqStartTime()
    const times = [start, Date.now(), opened, new Date().toISOString(), Date().slice(11, 15)]
    kong.response.setHeader('x-times', times.join(' '))
    kong.response.setHeader('x-date', `${new Date(0).getTime()} ${new Date() instanceof Date}`)
  },
  async log(kong) {
    kong.log.notice((await kong.log.serialize()).started_at ?? 0)
  },
})
/** Sat, 18 May 2030 at noon. */
const noon = Date.UTC(2030, 4, 18, 12)

test("now: Kong's clock says it, the plugin's Date does not", async () => {
  for (const { where: _, ...how } of levels) {
    const { response, logs } = await run(clock, { ...how, dialect: 'MsgPack:1', now: new Date(noon) })
    const [kong, own] = String(response.headers['x-times']).split(' ').map(Number)
    assert.is(kong, noon / 1000)
    assert.ok(Math.abs((own ?? 0) - Date.now()) < 60_000)
    assert.is(logs[0]?.text, String(noon))
  }
})

test("freezeDate: the plugin's Date stands still, and that of the test does not", async () => {
  const real = Date
  const before = Date.now()
  const running = run(clock, { dialect: 'MsgPack:1', now: noon, freezeDate: true })
  assert.ok(Date.now() - before < 60_000)
  const { response } = await running
  assert.is(response.headers['x-times'], `${noon / 1000} ${noon} ${noon} 2030-05-18T12:00:00.000Z 2030`)
  assert.is(response.headers['x-date'], '0 true')
  assert.is(Date, real)
})

test('freezeDate: two runs at once have each their own time', async () => {
  const real = Date
  const times = [noon, noon + 1000]
  const outcomes = await Promise.all(
    times.map((now) => run(clock, { dialect: 'MsgPack:1', now, freezeDate: true })),
  )
  for (const [index, { response }] of outcomes.entries())
    assert.match(String(response.headers['x-times']), ` ${times[index]} ${times[index]} `)
  assert.is(Date, real)
})

test('freezeDate: it takes memory and a time', async () => {
  for (const options of [{ freezeDate: true }, { freezeDate: true, now: noon, level: 'wire' as const }])
    assert.match((await thrownBy(run(clock, options))).message, /^Cannot freeze the plugin's Date: /)
})

test('run: what cannot be run is refused in a sentence', async () => {
  const sentences: [attempt: () => Promise<unknown>, words: RegExp][] = [
    [
      () => run(undefined as never as string),
      /^Cannot run undefined: give what definePlugin returned .* startServer starts by itself/,
    ],
    [
      () => run({ version: '1.0.0', acess() {} } as never as string),
      /"acess" in a plugin: .*did you mean "access"/,
    ],
    [() => run(plain, { phases: ['log'] }), /^Cannot run the log phase of plugin: it has access$/],
    [() => run(plain, { limit: 0 }), /^Cannot use 0 as limit: it must be a whole number above 0$/],
    [() => run(plain, { workers: 1.5 }), /^Cannot use 1\.5 as workers/],
    [
      () => start(plain, { level: 'cloud' as never }),
      /^Cannot run at the level "cloud": there are memory and wire/,
    ],
  ]
  for (const [attempt, words] of sentences) assert.match((await thrownBy(attempt())).message, words)
})

test('ctx, vault, node and variables: the rest of the world is given as data', async () => {
  const plugin = definePlugin({
    version: '1.0.0',
    async access(kong) {
      const seen = [
        await kong.ctx.shared.get('from'),
        await kong.node.getId(),
        await kong.nginx.getVar('my_var'),
        await kong.client.getForwardedIp(),
      ]
      kong.response.setHeader('x-seen', seen.join(' '))
    },
  })
  const { response } = await run(plugin, {
    ctx: { shared: { from: 'another' } },
    node: { id: 'kong-1' },
    variables: { my_var: 'x' },
    client: { forwardedIp: '192.0.2.1' },
  })
  assert.is(response.headers['x-seen'], 'another kong-1 x 192.0.2.1')
})

test('run: the types follow from the definition', async () => {
  const keys = { alice: 'the key of alice, 26 chars' }
  await run(guard, { config: { keys } })
  // @ts-expect-error: keys are required
  assert.instance(await thrownBy(run(guard)), ConfigRefused)
  // @ts-expect-error: so are they inside of options
  assert.instance(await thrownBy(run(guard, {})), ConfigRefused)
  // @ts-expect-error: of text
  assert.instance(await thrownBy(run(guard, { config: { keys: { alice: 1 } } })), ConfigRefused)
  // @ts-expect-error: there is no such field
  assert.instance(await thrownBy(run(guard, { config: { keys, colour: 'red' } })), ConfigRefused)
  const server = await start(guard)
  // @ts-expect-error: a server knows its plugin too
  assert.instance(await thrownBy(server.run()), ConfigRefused)
  assert.is((await server.run({ config: { keys } })).response.status, 401)
  await server.close()
  // @ts-expect-error: no such phase
  await thrownBy(run(plain, { phases: ['acess'] }))
  await run(plain)
})

test.run()
