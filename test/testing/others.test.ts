import { test } from 'uvu'
import * as assert from 'uvu/assert'
import hello from '../../examples/hello/plugin.ts'
import guard from '../../examples/key-guard/plugin.ts'
import { definePlugin } from '../../src/index.ts'
import { ConfigRefused, run, start } from '../../src/testing/index.ts'
import { levels, thrownBy } from './support/levels.ts'

const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice' }
const keys = { alice: 'the key of alice, 26 chars' }

/** Tells the service who was authenticated, and runs behind key-guard (1250) and before hello (1). */
const teller = definePlugin({
  version: '1.0.0',
  priority: 500,
  async access(kong) {
    kong.service.request.setHeader('x-who', (await kong.client.getConsumer())?.username ?? 'nobody')
    kong.response.setHeader('x-hello-from-ts', 'what hello sets again')
    kong.log.notice('told')
  },
})

for (const { where, ...how } of levels) {
  const others = [
    { plugin: hello, config: { message: 'hi' } },
    { plugin: guard, config: { keys } },
  ] as const

  test(`others: all run in the order of their priorities (${where})`, async () => {
    const { response, upstream, logs, calls, events } = await run(teller, {
      ...how,
      others,
      consumers: [alice],
      request: { headers: { host: 'shop.example', 'x-api-key': keys.alice } },
    })
    assert.is(upstream?.headers['x-who'], 'alice')
    assert.is(upstream?.headers['x-api-key'], undefined)
    assert.equal(logs, [{ level: 'notice', text: 'told', by: 'plugin' }])
    assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hi to shop.example')
    assert.equal(
      calls.map(({ method }) => method),
      [
        'kong.client.get_consumer',
        'kong.service.request.set_header',
        'kong.response.set_header',
        'kong.log.notice',
      ],
    )
    assert.equal(events, [{ phase: 'access', end: 'returned' }])
  })

  test(`others: one that answers before keeps the plugin from running (${where})`, async () => {
    const { response, upstream, calls, events } = await run(teller, { ...how, others })
    assert.is(response.status, 401)
    assert.equal([upstream, calls, events], [undefined, [], []])
  })
}

test('others: a binary is one too, and close ends it', async () => {
  const binary = `dist/${process.platform}-${process.arch}/key-guard`
  const server = await start(teller, { others: [{ plugin: binary, config: { keys } }] })
  assert.is((await server.run()).response.status, 401)
  const request = { headers: { 'x-api-key': keys.alice } }
  const { upstream } = await server.run({ consumers: [alice], request })
  await server.close()
  assert.is(upstream?.headers['x-who'], 'alice')
})

test('others: phases names those of all', async () => {
  const logger = definePlugin({ version: '1.0.0', log: (kong) => kong.log.err('logged') })
  const others = [{ plugin: logger }] as const
  assert.is((await run(teller, { others })).logs.length, 2)
  assert.is((await run(teller, { others, phases: ['access'] })).logs.length, 1)
})

test('others: a configuration of one is checked, by types too', async () => {
  // @ts-expect-error: keys are required
  const missing = await thrownBy(run(teller, { others: [{ plugin: guard }] }))
  assert.instance(missing, ConfigRefused)
  // @ts-expect-error: a message is text
  const wrong = await thrownBy(run(teller, { others: [{ plugin: hello, config: { message: 1 } }] }))
  assert.instance(wrong, ConfigRefused)
  // @ts-expect-error: the second one too
  await thrownBy(start(teller, { others: [{ plugin: hello }, { plugin: guard, config: {} }] }))
})

test.run()
