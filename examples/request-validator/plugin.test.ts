import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildExample, startExample } from '../support/binary.ts'
import { startGateway } from '../support/gateway.ts'
import type { Answers } from '../support/peer.ts'
import { shownBy } from '../support/readme.ts'
import { send, startService } from '../support/service.ts'

test.before(() => buildExample('request-validator'))

test('request-validator: over HTTP the request of its README gets the answer shown there, and a good one the service', async () => {
  const { config, request, answer } = shownBy('request-validator')
  const service = await startService(() => ({ status: 201, body: 'made' }))
  const gateway = await startGateway('request-validator', config, service.url)
  try {
    const refused = await send(gateway.url, request)
    assert.is(refused.status, answer.status)
    assert.is(refused.headers['content-type'], answer.headers['content-type'])
    assert.equal(JSON.parse(refused.body.toString()), JSON.parse(answer.body))
    assert.is(service.requests.length, 0)
    const body = JSON.stringify({ item: 'chair'.repeat(10_000), count: 2 })
    const passed = await send(gateway.url, { ...request, path: '/orders?dry=true', body })
    assert.equal([passed.status, passed.body.toString()], [201, 'made'])
    assert.equal(
      service.requests.map((seen) => seen.body.toString()),
      [body],
    )
  } finally {
    await gateway.stop()
    service.stop()
  }
})

test('request-validator: two workers check alike, and log a schema that cannot be used', async () => {
  const plugin = await startExample('request-validator', ['-workers', '2'])
  try {
    const rules = { draft: 'draft-07', content_types: ['application/json'], body_required: true }
    const limits = { max_body_bytes: 1000, max_errors: 20, explain: true }
    const good = await plugin.configure({ ...rules, ...limits, query_schema: '{"required":["a"]}' })
    const asked = (query: object): Answers => ({
      'kong.request.get_headers': () => ({}),
      'kong.request.get_method': () => 'GET',
      'kong.request.get_query': () => query,
    })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, number) => good.run('access', asked(number % 2 ? { a: '1' } : {}))),
    )
    assert.equal(
      outcomes.map(({ exit }) => exit?.status),
      outcomes.map((_, number) => (number % 2 ? undefined : 400)),
    )
    const bad = await plugin.configure({ ...rules, ...limits, body_schema: '{"type":5}' })
    assert.is((await bad.run('access', asked({}))).exit?.status, 500)
    assert.match(plugin.log(), 'Cannot use config.body_schema as a schema of draft-07: schema is invalid')
  } finally {
    assert.is(await plugin.stop(), 0)
  }
})

test.run()
