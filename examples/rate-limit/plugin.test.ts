import { createClient } from '@redis/client'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Instance, type RunningPlugin, startExample } from '../support/binary.ts'
import type { Outcome } from '../support/peer.ts'
import { findRedis, type Redis, startRedis, startRelay } from '../support/redis.ts'

const redisServer = findRedis()

if (redisServer === undefined) test.skip('rate-limit: counts in a Redis', () => {})
else testWithRedis(redisServer)

test.run()

function testWithRedis(program: string): void {
  let redis: Redis
  let plugin: RunningPlugin
  const defaults = () => ({ window: 3600, by: 'ip', counter: 'default', timeout: 5000, redis: redis.url })

  test.before(async () => {
    redis = await startRedis(program)
    plugin = await startExample('rate-limit', ['-workers', '2'])
  })
  test.after(async () => {
    const code = await plugin.stop()
    await redis.kill()
    assert.is(code, 0)
  })

  test('rate-limit: lets exactly 1,000 of 10,000 requests through, counted by two processes', async () => {
    const config = { ...defaults(), limit: 1000, on_redis_down: 'deny' }
    const instances = [await plugin.configure(config), await plugin.configure(config)]
    const outcomes = await requests(10_000, (number) => instances[number % 2]!)
    assert.equal(statuses(outcomes), { 200: 1000, 429: 9000 })
    const lefts = outcomes.filter(({ exit }) => exit === undefined).map((outcome) => headerOf(outcome, left))
    assert.equal(
      lefts.map(Number).sort((a, b) => a - b),
      Array.from({ length: 1000 }, (_, number) => number),
    )
    const names = await namesOfClients(redis.url)
    assert.is(new Set(names.filter((name) => /^kong-rate-limit-\d+$/.test(name))).size, 2, names.join())
  })

  test('rate-limit: two gateways that share a Redis count together', async () => {
    const other = await startExample('rate-limit')
    try {
      const config = { ...defaults(), counter: 'shared', limit: 100, on_redis_down: 'deny' }
      const instances = [await plugin.configure(config), await other.configure(config)]
      assert.equal(statuses(await requests(500, (number) => instances[number % 2]!)), { 200: 100, 429: 400 })
    } finally {
      await other.stop()
    }
  })

  for (const [policy, status] of [
    ['allow', 200],
    ['deny', 503],
  ] as const)
    test(`rate-limit: Redis killed in the middle, ${policy}: requests are answered ${status}, and counted when it is back`, async () => {
      const config = { ...defaults(), counter: policy, limit: 100, on_redis_down: policy }
      const instance = await plugin.configure(config)
      assert.equal(statuses(await requests(500, () => instance)), { 200: 100, 429: 400 })
      let killed: Promise<void> | undefined
      const during = await requests(1000, (number) => {
        if (number === 300) killed = redis.kill()
        return instance
      })
      await killed
      for (const found of Object.keys(statuses(during)))
        assert.ok(['429', String(status)].includes(found), found)
      const after = await requests(500, () => instance)
      assert.equal(statuses(after), { [status]: 500 })
      assert.ok(after.every((outcome) => !isCounted(outcome)))
      await redis.start()
      await until(async () => (await requests(64, () => instance)).every(isCounted))
      const again = await plugin.configure({ ...config, counter: `${policy}-again` })
      assert.equal(statuses(await requests(400, () => again)), { 200: 100, 429: 300 })
    })

  test('rate-limit: a Redis that says nothing costs each request its timeout at most', async () => {
    const config = { ...defaults(), timeout: 100, limit: 5, on_redis_down: 'deny' }
    const instance = await plugin.configure({ ...config, counter: 'frozen' })
    await until(async () => isCounted(await request(instance)))
    redis.freeze()
    try {
      assert.equal(statuses(await requests(500, () => instance)), { 503: 500 })
    } finally {
      redis.thaw()
    }
    await until(async () => isCounted(await request(instance)))
  })

  test('rate-limit: has a line in its log when Redis is away and when it is back, and none for each request', () => {
    const lines = plugin.log().split('\n')
    const address = redis.url.replace('redis://', '')
    const away = lines.filter((line) => line.includes(`Redis at ${address} does not count: `))
    const back = lines.filter((line) => line.includes(`Redis at ${address} counts again`))
    assert.ok(away.length >= 3 && away.length <= 20, lines.join('\n'))
    assert.ok(back.length >= 3 && back.length <= 20, lines.join('\n'))
  })

  test('rate-limit: a Redis that became a replica is left, for whoever has its address now', async () => {
    const heir = await startRedis(program)
    const address = await startRelay(redis.url)
    const config = { ...defaults(), redis: address.url, limit: 100_000, on_redis_down: 'deny' }
    const instance = await plugin.configure({ ...config, counter: 'failover' })
    try {
      await until(async () => (await requests(64, () => instance)).every(isCounted))
      await command(redis.url, ['REPLICAOF', '127.0.0.1', '1'])
      assert.equal(statuses(await requests(64, () => instance)), { 503: 64 })
      address.moveTo(heir.url)
      await until(async () => (await requests(64, () => instance)).every(isCounted))
      await command(heir.url, ['SCRIPT', 'FLUSH'])
      assert.ok((await requests(64, () => instance)).every(isCounted))
    } finally {
      await command(redis.url, ['REPLICAOF', 'NO', 'ONE'])
      await instance.close()
      address.stop()
      await heir.kill()
    }
  })

  test('rate-limit: a window ends, and the next request opens another', async () => {
    const config = { ...defaults(), counter: 'short', window: 1, limit: 2, on_redis_down: 'deny' }
    const instance = await plugin.configure(config)
    await until(async () => (await request(instance)).exit?.status === 429)
    await until(async () => headerOf(await request(instance), left) === '1')
  })
}

const left = 'ratelimit-remaining'

function request(instance: Instance): Promise<Outcome> {
  return instance.run('access', { 'kong.client.get_forwarded_ip': () => '10.1.2.3' })
}

/** So many requests of one client, 32 at a time; gives their outcomes in the order in which they were sent. */
async function requests(count: number, instanceFor: (number: number) => Instance): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  const client = async () => {
    for (let number = next++; number < count; number = next++)
      outcomes[number] = await request(instanceFor(number))
  }
  await Promise.all(Array.from({ length: 32 }, client))
  return outcomes
}

function statuses(outcomes: readonly Outcome[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { exit } of outcomes) counts[exit?.status ?? 200] = (counts[exit?.status ?? 200] ?? 0) + 1
  return counts
}

function isCounted(outcome: Outcome): boolean {
  return headerOf(outcome, left) !== undefined
}

/** As the client gets it, whoever answers. */
function headerOf({ calls, exit }: Outcome, name: string): string | undefined {
  if (exit !== undefined) return exit.headers[name] as string | undefined
  const call = calls.find(({ method, args }) => method === 'kong.response.set_header' && args[0] === name)
  return call?.args[1] as string | undefined
}

async function command(url: string, words: string[]): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  await client.sendCommand(words)
  client.destroy()
}

async function namesOfClients(url: string): Promise<string[]> {
  const client = createClient({ url })
  await client.connect()
  const names = (await client.clientList()).map(({ name }) => name)
  client.destroy()
  return names
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries === 1000) throw new Error(`It never came to pass: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
