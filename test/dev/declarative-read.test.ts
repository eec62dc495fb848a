// A file that uses everything. Defaults are those of Kong 3.9.1 (kong/db/schema/entities).
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readDeclarative } from '../../src/dev/declarative/read.ts'

const text = readFileSync(new URL('support/declarative-kong.yml', import.meta.url), 'utf8')
const { entities, notes } = readDeclarative(text, 'kong.yml')

const head = '_format_version: "3.0"\n'
const read = (yaml: string) => readDeclarative(head + yaml, 'kong.yml')
const routeOf = (fields: string) => read(`routes: [{ name: r, ${fields} }]`).entities.routes[0]

// Those of names are as Kong 3.9.1 makes them: by Python's uuid.uuid5, in Kong's namespace.
const orders = '580c8aca-d632-5804-b307-a24326e1e2d5'
const words = '65b71d59-0c93-5df3-8984-1df82a775186'
const echo = '5c1b4bb4-7bd6-4b8b-9c4d-98cb7d9f2f11'
const list = 'd8d10169-c227-5a29-89ef-9eb57524f7e5'
const alice = 'b32379d9-3d28-5683-a79c-72139be6e34f'

test('readDeclarative: a service has what is written, what its url says and the defaults', () => {
  assert.equal(entities.services[0], {
    id: orders,
    name: 'orders',
    tags: ['shop', 'team a'],
    retries: 3,
    protocol: 'https',
    host: 'orders.example',
    port: 8443,
    path: '/api',
    connect_timeout: 1000,
    write_timeout: 60000,
    read_timeout: 60000,
    enabled: true,
  })
  assert.equal(
    entities.services.map(({ name, id, enabled }) => [name, id, enabled]),
    [
      ['orders', orders, true],
      ['tcp-echo', echo, true],
      ['balanced', 'e80eb471-08e4-50e2-8bf8-95cc7372ed56', false],
      ['words', words, true],
    ],
  )
})

test('readDeclarative: a route has what is written and the defaults, and its service by id', () => {
  assert.equal(entities.routes[0], {
    id: list,
    name: 'orders-list',
    protocols: ['http', 'https'],
    methods: ['GET', 'HEAD'],
    hosts: ['shop.example', '*.shop.example'],
    paths: ['/orders', '~/orders/(?P<id>\\d+)$'],
    headers: { 'X-Version': ['v1', '~*^v[2-9]$'] },
    https_redirect_status_code: 426,
    strip_path: false,
    preserve_host: false,
    regex_priority: 5,
    path_handling: 'v0',
    request_buffering: true,
    response_buffering: true,
    service: { id: orders },
  })
  const stream = entities.routes.find(({ name }) => name === 'tcp-in')
  assert.equal(stream?.sources, [{ ip: '10.0.0.0/8' }, { ip: '127.0.0.1', port: 4000 }])
  assert.equal(stream?.destinations, [{ port: 9000 }])
})

test('readDeclarative: nested and flat routes, with services by name and id; expressions are left out', () => {
  assert.equal(
    entities.routes.map(({ name, service }) => [name, service?.id]),
    [
      ['orders-list', orders],
      [undefined, orders],
      ['tcp-in', echo],
      ['flat-by-name', orders],
      ['flat-by-id', echo],
      ['flat-by-deck', orders],
      ['words-route', words],
      ['alone', undefined],
    ],
  )
})

test("readDeclarative: plugins with what they are put on; Kong's own and those of groups are left out", () => {
  const [first, second] = entities.plugins
  assert.equal(first, {
    id: '780d3af5-e077-548d-82b2-1d5b3a1b807b',
    name: 'hello',
    instanceName: undefined,
    enabled: true,
    config: { message: 'service orders', limit: 5 },
    others: {},
    route: undefined,
    service: orders,
    consumer: undefined,
    place: 'kong.yml:20:9',
  })
  assert.equal(second?.others, { tags: ['shop'], protocols: ['http', 'https'] })
  assert.equal(
    entities.plugins.map(({ id, name, enabled, route, service, consumer }) => [
      id.slice(0, 8),
      name,
      enabled,
      [route, service, consumer],
    ]),
    [
      ['780d3af5', 'hello', true, [undefined, orders, undefined]],
      ['5ff6c945', 'hello', true, [list, undefined, undefined]],
      ['200a4c34', 'hello', true, [undefined, undefined, alice]],
      ['7d0b2a7e', 'hello', false, [undefined, undefined, undefined]],
      ['1a240a06', 'hello', true, [undefined, words, undefined]],
      ['fb805476', 'hello', true, [list, orders, alice]],
      ['b1b4da17', 'unknown-elsewhere', true, ['07253ff2-42d6-5958-82e8-9f4254561d80', undefined, undefined]],
    ],
  )
})

test("readDeclarative: anchors, merge keys and decK's _config give configs as written", () => {
  assert.equal(
    entities.plugins.map(({ config }) => config),
    [
      { message: 'service orders', limit: 5 },
      { message: 'route orders-list', limit: 5 },
      { message: 'consumer alice' },
      { message: 'everyone' },
      { message: 'service words', denied: ['mallory'] },
      { message: 'service orders', limit: 5 },
      {},
    ],
  )
  const [kept] = read('plugins: [{ name: mine, config: { a: null, b: { c: null } } }]').entities.plugins
  assert.equal(kept?.config, { a: null, b: { c: null } })
})

