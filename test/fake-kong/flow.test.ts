import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answerCall } from '../../src/fake-kong/answers.ts'
import {
  everywhere,
  type FlowOptions,
  type FlowPlugin,
  inOrder,
  runFlow,
  runHandshake,
  UpstreamFailure,
} from '../../src/fake-kong/flow.ts'
import type { End } from '../../src/fake-kong/outcome.ts'
import { createWorld, type World, type WorldInput } from '../../src/fake-kong/world.ts'
import type { Phase } from '../../src/pdk/phases.ts'

type Calls = Partial<Record<Phase, readonly [method: string, ...args: unknown[]][]>>

/** A plugin that makes these calls in its phases, and has a handler for each phase of the list. */
function plugin(name: string, priority: number, phases: readonly Phase[], calls: Calls = {}): FlowPlugin {
  return everywhere({
    name,
    priority,
    phases,
    async runPhase(phase, world): Promise<End> {
      for (const [method, ...args] of calls[phase] ?? []) {
        const answered = answerCall({ world, phase }, method, args)
        if (answered.kind === 'exit') return { end: 'exited' }
        if (answered.kind === 'raised') return { end: 'raised', why: answered.why }
      }
      return { end: 'returned' }
    },
  })
}

const httpPhases: readonly Phase[] = ['rewrite', 'access', 'response', 'log']

async function run(
  plugins: readonly FlowPlugin[],
  given: WorldInput = {},
  options: FlowOptions = {},
): Promise<{ world: World; order: string[]; end: string }> {
  const world = createWorld({ ...given, requestId: 'abc' })
  const { events, end } = await runFlow(world, plugins, options)
  return { world, order: events.map((event) => `${event.phase} ${event.plugin}`), end }
}

const page = (message: string) => `{\n  "message":"${message}",\n  "request_id":"abc"\n}`

test('inOrder: the highest priority first, then the last name', () => {
  const plugins = [plugin('a', 1, []), plugin('b', 1, []), plugin('c', 5, [])]
  assert.equal(
    inOrder(plugins).map(({ name }) => name),
    ['c', 'b', 'a'],
  )
})

test('runFlow: each phase runs through all plugins before the next, log last', async () => {
  const { world, order, end } = await run([plugin('low', 1, httpPhases), plugin('high', 2, httpPhases)])
  assert.equal(order, [
    'rewrite high',
    'rewrite low',
    'access high',
    'access low',
    'response high',
    'response low',
    'log high',
    'log low',
  ])
  assert.is(end, 'answered')
  assert.is(world.response.source, 'service')
  assert.equal(world.response.headers.via, ['1.1 kong/3.9.1'])
})

test('runFlow: an exit in access skips the plugins behind it and response, and log runs for all', async () => {
  let forwarded = 0
  const { world, order } = await run(
    [
      plugin('low', 1, httpPhases),
      plugin('high', 2, httpPhases, { access: [['kong.response.exit', 403, 'no', { 'x-a': '1' }]] }),
    ],
    {},
    { forward: () => void forwarded++ },
  )
  assert.equal(order, ['rewrite high', 'rewrite low', 'access high', 'log high', 'log low'])
  assert.is(forwarded, 0)
  assert.is(world.response.status, 403)
  assert.is(String(world.response.body), 'no')
  assert.is(world.response.source, 'exit')
  assert.equal(world.response.headers['x-a'], ['1'])
  assert.is(world.response.headers.via, undefined)
})

test('runFlow: an exit in rewrite leaves log only', async () => {
  const exit = plugin('a', 1, httpPhases, { rewrite: [['kong.response.exit', 409]] })
  assert.equal((await run([exit, plugin('b', 0, httpPhases)])).order, ['rewrite a', 'log a', 'log b'])
})

test('runFlow: an exit in response replaces the body, and skips the handlers behind it', async () => {
  const exit = plugin('a', 1, httpPhases, {
    response: [['kong.response.exit', 409, 'mine', { 'x-ph': 'r' }]],
  })
  const { world, order } = await run([exit, plugin('b', 0, httpPhases)], {
    upstream: { response: { headers: { 'x-up': 'yes' }, body: 'theirs' } },
  })
  assert.equal(order, ['rewrite a', 'rewrite b', 'access a', 'access b', 'response a', 'log a', 'log b'])
  assert.is(world.response.status, 409)
  assert.is(String(world.response.body), 'mine')
  assert.equal(world.response.headers['content-length'], ['4'])
  assert.equal(world.response.headers['x-up'], ['yes'])
  assert.equal(world.response.headers.via, ['1.1 kong/3.9.1'])
})

