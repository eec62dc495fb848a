import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from 'kong-ts-pdk/testing'
import auth from './plugin.ts'

const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice' }
const keys = { alice: 'alice-has-this-key', bob: 'a-key-of-nobody-in-kong' }

/** A request to a Kong that knows alice. */
function requestWith(key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key }
  return { config: { keys }, consumers: [alice], request: { headers } }
}

test('lets the consumer of a key pass, and keeps the key from the service', async () => {
  const { response, consumer, upstream } = await run(auth, requestWith(keys.alice))
  assert.equal(response.status, 200)
  assert.equal(consumer?.username, 'alice')
  assert.equal(upstream?.headers['x-api-key'], undefined)
})

test('refuses a request without a key, and one with another key', async () => {
  for (const [key, message] of [
    [undefined, 'This needs an API key'],
    ['a-key-of-nobody', 'This API key is not known'],
    [`${keys.alice}.`, 'This API key is not known'],
  ] as const) {
    const { response, upstream } = await run(auth, requestWith(key))
    assert.equal(response.status, 401)
    assert.deepEqual(JSON.parse(response.text), { message })
    assert.equal(upstream, undefined)
  }
})

test('lets nobody pass where Kong does not know the consumer, or fails', async () => {
  const unknown = await run(auth, requestWith(keys.bob))
  assert.deepEqual([unknown.response.status, unknown.upstream], [500, undefined])
  for (const raise of ['kong.request.get_header', 'kong.client.load_consumer', 'kong.client.authenticate']) {
    const { response, upstream } = await run(auth, { ...requestWith(keys.alice), fault: { raise } })
    assert.deepEqual([response.status, upstream], [500, undefined])
  }
})

test('refuses a configuration with a key that is easy to guess', async () => {
  await assert.rejects(run(auth, { config: { keys: { alice: 'alice' } } }), /length must be at least 16/)
})
