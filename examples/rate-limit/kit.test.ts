import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'
import { exchangeOf } from '../support/readme-exchange.ts'
import { findRedis, freePort, type Redis, startRedis } from '../support/redis.ts'
import rateLimit from './plugin.ts'

const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice' }
const redisServer = findRedis()

if (redisServer === undefined) test.skip('rate-limit: counts clients apart', () => {})
else testWithRedis(redisServer)

for (const plugin of [rateLimit, binaryOf('rate-limit')]) {
  const where = typeof plugin === 'string' ? 'binary' : 'memory'

  test(`rate-limit: without a Redis requests pass, or are refused with 503, as the configuration says (${where})`, async () => {
    const redis = `redis://127.0.0.1:${await freePort()}`
    const config = { limit: 1, window: 60, redis }
    const passed = await run(plugin, { config: { ...config, on_redis_down: 'allow' } })
    assert.equal([passed.response.status, passed.response.source], [200, 'service'])
    assert.is(passed.response.headers['ratelimit-limit'], undefined)
    const refused = await run(plugin, { config: { ...config, on_redis_down: 'deny' } })
    assert.equal([refused.response.status, refused.upstream], [503, undefined])
    assert.is(refused.response.headers['retry-after'], '1')
    assert.equal(JSON.parse(refused.response.text), { message: 'Requests cannot be counted now' })
  })
}

test('rate-limit: an address that is none of Redis lets nothing pass, whatever on_redis_down says', async () => {
  for (const redis of ['redis://two words', 'redis://127.0.0.1:6379/orders']) {
    const { response, upstream } = await run(rateLimit, {
      config: { limit: 1, window: 60, redis, on_redis_down: 'allow' },
    })
    assert.equal([response.status, upstream], [500, undefined], redis)
  }
})

test('rate-limit: a configuration says what happens without Redis, and which header, or is refused', async () => {
  const config = { limit: 1, window: 60, redis: 'redis://127.0.0.1:6379', on_redis_down: 'deny' } as const
  const { on_redis_down: _choice, ...undecided } = config
  const wrong = [
    [undecided, 'config.on_redis_down: required field missing'],
    [{ ...config, by: 'header' }, 'config.header: required field missing'],
    [{ ...config, limit: 0 }, 'config.limit: value must be greater than 0'],
    [{ ...config, redis: '127.0.0.1:6379' }, 'config.redis: invalid value: 127.0.0.1:6379'],
  ] as const
  for (const [refused, sentence] of wrong)
    await run(rateLimit, { config: refused as typeof config }).then(
      () => assert.unreachable(sentence),
      (error: Error) => assert.match(error.message, sentence),
    )
})

test.run()

function testWithRedis(program: string): void {
  let redis: Redis
  let counters = 0
  const fresh = () => ({
    limit: 2,
    window: 60,
    timeout: 5000,
    redis: redis.url,
    counter: `counter-${counters++}`,
    on_redis_down: 'deny' as const,
  })

  test.before(async () => {
    redis = await startRedis(program)
  })
  test.after(() => redis.kill())

  for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
    for (const plugin of [rateLimit, binaryOf('rate-limit')]) {
      const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

      test(`rate-limit: tells the client what is left, and refuses what is over the limit (${where})`, async () => {
        const server = await start(plugin, { dialect })
        const config = fresh()
        for (const left of ['1', '0']) {
          const { response } = await server.run({ config })
          assert.is(response.status, 200)
          assert.is(response.headers['ratelimit-limit'], '2')
          assert.is(response.headers['ratelimit-remaining'], left)
        }
        const { response, upstream } = await server.run({ config })
        assert.equal([response.status, upstream], [429, undefined])
        assert.is(response.headers['retry-after'], response.headers['ratelimit-reset'])
        await server.close()
      })

      test(`rate-limit: counts each address, header or consumer by itself (${where})`, async () => {
        const server = await start(plugin, { dialect })
        const address = (ip: string) => ({ client: { ip, forwardedIp: ip } })
        const key = (value: string) => ({ request: { headers: { 'x-api-key': value } } })
        const bob = { id: '44444444-4444-4444-8444-444444444444', username: 'bob' }
        const clients = [
          [{ by: 'ip' }, address('10.0.0.1'), address('10.0.0.2')],
          [{ by: 'ip' }, address('2001:db8:0:1::1'), address('2001:db8:0:2::1')],
          [{ by: 'header', header: 'x-api-key' }, key('one'), key('two')],
          [{ by: 'header', header: 'x-api-key' }, key('one'), address('10.0.0.1')],
          [{ by: 'consumer' }, { consumer: alice }, { consumer: bob }],
          [{ by: 'consumer' }, { consumer: alice }, address('10.0.0.1')],
        ] as const
        for (const [by, one, other] of clients) {
          const config = { ...fresh(), ...by, limit: 1 }
          const statuses = []
          for (const client of [one, one, other, other])
            statuses.push((await server.run({ config, ...client })).response.status)
          assert.equal(statuses, [200, 429, 200, 429], JSON.stringify(by))
        }
        await server.close()
      })
    }

  test('rate-limit: the 2^64 addresses of one IPv6 network are one client, and a mapped address is that of IPv4', async () => {
    const server = await start(rateLimit)
    for (const addresses of [
      ['2001:db8:0:1::1', '2001:db8:0:1:ffff::', '2001:db8:0:1:2:3:4:5', '2001:db8:0:1::9:9'],
      ['2001:db8::1', '2001:db8::2:0:0:1', '2001:db8:0:0:1:2:3:4'],
      ['::1', '::2', '::9:1:2:3'],
      ['10.0.0.1', '::ffff:10.0.0.1'],
    ]) {
      const config = { ...fresh(), limit: 1 }
      const statuses = []
      for (const ip of addresses)
        statuses.push((await server.run({ config, client: { ip, forwardedIp: ip } })).response.status)
      assert.equal(statuses, [200, ...addresses.slice(1).map(() => 429)], addresses.join())
    }
    await server.close()
  })

  test('rate-limit: README: the configuration that it shows gives the answer that it shows', async () => {
    const { config, request, answer } = exchangeOf('rate-limit')
    const [method = '', path = ''] = request.first.split(' ')
    const server = await start(binaryOf('rate-limit'))
    const send = () =>
      server.run({
        config: { ...config, redis: redis.url },
        request: { method, path, headers: request.headers },
        route: { paths: ['/orders'] },
      })
    for (const status of [200, 200]) assert.is((await send()).response.status, status)
    const { response } = await send()
    await server.close()
    assert.is(answer.first, `HTTP/1.1 ${response.status} Too Many Requests`)
    assert.is(response.text, answer.body)
    for (const [name, value] of Object.entries(answer.headers)) {
      const got = String(response.headers[name])
      if (name !== 'retry-after' && name !== 'ratelimit-reset') assert.is(got, value, name)
      else assert.ok(Number(got) > 0 && Number(got) <= Number(value), `${name}: ${got}`)
    }
  })
}
