import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLookup } from '../../src/dev/declarative/applied.ts'
import { plainEntities } from '../../src/dev/declarative/plain.ts'
import { createRouter } from '../../src/dev/router/http.ts'
import { createStreamRouter } from '../../src/dev/router/stream.ts'

const upstream = { protocol: 'https', host: 'api.example', port: 8443, path: '/v1' } as const
const to = { http: upstream, stream: { protocol: 'tcp', host: 'tcp.example', port: 9000 } } as const
const hello = { name: 'hello', phases: ['access', 'log'] } as const
const preread = { name: 'tcp', phases: ['preread'] } as const

test('plainEntities: every request goes to the upstream, its path as it is', () => {
  const { routes, services } = plainEntities([hello], to)
  const match = createRouter(routes, services).match({
    method: 'PURGE',
    scheme: 'http',
    host: 'x.example',
    port: 1,
    path: '/a/b',
    headers: {},
    sni: undefined,
  })
  assert.equal([match?.route.name, match?.route.strip_path], ['all', false])
  const { name, protocol, host, port, path } = match!.service!
  assert.equal([name, protocol, host, port, path], ['upstream', 'https', 'api.example', 8443, '/v1'])
})

test('plainEntities: connections have a route where a plugin has preread', () => {
  const from = (ip: string) => ({
    protocol: 'tcp' as const,
    source: { ip, port: 1 },
    destination: { ip: '127.0.0.1', port: 2 },
    sni: undefined,
  })
  const with_ = plainEntities([hello, preread], to)
  const router = createStreamRouter(with_.routes, with_.services)
  assert.is(router.match(from('127.0.0.1'))?.service?.host, 'tcp.example')
  assert.is(router.match(from('::1'))?.service?.host, 'tcp.example')
  assert.equal(
    plainEntities([hello], to).routes.map(({ name }) => name),
    ['all'],
  )
})

test('plainEntities: each plugin is put on all requests with an empty config', () => {
  const entities = plainEntities([hello, preread], to)
  const lookup = createLookup(entities)
  assert.equal(lookup.findGlobal('hello')?.config, {})
  assert.equal(lookup.findGlobal('tcp')?.config, {})
  assert.is(new Set(entities.plugins.map(({ id }) => id)).size, 2)
})

test('plainEntities: alice is known', () => {
  assert.equal(plainEntities([], to).consumers, [
    { id: '33333333-3333-4333-8333-333333333333', username: 'alice', custom_id: 'c-1' },
  ])
})

test.run()
