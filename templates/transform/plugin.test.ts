import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from 'kong-ts-pdk/testing'
import transform from './plugin.ts'

const config = {
  request: { headers: { 'x-source': 'gateway' }, add: { tenant: 'blue' } },
  response: { headers: { 'x-served-by': 'kong' }, remove: ['secret'] },
}
const json = { 'content-type': 'application/json' }

test('adds headers and members to what goes to the service', async () => {
  const request = { method: 'POST', headers: json, body: '{"id":1}' }
  const { upstream } = await run(transform, { config, request })
  assert.equal(upstream?.headers['x-source'], 'gateway')
  assert.deepEqual(JSON.parse(upstream?.text ?? ''), { id: 1, tenant: 'blue' })
})

test('adds headers to what comes from the service, and removes members', async () => {
  const upstream = { status: 201, headers: { ...json, etag: '"1"' }, body: '{"id":1,"secret":"s"}' }
  const { response } = await run(transform, { config, upstream })
  assert.equal(response.status, 201)
  assert.equal(response.headers['x-served-by'], 'kong')
  assert.equal(response.headers.etag, undefined)
  assert.deepEqual(JSON.parse(response.text), { id: 1 })
})

test('asks the service for a whole and plain answer, whatever the client asks for', async () => {
  const headers = { 'Accept-Encoding': 'gzip', accept_encoding: 'gzip', Range: 'bytes=0-9' }
  const { upstream } = await run(transform, { config, request: { headers } })
  for (const name of ['accept-encoding', 'accept_encoding', 'range'])
    assert.equal(upstream?.headers[name], undefined)
})

test('leaves every body alone that is no JSON object', async () => {
  for (const [type, body] of [
    ['text/plain', '{"id":1}'],
    ['application/json', '[1]'],
    ['application/json', '{"id":'],
  ] as const) {
    const request = { method: 'POST', headers: { 'content-type': type }, body }
    const { upstream, response } = await run(transform, {
      config,
      request,
      upstream: { headers: { 'content-type': type }, body },
    })
    assert.deepEqual([upstream?.text, response.text], [body, body])
  }
})

test('leaves bytes alone that are not UTF-8', async () => {
  const body = Buffer.from('{"name":"Zo\xeb"}', 'latin1')
  const request = { method: 'POST', headers: json, body }
  const { upstream, response } = await run(transform, { config, request, upstream: { headers: json, body } })
  assert.ok(upstream?.body.equals(body))
  assert.ok(response.body.equals(body))
})

test('lets nothing of a response out that it could not read', async () => {
  const upstream = { headers: json, body: '{"secret":"s"}' }
  const fault = { raise: 'kong.service.response.get_raw_body' }
  const { response } = await run(transform, { config, upstream, fault })
  assert.equal(response.status, 500)
  assert.doesNotMatch(response.text, /secret/)
})
