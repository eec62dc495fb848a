import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from 'kong-ts-pdk/testing'
import auth from './plugin.ts'

const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice' }
const keys = { alice: 'alice-has-this-key', bob: 'a-key-of-nobody-in-kong' }

/** A request to a Kong that knows alice. */
function requestWith(key?: string, more: Record<string, string | string[]> = {}) {
  const headers = key === undefined ? more : { 'x-api-key': key, ...more }
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

test('tells the service who asks, whatever the client says of itself', async () => {
  const lies = {
    'X-Consumer-Username': ['root', 'root'],
    'X-Consumer-Groups': 'admins',
    'X-Authenticated-Groups': 'admins',
    'x-anonymous-consumer': 'true',
    X_Consumer_Id: '1',
    'x-credential_identifier': '2',
    x_api_key: keys.bob,
  }
  const { upstream } = await run(auth, requestWith(keys.alice, lies))
  const told = Object.entries(upstream?.headers ?? {}).filter(([name]) =>
    /^x[-_](con|cre|auth|anon|api)/.test(name),
  )
  assert.deepEqual(Object.fromEntries(told), {
    'x-consumer-id': alice.id,
    'x-consumer-username': 'alice',
    'x-credential-identifier': alice.id,
  })
})

test('refuses two keys, and headers that Kong would drop or leave out behind it', async () => {
  for (const [more, status] of [
    [{ 'x-api-key': [keys.alice, keys.alice] }, 401],
    [{ connection: 'close, X-Consumer-Id' }, 400],
    [{ 'x-many': Array.from({ length: 1000 }, () => '1') }, 400],
  ] as const) {
    const { response, upstream } = await run(
      auth,
      requestWith(keys.alice, { ...more } as Record<string, string[]>),
    )
    assert.deepEqual([response.status, upstream], [status, undefined])
  }
})

test('lets nobody pass where Kong does not know the consumer, or fails', async () => {
  const unknown = await run(auth, requestWith(keys.bob))
  assert.deepEqual([unknown.response.status, unknown.upstream], [500, undefined])
  for (const raise of ['kong.request.get_headers', 'kong.client.load_consumer', 'kong.client.authenticate']) {
    const { response, upstream } = await run(auth, { ...requestWith(keys.alice), fault: { raise } })
    assert.deepEqual([response.status, upstream], [500, undefined])
  }
})

test('refuses a configuration with a key that is easy to guess', async () => {
  await assert.rejects(run(auth, { config: { keys: { alice: 'alice' } } }), /length must be at least 16/)
})
