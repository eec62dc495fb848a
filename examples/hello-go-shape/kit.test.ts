import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'

// plugin.ts starts a server as soon as it is imported, so it is its binary that is tested.
const binary = binaryOf('hello-go-shape')
const request = { headers: { host: 'shop.example' } }

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const) {
  test(`hello-go-shape: greets with the configuration of the instance (${dialect})`, async () => {
    const server = await start(binary, { dialect })
    const outcomes = await Promise.all(
      [{ message: 'good morning' }, {}].map((config) => server.run({ config, request })),
    )
    await server.close()
    assert.equal(
      outcomes.map(({ response }) => response.headers['x-hello-from-ts']),
      ['TypeScript says good morning to shop.example', 'TypeScript says hello to shop.example'],
    )
    assert.is(server.instances.length, 2)
  })

  test(`hello-go-shape: says hello to nobody where nothing is said (${dialect})`, async () => {
    const { response } = await run(binary, { dialect, request: { headers: { host: [] } } })
    assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hello to nobody')
  })

  test(`hello-go-shape: the client gets 500 where Kong raises (${dialect})`, async () => {
    const fault = { raise: 'kong.request.get_header' }
    const { response, upstream } = await run(binary, { dialect, request, fault })
    assert.is(response.status, 500)
    assert.is(upstream, undefined)
  })
}

test('hello-go-shape: a message that is no text is refused', async () => {
  await run(binary, { config: { message: 5 } }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'config.message: expected a string'),
  )
})

test.run()