test('readDeclarative: consumers and groups', () => {
  assert.equal(entities.consumers[0], { id: alice, username: 'alice', custom_id: 'c-1', tags: ['staff'] })
  assert.is(entities.consumers[1]?.custom_id, 'c-2')
  assert.equal(
    entities.groups.map(({ name }) => name),
    ['gold'],
  )
})

test('readDeclarative: what the local gateway does not do is told, a sentence each', () => {
  const own = "is one of Kong's own plugins: the local gateway does not run it, so requests pass without it"
  for (const note of [`key-auth ${own}`, `cors ${own}`]) assert.ok(notes.includes(note), note)
  const about = [
    /^upstreams .*balance load/,
    /^certificates /,
    /^jwt_secrets .*own plugins/,
    /^keyauth_credentials of consumer "alice"/,
    /^groups of consumer "alice"/,
    /^plugins of consumer group "gold"/,
    /^service "balanced" goes to the upstream "pool"/,
    /^service "words" speaks grpc/,
    /^path_handling v1 of route "flat-by-name"/,
    /^route "words-route" is for grpc/,
    /^route "rule" is left out: .*expressions/,
    /^ordering of plugin "hello"/,
    /^the defaults in _info/,
    /^_plugin_configs is decK's/,
  ]
  for (const pattern of about)
    assert.is(notes.filter((note) => pattern.test(note)).length, 1, String(pattern))
  assert.is(notes.filter((note) => / by an object: decK/.test(note)).length, 3)
  assert.is(notes.length, about.length + 2 + 3)
  const services =
    'services: [{ name: s, host: h, protocol: https, tls_verify_depth: 2, client_certificate: c }]'
  assert.match(
    read(services).notes.join(),
    /client_certificate of service "s".*tls_verify_depth of service "s"/,
  )
  assert.match(
    read(
      'services: [{ name: s, host: h }]\nroutes: [{ name: r, paths: [/], service: { name: s } }]',
    ).notes.join(),
    /^route "r" names its service by an object: decK/,
  )
  assert.match(read('_workspace: shop').notes.join(), /^_workspace is decK's/)
  assert.match(read('plugins: [{ name: a, consumer_group: gold }]').notes.join(), /group "gold"/)
  assert.equal(read('services: [{ name: s, host: h }]\nvaults: []').notes, [])
})

test('readDeclarative: a name has the id that Kong 3.9.1 was seen to give', () => {
  const { services, routes } = read(
    'services: [{ name: tcp, host: h, routes: [{ name: tcpr, protocols: [tcp], destinations: [{ port: 1 }] }] }]',
  ).entities
  assert.is(services[0]?.id, 'beb1e092-53d6-5101-a59f-d6749219f207')
  assert.is(routes[0]?.id, '91e0c39a-23a9-5dff-a693-544c37877db3')
})

test('readDeclarative: entities without a name have ids that stay the same, each its own', () => {
  const yaml = 'services: [{ host: a, plugins: [{ name: x }] }, { host: a, plugins: [{ name: x }] }]'
  const ids = () => {
    const { services, plugins } = read(yaml).entities
    return [...services, ...plugins].map(({ id }) => id)
  }
  assert.equal(ids(), ids())
  assert.is(new Set(ids()).size, 4)
})

test('readDeclarative: the url of a service stands for four of its members', () => {
  const of = (url: string) => {
    const { protocol, host, port, path } = read(`services: [{ name: s, url: "${url}" }]`).entities
      .services[0]!
    return [protocol, host, port, path]
  }
  assert.equal(of('http://example.com'), ['http', 'example.com', 80, undefined])
  assert.equal(of('https://example.com/'), ['https', 'example.com', 443, '/'])
  assert.equal(of('https://example.com:9443/a/b?c'), ['https', 'example.com', 9443, '/a/b'])
  assert.equal(of('tcp://10.0.0.1:5000'), ['tcp', '10.0.0.1', 5000, undefined])
  assert.equal(of('http://[::1]:81/x'), ['http', '::1', 81, '/x'])
})

test('readDeclarative: before 3.0 a path that looks like an expression is one (migrate_path_280_300.lua)', () => {
  const { routes } = readDeclarative(
    '_format_version: "2.1"\nroutes: [{ name: r, paths: ["/plain/%61", "/a/\\\\d+", "/x%5C%2f(b)"] }]',
    'kong.yml',
  ).entities
  assert.equal(routes[0]?.paths, ['/plain/a', '~/a/\\d+', '~/x\\\\%2F(b)'])
})

test('readDeclarative: JSON is read too, and members that are null are absent', () => {
  const { entities } = readDeclarative(
    JSON.stringify({
      _format_version: '1.1',
      services: [{ name: 's', host: 'h', path: null, routes: null, tags: null }],
      plugins: null,
    }),
    'kong.json',
  )
  assert.not('path' in entities.services[0]!)
  assert.equal([entities.services.length, entities.routes, entities.plugins], [1, [], []])
})

test('readDeclarative: a route of gRPC keeps its path by default, others strip it', () => {
  assert.is(routeOf('protocols: [grpc], paths: [/a]')?.strip_path, false)
  assert.is(routeOf('paths: [/a]')?.strip_path, true)
})

test.run()
