import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { definePlugin } from '../../src/index.ts'
import { run } from '../../src/testing/index.ts'
import { levels, thrownBy } from './support/levels.ts'

for (const { where, ...how } of levels) {
  test(`values: a handler sees the same in memory as over the wire (${where})`, async () => {
    let seen: unknown
    const plugin = definePlugin({
      version: '1.0.0',
      async access(kong) {
        const nested = { list: [1, [2.5, 'ä'], {}], flag: true }
        kong.ctx.shared.set('nested', nested)
        seen = {
          missing: await kong.request.getHeader('x-missing'),
          several: await kong.request.getHeaders(),
          query: await kong.request.getQuery(),
          body: [...(await kong.request.getRawBody())],
          nested: await kong.ctx.shared.get('nested'),
          unset: await kong.ctx.shared.get('unset'),
          port: await kong.request.getPort(),
        }
      },
    })
    await run(plugin, {
      ...how,
      request: {
        method: 'POST',
        path: '/hello?bare&two=1&two=2&text=%C3%A4',
        body: Buffer.from([0, 0xff]),
        headers: { 'x-a': ['1', '2'], host: 'h', 'user-agent': [], accept: [] },
      },
    })
    assert.equal(seen, {
      missing: undefined,
      several: { 'x-a': ['1', '2'], host: ['h'], 'content-length': ['2'] },
      query: { bare: [true], two: ['1', '2'], text: ['ä'] },
      body: [0, 0xff],
      nested: { list: [1, [2.5, 'ä'], expectedEmpty[how.dialect]], flag: true },
      unset: undefined,
      port: 8000,
    })
  })

  test(`values: calls that nobody waits for arrive in order, before those that follow (${where})`, async () => {
    const plugin = definePlugin({
      version: '1.0.0',
      async access(kong) {
        for (const count of [1, 2, 3]) kong.response.addHeader('x-count', count)
        const [first, second] = await Promise.all([kong.request.getMethod(), kong.request.getPath()])
        kong.response.setHeader('x-both', `${first} ${second}`)
      },
    })
    const { response } = await run(plugin, how)
    assert.equal(response.headers['x-count'], ['1', '2', '3'])
    assert.is(response.headers['x-both'], 'GET /hello')
  })

  test(`values: nothing runs towards Kong behind an exit (${where})`, async () => {
    const plugin = definePlugin({
      version: '1.0.0',
      async access(kong) {
        try {
          await kong.response.exit(418, 'pot')
        } catch {
          kong.response.setHeader('x-late', '1')
        }
      },
    })
    const { response, calls } = await run(plugin, how)
    assert.equal([response.status, response.text, response.headers['x-late']], [418, 'pot', undefined])
    assert.is(calls.length, 1)
  })

  test(`values: a call behind the end of its handler is refused, and the log says so (${where})`, async () => {
    let late: Promise<Error> | undefined
    const plugin = definePlugin({
      version: '1.0.0',
      access(kong) {
        late = thrownBy(Promise.resolve().then(() => kong.request.getMethod()))
      },
    })
    const { calls, output } = await run(plugin, how)
    assert.match(
      (await late)?.message ?? '',
      /^Cannot call kong\.request\.get_method: the access event has ended/,
    )
    assert.is(calls.length, 0)
    assert.match(output.join('\n'), /its handler had returned: await what it starts/)
  })
}

test('values: what a dialect cannot carry is refused in memory too', async () => {
  const plugin = definePlugin({
    version: '1.0.0',
    protocol: 'MsgPack:1',
    async access(kong) {
      kong.response.setHeader('x-host', await kong.node.getHostname())
    },
  })
  assert.is((await run(plugin)).response.headers['x-host'], 'kong')
  for (const level of ['memory', 'wire'] as const) {
    const { response, logs } = await run(plugin, { level, dialect: 'ProtoBuf:1' })
    assert.is(response.status, 500)
    assert.match(logs[0]?.text ?? '', /Cannot call kong\.node\.getHostname over ProtoBuf:1/)
  }
})

/** Lua has one empty table: an object for ProtoBuf:1, a list for Kong's MessagePack library. */
const expectedEmpty = { 'ProtoBuf:1': {}, 'MsgPack:1': [] }

test.run()
