// Expectations from Kong 3.9.1: spec/01-unit/08-router_spec.lua, "#stream context".
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RouteStream } from '../../src/dev/lease.ts'
import { createStreamRouter } from '../../src/dev/router/stream.ts'
import type { Route } from '../../src/pdk/entities.ts'

function routerOf(...routes: Partial<Route>[]) {
  return createStreamRouter(
    routes.map((route, index) => ({
      id: `e8fb37f1-102d-461e-9c51-6608a6bb810${index + 1}`,
      name: `r${index + 1}`,
      protocols: ['tcp'],
      ...route,
    })),
    [{ id: 'on' }, { id: 'off', enabled: false }],
  )
}

const peer = (ip = '10.9.9.9', port = 1) => ({ ip, port })

function stream(more: Partial<RouteStream>): RouteStream {
  return { protocol: 'tcp', source: peer(), destination: peer(), sni: undefined, ...more }
}

const addresses = (side: 'sources' | 'destinations'): Partial<Route>[] => [
  { [side]: [{ ip: '127.0.0.1' }, { ip: '127.0.0.2' }] },
  { [side]: [{ port: 65001 }, { port: 65002 }] },
  { [side]: [{ ip: '127.168.0.0/8' }] },
  { [side]: [{ ip: '127.0.0.1', port: 65001 }] },
  {
    [side]: [
      { ip: '127.0.0.2', port: 65300 },
      { ip: '127.168.0.0/16', port: 65301 },
    ],
  },
]

for (const [side, end] of [
  ['sources', 'source'],
  ['destinations', 'destination'],
] as const)
  test(`createStreamRouter: ${side} by address, port and range`, () => {
    const router = routerOf(...addresses(side))
    const named = (ip: string, port = 1) => router.match(stream({ [end]: peer(ip, port) }))?.route.name
    assert.is(named('127.0.0.1'), 'r1')
    assert.is(named('127.0.0.3', 65001), 'r2')
    assert.is(named('127.168.0.1'), 'r3')
    assert.is(named('127.0.0.1', 65001), 'r4')
    assert.is(named('127.168.10.1', 65301), 'r5')
    assert.is(named('10.0.0.1'), undefined)
    assert.is(named('10.0.0.2', 65301), undefined)
  })

test('createStreamRouter: addresses of IPv6, and an address that is not known', () => {
  const router = routerOf({ sources: [{ ip: '::1' }] }, { sources: [{ ip: 'fd00::/8' }] })
  const named = (ip: string) => router.match(stream({ source: peer(ip) }))?.route.name
  assert.is(named('0:0:0:0:0:0:0:1'), 'r1')
  assert.is(named('fd12::5'), 'r2')
  assert.is(named('127.0.0.1'), undefined)
  assert.is(named(''), undefined)
})

test('createStreamRouter: server names come before sources or destinations, but not before both', () => {
  const one = routerOf(
    { snis: ['www.example.org'], protocols: ['tls'] },
    { sources: [{ ip: '127.0.0.1' }], protocols: ['tls'] },
    { destinations: [{ ip: '172.168.0.1' }], protocols: ['tls'] },
  )
  const tls = { protocol: 'tls', sni: 'www.example.org' } as const
  assert.is(one.match(stream({ ...tls, source: peer('127.0.0.1') }))?.route.name, 'r1')
  assert.is(one.match(stream({ ...tls, destination: peer('172.168.0.1') }))?.route.name, 'r1')
  assert.is(one.match(stream({ ...tls, sni: 'other.org', source: peer('127.0.0.1') }))?.route.name, 'r2')
  const both = routerOf(
    { snis: ['www.example.org'], protocols: ['tls'] },
    { sources: [{ ip: '127.0.0.1' }], destinations: [{ ip: '172.168.0.1' }], protocols: ['tls'] },
  )
  const ends = { source: peer('127.0.0.1'), destination: peer('172.168.0.1') }
  assert.is(both.match(stream({ ...tls, ...ends }))?.route.name, 'r2')
})

test('createStreamRouter: all criteria of a route have to fit; server names where the client sent one', () => {
  const router = routerOf({
    snis: ['*.example.org'],
    destinations: [{ port: 9000 }],
    protocols: ['tcp', 'tls'],
  })
  const found = (port: number, sni?: string) =>
    router.match(stream({ destination: peer('127.0.0.1', port), sni })) !== undefined
  assert.equal([found(9000, 'a.example.org'), found(9000)], [true, true])
  assert.equal([found(9000, 'example.net'), found(9001, 'a.example.org')], [false, false])
})

test('createStreamRouter: the service comes along; a route of a disabled one, of UDP or of HTTP is not there', () => {
  const everywhere = { sources: [{ ip: '0.0.0.0/0' }] }
  const none = routerOf(
    { ...everywhere, service: { id: 'off' } },
    { ...everywhere, protocols: ['udp'] },
    { protocols: ['http'], paths: ['/'] },
    {},
  )
  assert.is(none.match(stream({})), undefined)
  const match = routerOf({ ...everywhere, service: { id: 'on' } }).match(stream({}))
  assert.equal([match?.service?.id, match?.captures], ['on', { unnamed: [], named: {} }])
})

test.run()
