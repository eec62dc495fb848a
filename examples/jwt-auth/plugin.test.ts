import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Instance, type RunningPlugin, startExample } from '../support/binary.ts'
import { createKey, type Issuer, type Key, signToken, startIssuer } from './issuer.ts'

const first = createKey('first')
const second = createKey('second', 'ES256')
const third = createKey('third')

let issuer: Issuer
let plugin: RunningPlugin

test.before(async () => {
  plugin = await startExample('jwt-auth')
})
test.after(async () => assert.is(await plugin.stop(), 0))
test.before.each(async () => {
  issuer = await startIssuer([first])
})
test.after.each(() => issuer.stop())

/** An instance for this test's issuer, which fetches its keys once where no other times are given. */
function configure(changes: object = {}, server = plugin): Promise<Instance> {
  return server.configure({
    issuer: 'https://issuer.example',
    audience: ['orders'],
    jwks_uri: issuer.uri,
    jwks_ca: issuer.ca,
    algorithms: ['RS256', 'ES256'],
    clock_skew: 30,
    headers: { 'x-token-subject': 'sub' },
    timeout: 2000,
    cache_for: 3600,
    keep_for: 3600,
    refetch_after: 3600,
    ...changes,
  })
}

function tokenOf(key: Key): string {
  const exp = Math.floor(Date.now() / 1000) + 3600
  return signToken(key, { iss: 'https://issuer.example', aud: 'orders', sub: 'alice', exp })
}

async function statusOf(instance: Instance, key: Key): Promise<number> {
  const answers = { 'kong.request.get_headers': () => ({ authorization: `Bearer ${tokenOf(key)}` }) }
  return (await instance.run('access', answers)).exit?.status ?? 200
}

function statusesOf(instance: Instance, keys: readonly Key[]): Promise<number[]> {
  return Promise.all(keys.map((key) => statusOf(instance, key)))
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries === 1000) throw new Error(`It never came to pass: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('jwt-auth: keys are fetched once, for all requests and all instances of a process', async () => {
  const instances = [await configure(), await configure()]
  const statuses = await Promise.all(instances.map((instance) => statusesOf(instance, Array(20).fill(first))))
  assert.equal(new Set(statuses.flat()), new Set([200]))
  assert.is(issuer.fetches, 1)
})

test('jwt-auth: a token of a new key lets the keys be fetched again, and passes', async () => {
  const instance = await configure({ refetch_after: 0.001 })
  assert.is(await statusOf(instance, first), 200)
  issuer.publish([first, second])
  await until(async () => (await statusOf(instance, second)) === 200)
  assert.equal(await statusesOf(instance, [first, second]), [200, 200])
})

test('jwt-auth: however many unknown keys are named, the keys are fetched once in refetch_after', async () => {
  const instance = await configure()
  assert.equal(await statusesOf(instance, [second, third, second]), [401, 401, 401])
  issuer.publish([second])
  assert.equal(await statusesOf(instance, Array(50).fill(second)), Array(50).fill(401))
  assert.is(issuer.fetches, 1)
})

test('jwt-auth: a key that the issuer takes back is refused when cache_for is over', async () => {
  const instance = await configure({ cache_for: 0.05, refetch_after: 0.001 })
  assert.is(await statusOf(instance, first), 200)
  issuer.publish([second])
  await until(async () => (await statusOf(instance, first)) === 401)
  assert.is(await statusOf(instance, second), 200)
})

test('jwt-auth: while no keys can be fetched the old ones hold, and no others', async () => {
  const instance = await configure({ cache_for: 0.001, refetch_after: 0.001 })
  assert.is(await statusOf(instance, first), 200)
  for (const answer of [500, 302, 'no JSON', '{"keys":{}}', `{"keys":[],"more":"${'x'.repeat(300_000)}"}`]) {
    issuer.publish(answer)
    const before = issuer.fetches
    await until(async () => {
      assert.is(await statusOf(instance, first), 200, String(answer).slice(0, 20))
      return issuer.fetches >= before + 2
    })
    assert.is(await statusOf(instance, second), 401)
  }
  issuer.publish([second])
  await until(async () => (await statusOf(instance, second)) === 200)
})

test('jwt-auth: keys older than keep_for are good for nothing, until there are new ones', async () => {
  const instance = await configure({ cache_for: 0.001, keep_for: 0.3, refetch_after: 0.001 })
  await until(async () => (await statusOf(instance, first)) === 200)
  issuer.publish(500)
  await until(async () => (await statusOf(instance, first)) === 503)
  assert.equal(await statusesOf(instance, [first, second]), [503, 503])
  issuer.publish([first])
  await until(async () => (await statusOf(instance, first)) === 200)
})

test('jwt-auth: without keys all is refused: an issuer that is silent, one that is away, one not trusted', async () => {
  issuer.publish('silence')
  assert.equal(await statusesOf(await configure({ timeout: 50 }), [first, second]), [503, 503])
  issuer.publish([first])
  const untrusted = await configure({ jwks_ca: undefined })
  assert.is(await statusOf(untrusted, first), 503)
  const misnamed = await configure({ jwks_uri: issuer.uri.replace('127.0.0.1', 'localhost') })
  assert.is(await statusOf(misnamed, first), 503)
  const instance = await configure()
  await issuer.stop()
  assert.is(await statusOf(instance, first), 503)
  assert.match(plugin.log(), /Cannot fetch the keys of \S+: There was no answer for 50 ms/)
  assert.match(plugin.log(), /Cannot fetch the keys of \S+: self.signed certificate/i)
  assert.not.match(plugin.log(), tokenOf(first).slice(-40))
})

test('jwt-auth: each of two processes fetches the keys for itself', async () => {
  const workers = await startExample('jwt-auth', ['-workers', '2'])
  try {
    const instance = await configure({}, workers)
    assert.equal(new Set(await statusesOf(instance, Array(40).fill(first))), new Set([200]))
    assert.is(issuer.fetches, 2)
  } finally {
    await workers.stop()
  }
})

test.run()
