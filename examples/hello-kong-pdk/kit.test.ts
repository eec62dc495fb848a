import { createRequire } from 'node:module'
import { type Runnable, run } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'

const hello = createRequire(import.meta.url)('./plugin.cjs') as Runnable
const request = { headers: { host: 'shop.example' } }

for (const plugin of [hello, binaryOf('hello-kong-pdk')]) {
  const where = typeof plugin === 'string' ? 'binary' : 'memory'

  test(`hello-kong-pdk: greets the host of the request (${where})`, async () => {
    const { response } = await run(plugin, { config: { message: 'good morning' }, request })
    assert.is(response.headers['x-hello-from-js'], 'JavaScript says good morning to shop.example')
    assert.match(String(response.headers['x-javascript-pid']), /^\d+$/)
  })

  test(`hello-kong-pdk: a request without a host ends there (${where})`, async () => {
    const { response, upstream, events } = await run(plugin, { request: { headers: { host: [] } } })
    assert.equal([response.status, response.text, response.source], [400, 'no host', 'exit'])
    assert.is(upstream, undefined)
    assert.equal(events, [{ phase: 'access', end: 'exited' }])
  })

  test(`hello-kong-pdk: the client gets 500 where Kong raises (${where})`, async () => {
    const { response, upstream } = await run(plugin, { request, fault: { raise: 'kong.request.get_header' } })
    assert.is(response.status, 500)
    assert.is(upstream, undefined)
  })
}

test.run()
