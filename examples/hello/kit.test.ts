import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'
import hello from './plugin.ts'

const request = { headers: { host: 'shop.example' } }

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [hello, binaryOf('hello')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`hello: greets the host of the request (${where})`, async () => {
      const config = { message: 'good morning' }
      const { response, upstream, calls } = await run(plugin, { dialect, config, request })
      assert.is(response.status, 200)
      assert.is(response.headers['x-hello-from-ts'], 'TypeScript says good morning to shop.example')
      assert.is(upstream?.headers['x-hello-from-ts'], undefined)
      assert.equal(
        calls.map(({ method }) => method),
        ['kong.request.get_header', 'kong.response.set_header'],
      )
    })

    test(`hello: says hello to nobody where nothing is said (${where})`, async () => {
      const { response } = await run(plugin, { dialect, request: { headers: { host: [] } } })
      assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hello to nobody')
    })

    test(`hello: the client gets 500 where Kong raises (${where})`, async () => {
      const fault = { raise: 'kong.request.get_header' }
      const { response, upstream } = await run(plugin, { dialect, request, fault })
      assert.is(response.status, 500)
      assert.is(upstream, undefined)
    })
  }

test('hello: a message that is no text is refused', async () => {
  await run(hello, { config: { message: 5 as never } }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'config.message: expected a string'),
  )
})

test('hello: each configuration has an instance of its own, in each worker of Kong', async () => {
  const server = await start(binaryOf('hello'), { workers: 2 })
  const greetings = []
  for (const message of ['a', 'a', 'b', 'b']) {
    const { response } = await server.run({ config: { message }, request })
    greetings.push(response.headers['x-hello-from-ts'])
  }
  await server.close()
  assert.equal(
    greetings,
    ['a', 'a', 'b', 'b'].map((message) => `TypeScript says ${message} to shop.example`),
  )
  assert.is(new Set(server.instances).size, 4)
})

test.run()