test("runFlow: where Kong raises, the client gets 500 and the log Kong's words", async () => {
  for (const phase of ['rewrite', 'access', 'response'] as const) {
    const raising = plugin('a', 1, httpPhases, { [phase]: [['kong.service.request.set_method', 'BAD']] })
    const { world, order } = await run([raising, plugin('b', 0, httpPhases)], {
      request: { headers: { accept: 'application/json' } },
    })
    assert.equal(order.slice(order.indexOf(`${phase} a`) + 1), ['log a', 'log b'], phase)
    assert.is(world.response.status, 500)
    assert.is(world.response.source, 'error')
    assert.is(String(world.response.body), page('An unexpected error occurred'))
    assert.is(world.log.length, 1)
    assert.is(world.log[0]?.by, 'kong')
  }
})

test('runFlow: a raise in log loses that handler only', async () => {
  const raising = plugin('a', 1, httpPhases, { log: [['kong.request.get_method']] })
  const { world, order } = await run([raising, plugin('b', 0, httpPhases)])
  assert.equal(order.slice(-2), ['log a', 'log b'])
  assert.is(world.response.status, 200)
  assert.equal(world.log, [{ level: 'err', parts: ['API disabled in the current context'], by: 'kong' }])
})

test('runFlow: scoped plugins have no rewrite; without a route none has access', async () => {
  const all = plugin('a', 1, httpPhases)
  const scoped: FlowPlugin = {
    ...all,
    configured: (scope, world) => (scope === 'here' ? all.configured(scope, world) : undefined),
  }
  assert.equal((await run([scoped])).order, ['access a', 'response a', 'log a'])
  const { world, order } = await run([plugin('a', 1, httpPhases)], { route: undefined })
  assert.equal(order, ['rewrite a', 'log a'])
  assert.is(world.response.status, 404)
  assert.is(String(world.response.body), page('no Route matched with those values'))
})

test('runFlow: without a service access runs, and the client gets 503', async () => {
  const { world, order } = await run([plugin('a', 1, httpPhases)], { service: undefined })
  assert.equal(order, ['rewrite a', 'access a', 'log a'])
  assert.is(world.response.status, 503)
})

test('runFlow: an upstream that fails is answered with its status; another error is thrown', async () => {
  const failing = (error: Error) => ({
    forward() {
      throw error
    },
  })
  const { world, order } = await run(
    [plugin('a', 1, httpPhases)],
    {},
    failing(new UpstreamFailure(502, 'refused')),
  )
  assert.equal(order, ['rewrite a', 'access a', 'log a'])
  assert.is(world.response.status, 502)
  let thrown: unknown
  await run([], {}, failing(new TypeError('ours'))).catch((error: unknown) => (thrown = error))
  assert.instance(thrown, TypeError)
})

test('runFlow: each log handler has a copy of the context, and shares ctx.shared', async () => {
  const seen: unknown[] = []
  const first = plugin('a', 2, ['log'], {
    log: [
      ['kong.nginx.set_ctx', 'mine', 1],
      ['kong.ctx.shared.set', 'ours', 2],
    ],
  })
  const second = everywhere({
    name: 'b',
    priority: 1,
    phases: ['log'],
    async runPhase(_, { ctx }) {
      seen.push(ctx.nginx.mine, ctx.shared.ours)
      return { end: 'returned' }
    },
  })
  await run([first, second])
  assert.equal(seen, [undefined, 2])
})

test('runFlow: a stream has preread and log; a raise refuses the connection, as Kong cannot answer there', async () => {
  const stream: WorldInput = { subsystem: 'stream' }
  const phases: readonly Phase[] = ['certificate', 'preread', 'log']
  const good = await run([plugin('a', 1, phases)], stream)
  assert.equal([good.order, good.end], [['preread a', 'log a'], 'answered'])
  const raising = plugin('a', 1, phases, { preread: [['kong.response.exit', 418]] })
  const bad = await run([raising], stream)
  assert.equal([bad.order, bad.end], [['preread a', 'log a'], 'refused'])
  assert.equal(
    bad.world.log.map(({ parts }) => parts[0]),
    [
      'unacceptable code, only 200, 400, 403, 500, 502 and 503 are accepted',
      'function cannot be called in preread phase (only in: rewrite, access, balancer, response, header_filter, error, admin_api)',
    ],
  )
  const exiting = plugin('a', 1, phases, { preread: [['kong.response.exit', 200, { a: [] }]] })
  const answered = await run([exiting], stream)
  assert.equal([answered.end, String(answered.world.response.body)], ['answered', '{"a":{}}'])
})

test('runHandshake: a raise ends the handshake; what it kept is lost', async () => {
  const world = createWorld()
  const keeping = plugin('a', 1, ['certificate'], { certificate: [['kong.ctx.shared.set', 'k', 'v']] })
  assert.is(await runHandshake(world, [keeping]), true)
  assert.equal(world.ctx.shared, {})
  const raising = plugin('a', 1, ['certificate'], { certificate: [['kong.client.get_ip']] })
  assert.is(await runHandshake(world, [raising]), false)
  assert.is(world.response.status, 200)
})

test.run()
