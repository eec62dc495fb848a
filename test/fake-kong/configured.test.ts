import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type FlowPlugin, runFlow } from '../../src/fake-kong/flow.ts'
import { upstreamRequest } from '../../src/fake-kong/proxy.ts'
import { createWorld, type WorldInput } from '../../src/fake-kong/world.ts'
import type { Consumer } from '../../src/pdk/entities.ts'

const alice: Consumer = { id: '33333333-3333-4333-8333-333333333333', username: 'alice' }

interface Asked {
  readonly plugins: readonly FlowPlugin[]
  /** Each question for a configuration, and each handler with the configuration's id. */
  readonly order: string[]
}

/** Plugins of priorities 3, 2, 1 that note what Kong wants of them. */
function asked(...made: readonly Partial<FlowPlugin & { run: Record<string, string> }>[]): Asked {
  const order: string[] = []
  const plugins = made.map((given, index): FlowPlugin => {
    const { name = 'abc'[index] as string, run = {}, configured } = given
    return {
      name,
      priority: 3 - index,
      phases: given.phases ?? ['rewrite', 'access', 'response', 'log'],
      configured(scope, world) {
        order.push(`${scope}? ${name}`)
        if (configured !== undefined && configured(scope, world) === undefined) return undefined
        return {
          id: `${name}-${scope}`,
          async runPhase(phase, current) {
            order.push(`${phase} ${current.node.pluginId}`)
            if (run[phase] === 'authenticate') current.consumer = alice
            return run[phase] === 'exit' ? { end: 'exited' } : { end: 'returned' }
          },
        }
      },
    }
  })
  return { plugins, order }
}

const applied = { runPhase: async () => ({ end: 'returned' as const }) }

async function flow({ plugins, order }: Asked, given: WorldInput = {}): Promise<string[]> {
  await runFlow(createWorld(given), plugins)
  return order
}

test('runFlow: rewrite runs what is global; access asks each plugin in its turn, and its choice is used behind', async () => {
  assert.equal(await flow(asked({}, {})), [
    'global? a',
    'rewrite a-global',
    'global? b',
    'rewrite b-global',
    'here? a',
    'access a-here',
    'here? b',
    'access b-here',
    'response a-here',
    'response b-here',
    'log a-here',
    'log b-here',
  ])
})

test('runFlow: a plugin behind the one that found the consumer is asked with that consumer', async () => {
  const forAlice: FlowPlugin['configured'] = (scope, { consumer }) =>
    scope === 'here' && consumer?.username === 'alice' ? applied : undefined
  const order = await flow(
    asked(
      { phases: ['access'], configured: forAlice },
      { phases: ['access'], run: { access: 'authenticate' } },
      {
        phases: ['access', 'log'],
        configured: forAlice,
      },
    ),
  )
  assert.equal(
    order.filter((step) => !step.includes('?')),
    ['access b-here', 'access c-here', 'log c-here'],
  )
})

test('runFlow: after an exit the others are still chosen, for log; one without access is chosen too', async () => {
  const order = await flow(asked({ phases: ['access'], run: { access: 'exit' } }, {}, { phases: ['log'] }))
  assert.equal(order.slice(order.indexOf('here? a')), [
    'here? a',
    'access a-here',
    'here? b',
    'here? c',
    'log b-here',
    'log c-here',
  ])
})

test('runFlow: where access was never reached, log runs what is global', async () => {
  const noRoute = await flow(asked({ phases: ['log'] }), { route: undefined })
  assert.equal(noRoute, ['global? a', 'global? a', 'log a-global'])
  const left = await flow(asked({ phases: ['rewrite', 'log'], run: { rewrite: 'exit' } }))
  assert.equal(left, ['global? a', 'rewrite a-global', 'global? a', 'log a-global'])
})

test('runFlow: a response is held back only for a plugin with response that applies here', async () => {
  const world = createWorld()
  await runFlow(world, asked({ phases: ['response'], configured: () => undefined }).plugins)
  assert.is(world.upstream.buffered, false)
  await runFlow(world, asked({ phases: ['response'] }).plugins)
  assert.is(world.upstream.buffered, true)
})

test('runFlow: the route is found behind rewrite, the response delivered before log', async () => {
  const { plugins, order } = asked({})
  const world = createWorld()
  await runFlow(world, plugins, {
    route: () => void order.push('route'),
    forward: () => void order.push('forward'),
    deliver({ response }) {
      order.push(`deliver ${response.status} ${response.headers.via}`)
    },
  })
  assert.equal(
    order.filter((step) => !step.includes('?')),
    [
      'rewrite a-global',
      'route',
      'access a-here',
      'forward',
      'response a-here',
      'deliver 200 1.1 kong/3.9.1',
      'log a-here',
    ],
  )
})

test('upstreamRequest: a body that passes by keeps the length or the chunks that the client gave it', () => {
  const lengths = (headers: Record<string, string>) => {
    const world = createWorld({ request: { headers } })
    world.upstream.isStreamed = true
    const sent = upstreamRequest(world).headers
    return [sent['content-length'], sent['transfer-encoding']]
  }
  assert.equal(lengths({ 'content-length': '70000' }), [['70000'], undefined])
  assert.equal(lengths({ 'transfer-encoding': 'chunked' }), [undefined, ['chunked']])
})

test.run()
