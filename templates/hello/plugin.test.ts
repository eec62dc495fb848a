import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from 'kong-ts-pdk/testing'
import hello from './plugin.ts'

test('greets the host of the request', async () => {
  const { response } = await run(hello, {
    config: { message: 'good morning' },
    request: { headers: { host: 'shop.example' } },
  })
  assert.equal(response.status, 200)
  assert.equal(response.headers['x-hello-from-ts'], 'TypeScript says good morning to shop.example')
})

test('answers 500, and logs why, where Kong fails', async () => {
  const { response, logs } = await run(hello, {
    fault: { raise: 'kong.request.get_header', words: 'no memory' },
  })
  assert.equal(response.status, 500)
  assert.match(logs[0]?.text ?? '', /no memory/)
})
