import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunningPlugin, startExample } from '../support/binary.ts'
import type { Answers } from '../support/peer.ts'

const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice' }
const config = {
  header: 'x-api-key',
  keys: { bob: 'the key of bob, 24 chars', alice: 'the key of alice, 26 chars' },
}

let guard: RunningPlugin

test.before(async () => {
  guard = await startExample('key-guard')
})
test.after(async () => void (await guard.stop()))

function requestWith(headers: Record<string, string>): Answers {
  return {
    'kong.request.get_headers': () => headers,
    'kong.client.load_consumer': (username, byUsername) =>
      username === 'alice' && byUsername === true ? alice : undefined,
  }
}

test('key-guard: tells Kong to keep the keys encrypted, and that it is for no consumer of its own', () => {
  const { Priority, Schema } = guard.dump.Plugins[0]!
  assert.is(Priority, 1250)
  const { consumer } = Object.assign({}, ...Schema.fields)
  assert.is(consumer.err, 'value must be null')
  const { keys } = Object.assign({}, ...Schema.fields.flatMap(fieldsOfConfig))
  assert.equal(keys.values, { type: 'string', len_min: 16, encrypted: true, referenceable: true })
})

test('key-guard: lets a known key pass as its consumer, without the key', async () => {
  const instance = await guard.configure(config)
  const { calls, exit } = await instance.run('access', requestWith({ 'x-api-key': config.keys.alice }))
  assert.is(exit, undefined)
  assert.equal(
    calls.map(({ method, args }) => [method, ...args]),
    [
      ['kong.request.get_headers'],
      ['kong.client.load_consumer', 'alice', true],
      ['kong.client.authenticate', { 1: alice.id, 3: 'alice' }, { 1: alice.id, 2: alice.id }],
      ['kong.service.request.clear_header', 'x-api-key'],
      ['kong.service.request.set_header', 'x-consumer-id', alice.id],
      ['kong.service.request.set_header', 'x-consumer-username', 'alice'],
      ['kong.service.request.set_header', 'x-credential-identifier', alice.id],
    ],
  )
})

test('key-guard: refuses a request without a key', async () => {
  const instance = await guard.configure(config)
  const { calls, exit } = await instance.run('access', requestWith({}))
  assert.is(exit?.status, 401)
  assert.equal(JSON.parse(exit?.body ?? ''), { message: 'No API key found in request' })
  assert.is(exit?.headers['www-authenticate'], 'Key realm="kong"')
  assert.is(calls.length, 1)
})

test('key-guard: refuses an unknown key before it asks Kong for a consumer', async () => {
  const instance = await guard.configure(config)
  const { calls, exit } = await instance.run('access', requestWith({ 'x-api-key': 'the key of nobody' }))
  assert.is(exit?.status, 401)
  assert.equal(JSON.parse(exit?.body ?? ''), { message: 'Invalid API key' })
  assert.is(calls.length, 1)
})

test('key-guard: fails closed when Kong does not know the consumer', async () => {
  const instance = await guard.configure(config)
  const { calls, exit } = await instance.run('access', requestWith({ 'x-api-key': config.keys.bob }))
  assert.is(exit?.status, 500)
  assert.not(calls.some(({ method }) => method === 'kong.client.authenticate'))
  assert.match(guard.log(), /^error: key-guard access .*Kong knows no consumer "bob".*plugin\.ts:\d+/m)
  assert.not.match(guard.log(), config.keys.bob)
})

function fieldsOfConfig({ config }: Record<string, unknown>): object[] {
  return (config as { fields: object[] } | undefined)?.fields ?? []
}

test.run()
