import { definePlugin } from 'kong-ts-pdk'
import { type Fault, run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'
import guard from './plugin.ts'

const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice' }
const keys = { alice: 'the key of alice, 26 chars', bob: 'the key of bob, 24 chars' }

/** A request with a key, to a Kong that knows alice and does not know bob. */
function requestWith(key?: string, more: Readonly<Record<string, string | readonly string[]>> = {}) {
  return {
    config: { keys },
    consumers: [alice],
    request: { headers: { ...(key === undefined ? {} : { 'x-api-key': key }), ...more } },
  }
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [guard, binaryOf('key-guard')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`key-guard: the service gets the request of a consumer, without the key (${where})`, async () => {
      const outcome = await run(plugin, { dialect, ...requestWith(keys.alice) })
      assert.is(outcome.response.status, 200)
      assert.is(outcome.consumer?.username, 'alice')
      assert.is(outcome.credential?.consumer_id, alice.id)
      assert.is(outcome.upstream?.method, 'GET')
      assert.is(outcome.upstream?.headers['x-api-key'], undefined)
    })

    test(`key-guard: takes the key from the header of its configuration only, and keeps it (${where})`, async () => {
      const server = await start(plugin, { dialect })
      const config = { keys, header: 'x-guest' }
      const request = { headers: { 'x-guest': keys.alice, 'x-api-key': 'for the service' } }
      const passed = await server.run({ config, consumers: [alice], request })
      assert.is(passed.consumer?.username, 'alice')
      assert.is(passed.upstream?.headers['x-guest'], undefined)
      assert.is(passed.upstream?.headers['x-api-key'], 'for the service')
      const refused = await server.run({ ...requestWith(keys.alice), config })
      assert.is(refused.response.status, 401)
      await server.close()
    })

    test(`key-guard: without a key, and with a wrong one, nothing reaches the service (${where})`, async () => {
      const refused = [
        [undefined, 'No API key found in request'],
        ['the key of nobody', 'Invalid API key'],
        [`${keys.alice} `, 'Invalid API key'],
      ] as const
      const server = await start(plugin, { dialect })
      for (const [key, message] of refused) {
        const { response, upstream, consumer } = await server.run(requestWith(key))
        assert.is(response.status, 401)
        assert.equal(JSON.parse(response.text), { message })
        assert.is(response.headers['www-authenticate'], 'Key realm="kong"')
        assert.equal([upstream, consumer], [undefined, undefined])
      }
      await server.close()
    })

    test(`key-guard: fails closed where Kong does not know the consumer, and keeps the key (${where})`, async () => {
      const { response, upstream, consumer, logs, output } = await run(plugin, {
        dialect,
        ...requestWith(keys.bob),
      })
      assert.is(response.status, 500)
      assert.equal([upstream, consumer], [undefined, undefined])
      assert.match(logs[0]?.text ?? '', 'Kong knows no consumer "bob"')
      assert.not.match(JSON.stringify([logs, output]), keys.bob)
    })

    test(`key-guard: the service is told who asks, and nothing that a client says of itself (${where})`, async () => {
      const lies = {
        'X-Consumer-Id': ['1', '2'],
        'x-CONSUMER-username': 'root',
        'X-Consumer-Custom-ID': '3',
        'X-Consumer-Groups': 'admins',
        'X-Credential-Identifier': '4',
        'X-Credential-Username': 'root',
        'X-Anonymous-Consumer': 'true',
        'X-Authenticated-Groups': 'admins',
        'X-Authenticated-UserId': '5',
        X_Consumer_Id: '6',
        'X-Consumer_Username': 'root',
        'x_credential-identifier': '7',
        x_authenticated_groups: 'admins',
        X_Api_Key: keys.bob,
      }
      const { upstream } = await run(plugin, {
        dialect,
        ...requestWith(keys.alice, { ...lies, 'x-own': 'kept' }),
      })
      const told = Object.entries(upstream?.headers ?? {}).filter(([name]) =>
        /^x[-_](?!forwarded|real|kong)/.test(name),
      )
      assert.equal(told.map(([name, value]) => `${name}: ${value}`).sort(), [
        `x-consumer-id: ${alice.id}`,
        'x-consumer-username: alice',
        `x-credential-identifier: ${alice.id}`,
        'x-own: kept',
      ])
    })

    test(`key-guard: what a client says of itself behind hundreds of other headers goes too (${where})`, async () => {
      const junk = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`x-junk-${index}`, '']))
      const lies = { 'x-consumer-groups': 'admins', x_consumer_id: '1', 'x-authenticated-userid': '2' }
      const { response, upstream } = await run(plugin, {
        dialect,
        ...requestWith(keys.alice, { ...junk, ...lies }),
      })
      assert.is(response.status, 200)
      const told = Object.keys(upstream?.headers ?? {}).filter((name) => /^x[-_](con|cre|auth)/.test(name))
      assert.equal(told.sort(), ['x-consumer-id', 'x-consumer-username', 'x-credential-identifier'])
    })

    test(`key-guard: two keys are none, and what Kong would take away or leave out is refused (${where})`, async () => {
      const server = await start(plugin, { dialect })
      const many = Array.from({ length: 1000 }, () => '1')
      for (const [more, status] of [
        [{ 'x-api-key': [keys.alice, keys.bob] }, 401],
        [{ connection: 'close, X-Consumer-Username' }, 400],
        [{ connection: ['close', 'x-credential-identifier'] }, 400],
        [{ 'x-many': many }, 400],
        [{ connection: 'close, x-api-key', 'x-many': many.slice(10) }, 200],
      ] as const) {
        const { response, upstream } = await server.run(requestWith(keys.alice, more))
        assert.equal(
          [response.status, upstream === undefined],
          [status, status !== 200],
          JSON.stringify(more),
        )
      }
      await server.close()
    })

    for (const call of ['kong.request.get_headers', 'kong.client.load_consumer', 'kong.client.authenticate'])
      test(`key-guard: fails closed where Kong raises at ${call}, or goes away (${where})`, async () => {
        const outcomeOf = (fault: Fault) => run(plugin, { dialect, ...requestWith(keys.alice), fault })
        const raised = await outcomeOf({ raise: call, words: 'no memory' })
        assert.is(raised.response.status, 500)
        assert.equal(raised.events, [{ phase: 'access', end: 'raised', why: `${call}: no memory` }])
        assert.is(raised.upstream, undefined)
        const closed = await outcomeOf({ close: call })
        assert.is(closed.end, 'closed')
        assert.is(closed.upstream, undefined)
      })
  }

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const) {
  test(`key-guard: fails closed where Kong takes longer than timeLimit (${dialect})`, async () => {
    const hasty = { ...guard, timeLimit: 50 }
    for (const level of ['memory', 'wire'] as const) {
      const fault = { stall: 'kong.client.load_consumer', ms: 300 }
      const slow = await run(hasty, { level, dialect, ...requestWith(keys.alice), fault })
      assert.is(slow.response.status, 500)
      assert.equal([slow.upstream, slow.consumer], [undefined, undefined])
    }
  })

  test(`key-guard: a server that is started again guards as before (${dialect})`, async () => {
    const server = await start(binaryOf('key-guard'), { dialect })
    const outcomeOf = (key?: string, fault?: Fault) =>
      server.run({ ...requestWith(key), ...(fault !== undefined && { fault }) })
    assert.is((await outcomeOf(keys.alice)).response.status, 200)
    const again = await outcomeOf(keys.alice, { restart: 'access' })
    assert.equal(again.events, [{ phase: 'access', end: 'returned', repeats: 1 }])
    assert.is(again.consumer?.username, 'alice')
    const refused = await outcomeOf(undefined, { restart: 'access' })
    assert.is(refused.response.status, 401)
    assert.is(refused.upstream, undefined)
    await server.close()
  })
}

/** Says who is known when it runs. */
function tellerAt(priority: number) {
  return definePlugin({
    version: '1.0.0',
    priority,
    access: async (kong) => kong.log.notice((await kong.client.getConsumer())?.username ?? 'nobody'),
  })
}

test('key-guard: runs before those who ask who the consumer is, such as acl, and behind cors', async () => {
  const acl = { plugin: tellerAt(950) }
  const cors = { plugin: tellerAt(2000) }
  const { logs } = await run(guard, { ...requestWith(keys.alice), others: [acl, cors] })
  assert.equal(
    logs.map(({ text }) => text),
    ['nobody', 'alice'],
  )
})

test('key-guard: a key that is too short to be one, and a header that is none, are refused', async () => {
  const wrong = [
    [{ keys: { alice: 'short' } }, 'config.keys: length must be at least 16'],
    [{ keys: {} }, 'config.keys: length must be at least 1'],
    [{ keys, header: 'x api key' }, 'config.header: invalid value: x api key'],
  ] as const
  for (const [config, sentence] of wrong)
    await run(guard, { config }).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, sentence),
    )
})

test.run()
