import { gzipSync } from 'node:zlib'
import { definePlugin } from 'kong-ts-pdk'
import { run, start, UpstreamFailure } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'
import transform from './plugin.ts'

const config = {
  request: { add: { source: 'gateway' }, remove: ['debug'] },
  response: { add: { served_by: 'kong' }, remove: ['secret'], headers: { 'x-transformed': 'yes' } },
}
const json = { 'content-type': 'application/json' }

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [transform, binaryOf('transform')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`transform: edits what goes to the service, and what comes from it (${where})`, async () => {
      const { response, upstream } = await run(plugin, {
        dialect,
        config,
        request: { method: 'POST', headers: json, body: '{"id":1,"debug":true}' },
        upstream: ({ text }) => ({
          status: 201,
          headers: { ...json, etag: '"1"' },
          body: `{"secret":"s","got":${text}}`,
        }),
      })
      const edited = '{"id":1,"source":"gateway"}'
      assert.is(upstream?.text, edited)
      assert.is(upstream?.headers['content-length'], String(edited.length))
      assert.is(response.status, 201)
      assert.is(response.text, `{"got":${edited},"served_by":"kong"}`)
      assert.is(response.headers['content-length'], String(response.body.length))
      assert.is(response.headers['x-transformed'], 'yes')
      assert.is(response.headers.etag, undefined)
    })

    test(`transform: JSON is known by its type, however that is written (${where})`, async () => {
      const server = await start(plugin, { dialect })
      for (const type of [
        'Application/JSON',
        'application/vnd.api+json',
        'application/json ;charset=utf-8',
      ]) {
        const request = { method: 'POST', headers: { 'content-type': type }, body: '{"id":1}' }
        const { upstream } = await server.run({ config, request })
        assert.is(upstream?.text, '{"id":1,"source":"gateway"}', type)
      }
      for (const type of ['application/jsonp', 'text/json', 'application/x+json+zip']) {
        const request = { method: 'POST', headers: { 'content-type': type }, body: '{"id":1}' }
        const { upstream } = await server.run({ config, request })
        assert.is(upstream?.text, '{"id":1}', type)
      }
      await server.close()
    })

    test(`transform: what is no plain JSON passes byte for byte (${where})`, async () => {
      const packed = gzipSync('{"id":1,"debug":true,"secret":"s"}')
      const headers = { ...json, 'content-encoding': 'gzip' }
      const { response, upstream } = await run(plugin, {
        dialect,
        config,
        request: { method: 'POST', headers, body: packed },
        upstream: ({ body }) => ({ headers: { ...headers, etag: '"1"' }, body }),
      })
      assert.ok(upstream?.body.equals(packed))
      assert.ok(response.body.equals(packed))
      assert.is(response.headers.etag, '"1"')
      assert.is(response.headers['x-transformed'], 'yes')
    })

    test(`transform: a client cannot ask for a response that is not edited (${where})`, async () => {
      const body = '{"name":"n","secret":"s"}'
      const asked = {
        'Accept-Encoding': 'gzip',
        Accept_Encoding: 'gzip',
        Range: 'bytes=0-22',
        'If-Range': '"1"',
      }
      const outcome = await run(plugin, {
        dialect,
        config,
        request: { headers: asked },
        upstream: ({ headers }) => {
          if (headers.range !== undefined) return { status: 206, headers: json, body: body.slice(0, 23) }
          const packed = headers['accept-encoding'] ?? headers.accept_encoding
          if (packed !== undefined)
            return { headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(body) }
          return { headers: json, body }
        },
      })
      assert.equal([outcome.response.status, outcome.response.text], [200, '{"name":"n","served_by":"kong"}'])
      const idle = await run(plugin, {
        dialect,
        config: { request: config.request },
        request: { headers: asked },
      })
      assert.is(idle.upstream?.headers['accept-encoding'], 'gzip')
    })

    test(`transform: nothing of a response gets out that could not be edited (${where})`, async () => {
      const { response } = await run(plugin, {
        dialect,
        config,
        upstream: { headers: json, body: '{"secret":"s"}' },
        fault: { raise: 'kong.service.response.get_raw_body' },
      })
      assert.is(response.status, 500)
      assert.not.match(response.text, 'secret')
    })

    test(`transform: a service that cannot be reached is Kong's own answer (${where})`, async () => {
      const { response, events } = await run(plugin, {
        dialect,
        config,
        upstream: () => {
          throw new UpstreamFailure(502, 'connection refused')
        },
      })
      assert.equal([response.status, response.source], [502, 'error'])
      assert.equal(events, [{ phase: 'access', end: 'returned' }])
    })
  }

test('transform: its header stands over those of plugins with a higher priority, as 801, and under those of 799', async () => {
  for (const [priority, value] of [
    [801, 'yes'],
    [799, 'by another'],
  ] as const) {
    const another = definePlugin({
      version: '1.0.0',
      priority,
      response: (kong) => kong.response.setHeader('x-transformed', 'by another'),
    })
    const upstream = { headers: { 'content-type': 'text/html' }, body: '<p>' }
    const { response } = await run(transform, { config, upstream, others: [{ plugin: another }] })
    assert.is(response.headers['x-transformed'], value)
  }
})

// In memory it is the Node of the test that runs the plugin: up to version 21 it has no JSON.rawJSON.
test('transform: numbers that JavaScript cannot hold keep their digits in the binary', async () => {
  const body = '{"id":12345678901234567890,"price":1.10,"debug":true}'
  const { upstream } = await run(binaryOf('transform'), {
    config,
    request: { method: 'POST', headers: json, body },
  })
  assert.is(upstream?.text, '{"id":12345678901234567890,"price":1.10,"source":"gateway"}')
})

test.run()
