import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run, start } from 'kong-ts-pdk/testing'
import rateLimit from './plugin.ts'

const config = { limit: 2, seconds: 10 }

/** A request of a client at a second of the clock. */
function requestAt(second: number, ip: string) {
  return { config, client: { ip, forwardedIp: ip }, now: second * 1000, freezeDate: true }
}

test('lets as many requests pass as the limit says, and tells what is left', async () => {
  for (const left of ['1', '0']) {
    const { response } = await run(rateLimit, requestAt(1_000_003, '192.0.2.1'))
    assert.equal(response.status, 200)
    assert.equal(response.headers['ratelimit-remaining'], left)
  }
  const { response, upstream } = await run(rateLimit, requestAt(1_000_003, '192.0.2.1'))
  assert.deepEqual([response.status, upstream], [429, undefined])
  assert.equal(response.headers['retry-after'], '7')
  assert.deepEqual(JSON.parse(response.text), { message: 'More than 2 requests: try again in 7 s' })
})

test('counts each client by itself, and anew in the next window', async () => {
  for (const [second, ip, status] of [
    [2_000_009, '192.0.2.2', 200],
    [2_000_009, '192.0.2.2', 200],
    [2_000_009, '192.0.2.2', 429],
    [2_000_009, '192.0.2.3', 200],
    [2_000_010, '192.0.2.2', 200],
  ] as const) {
    const { response } = await run(rateLimit, requestAt(second, ip))
    assert.equal(response.status, status, `${ip} at ${second}`)
  }
})

test('counts the addresses of one IPv6 network together', async () => {
  for (const [ip, status] of [
    ['2001:db8:0:1::1', 200],
    ['2001:db8:0:1:2:3:4:5', 200],
    ['2001:db8:0:1:ffff::', 429],
    ['2001:db8:0:2::1', 200],
    ['2001:db8::1', 200],
  ] as const) {
    const { response } = await run(rateLimit, requestAt(4_000_000, ip))
    assert.equal(response.status, status, ip)
  }
})

test('counts what two workers of Kong send together', async () => {
  const server = await start(rateLimit, { workers: 2 })
  const statuses: number[] = []
  for (let request = 0; request < 4; request++) {
    const { response } = await server.run(requestAt(3_000_000, '192.0.2.4'))
    statuses.push(response.status)
  }
  await server.close()
  assert.equal(server.instances.length, 2)
  assert.deepEqual(statuses, [200, 200, 429, 429])
})

test('lets nobody pass where Kong does not say who asks', async () => {
  const { response, upstream } = await run(rateLimit, { fault: { raise: 'kong.client.get_forwarded_ip' } })
  assert.deepEqual([response.status, upstream], [500, undefined])
})
