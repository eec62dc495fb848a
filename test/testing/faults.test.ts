import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { definePlugin } from '../../src/index.ts'
import { run, start } from '../../src/testing/index.ts'
import { levels, thrownBy } from './support/levels.ts'

/** What the last handler saw when its second call failed. */
let seen: string | undefined

const plugin = definePlugin({
  version: '1.0.0',
  timeLimit: 150,
  async access(kong) {
    seen = undefined
    kong.response.setHeader('x-first', '1')
    try {
      await kong.request.getPath()
    } catch (error) {
      seen = (error as { code?: string }).code
      throw error
    }
    kong.response.setHeader('x-last', '1')
  },
  log: (kong) => kong.log.notice('log ran'),
})

for (const { where, ...how } of levels) {
  test(`raise: the client gets 500, and log runs (${where})`, async () => {
    const fault = { raise: 'kong.request.get_path', words: 'no memory' }
    const { response, events, logs, upstream, calls } = await run(plugin, { ...how, fault })
    assert.is(response.status, 500)
    assert.is(response.source, 'error')
    assert.is(upstream, undefined)
    assert.equal(events, [
      { phase: 'access', end: 'raised', why: 'kong.request.get_path: no memory' },
      { phase: 'log', end: 'returned' },
    ])
    assert.equal(logs, [
      { level: 'err', text: 'kong.request.get_path: no memory', by: 'kong' },
      { level: 'notice', text: 'log ran', by: 'plugin' },
    ])
    assert.equal(calls[1], { phase: 'access', method: 'kong.request.get_path', args: [] })
    assert.is(seen, 'CONNECTION_LOST')
  })

  test(`close: nothing comes of the request, and the handler hears of it (${where})`, async () => {
    const { end, calls, events } = await run(plugin, { ...how, fault: { close: 'kong.request.get_path' } })
    assert.is(end, 'closed')
    assert.equal(
      calls.map(({ method }) => method),
      ['kong.response.set_header'],
    )
    assert.equal(events, [])
    await delay(0)
    assert.is(seen, 'CONNECTION_LOST')
  })

  test(`close: a server that stays takes the next request (${where})`, async () => {
    const server = await start(plugin, how)
    assert.is((await server.run({ fault: { close: 'kong.request.get_path' } })).end, 'closed')
    const { end, response } = await server.run()
    await server.close()
    assert.is(end, 'answered')
    assert.is(response.headers['x-last'], '1')
  })

  test(`stall: a short one is waited for (${where})`, async () => {
    const { response } = await run(plugin, { ...how, fault: { stall: 'kong.request.get_path', ms: 20 } })
    assert.is(response.headers['x-last'], '1')
  })

  test(`stall: one that is longer than the plugin's timeLimit is its 500 (${where})`, async () => {
    const { response } = await run(plugin, { ...how, fault: { stall: 'kong.request.get_path', ms: 400 } })
    assert.is(response.status, 500)
    assert.is(seen, 'NO_ANSWER')
  })

  test(`limit: a handler that never ends is given up, and the dialect says what becomes of the request (${where})`, async () => {
    const endless = definePlugin({ version: '1.0.0', access: () => new Promise(() => undefined) })
    const { response, events, logs } = await run(endless, { ...how, limit: 60 })
    const passes = how.dialect === 'MsgPack:1'
    assert.is(response.status, passes ? 200 : 500)
    assert.is(events[0]?.end, passes ? 'returned' : 'raised')
    assert.match(logs[0]?.text ?? '', /did not .* within 60 ms$/)
  })
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const) {
  const how = { level: 'wire', dialect } as const

  test(`restart: between two phases the event is sent again to an instance of the new server (${dialect})`, async () => {
    const server = await start(plugin, how)
    const { events, logs } = await server.run({ fault: { restart: 'log' } })
    const ids = server.instances
    await server.close()
    assert.equal(events, [
      { phase: 'access', end: 'returned' },
      { phase: 'log', end: 'returned', repeats: 1 },
    ])
    assert.equal(logs, [{ level: 'notice', text: 'log ran', by: 'plugin' }])
    assert.is(ids.length, 2)
    assert.is(new Set(ids).size, 2)
  })

  test(`restart: many servers never give an id twice (${dialect})`, async () => {
    const server = await start(plugin, how)
    for (let count = 0; count < 5; count++) {
      assert.is((await server.run()).response.status, 200)
      await server.restart()
    }
    const ids = server.instances
    await server.close()
    assert.is(ids.length, 5)
    assert.is(new Set(ids).size, 5)
  })

  test(`workers: each has an instance of its own, and they take requests in turn (${dialect})`, async () => {
    let inits = 0
    const counting = definePlugin({
      version: '1.0.0',
      init: () => ++inits,
      access: (kong, _, own) => kong.response.setHeader('x-worker', own),
    })
    const server = await start(counting, { ...how, workers: 2 })
    const outcomes = []
    for (let count = 0; count < 4; count++) outcomes.push(await server.run())
    const ids = server.instances
    await server.close()
    assert.equal(
      outcomes.map(({ response }) => response.headers['x-worker']),
      ['1', '2', '1', '2'],
    )
    assert.is(new Set(ids).size, 2)
  })

  test(`pieces: whatever the size, the outcome is the same (${dialect})`, async () => {
    for (const pieces of [1, 2, 7, 1000]) {
      const { response } = await run(plugin, { ...how, pieces })
      assert.is(response.headers['x-last'], '1', `${pieces}`)
    }
  })
}

test('fault: a call that Kong does not have would never fail, so it is refused', async () => {
  const sentence = (call: string) => thrownBy(run(plugin, { fault: { raise: call } }))
  assert.is(
    (await sentence('kong.request.getPath')).message,
    'Cannot let Kong fail at "kong.request.getPath": it has no such function, did you mean kong.request.get_path?',
  )
  assert.match((await sentence('nonsense')).message, /names are as in outcome\.calls, such as kong\.request/)
})

test('stall: one that is longer than the limit is refused', async () => {
  const stalled = run(plugin, { fault: { stall: 'kong.request.get_path', ms: 10_000 } })
  assert.match((await thrownBy(stalled)).message, /it must be less than the limit of 10000 ms/)
})

test('fault: what takes a server is refused in memory', async () => {
  const words = /^Cannot (start the server again|send in pieces) in memory: .*; use level: 'wire'$/
  assert.match((await thrownBy(run(plugin, { fault: { restart: 'log' } }))).message, words)
  assert.match((await thrownBy(run(plugin, { pieces: 1 }))).message, words)
  const server = await start(plugin)
  assert.match((await thrownBy(server.restart())).message, words)
  await server.close()
})

test.run()
