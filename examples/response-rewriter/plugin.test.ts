import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildExample, startExample } from '../support/binary.ts'
import { startGateway } from '../support/gateway.ts'
import { shownBy } from '../support/readme.ts'
import { type Reply, send, startService } from '../support/service.ts'

test.before(() => buildExample('response-rewriter'))

/** The service's answer in the README, as bytes: numbers keep their digits. */
function serviceBody(): Buffer {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  return Buffer.from(/^```json\n(.*?)^```$/ms.exec(readme)?.[1] ?? '')
}

test('response-rewriter: over HTTP its README holds, packed and plain, and what is no JSON comes as it was', async () => {
  const { config, request, answer } = shownBy('response-rewriter')
  const page = gzipSync('<p>cost</p>')
  const service = await startService(({ headers }): Reply => {
    const isPacked = headers['accept-encoding'] === 'gzip'
    const packed = isPacked ? { 'content-encoding': 'gzip' } : {}
    if (headers.accept === 'text/html')
      return { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' }, body: page }
    const body = isPacked ? gzipSync(serviceBody()) : serviceBody()
    return { headers: { 'content-type': 'application/json', etag: '"7"', ...packed }, body }
  })
  const gateway = await startGateway('response-rewriter', config, service.url)
  try {
    const packed = await send(gateway.url, request)
    assert.is(packed.status, answer.status)
    for (const [name, value] of Object.entries(answer.headers)) assert.is(packed.headers[name], value)
    assert.is(gunzipSync(packed.body).toString(), answer.body)
    assert.is(packed.headers['content-length'], String(packed.body.length))
    assert.is(packed.headers.etag, undefined)
    const plain = await send(gateway.url, { ...request, headers: {} })
    assert.is(plain.body.toString(), answer.body)
    assert.is(plain.headers['content-length'], String(plain.body.length))
    const other = await send(gateway.url, { ...request, headers: { accept: 'text/html' } })
    assert.ok(other.body.equals(page))
  } finally {
    await gateway.stop()
    service.stop()
  }
})

test('response-rewriter: two workers edit alike', async () => {
  const plugin = await startExample('response-rewriter', ['-workers', '2'])
  try {
    const limits = { max_body_bytes: 1000, unreadable: 'refuse' }
    const instance = await plugin.configure({ remove: ['cost'], rename: {}, set: {}, ...limits })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        instance.run('response', {
          'kong.response.get_headers': () => ({ 'content-type': 'application/json' }),
          'kong.response.get_status': () => 200,
          'kong.service.response.get_raw_body': () => Buffer.from(`{"number":${number},"cost":1}`),
        }),
      ),
    )
    assert.equal(
      outcomes.map(({ exit }) => exit?.body),
      outcomes.map((_, number) => `{"number":${number}}`),
    )
  } finally {
    assert.is(await plugin.stop(), 0)
  }
})

test.run()
