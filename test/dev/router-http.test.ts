// Expectations from Kong 3.9.1: spec/01-unit/08-router_spec.lua for `traditional_compatible`, kong/router/transform.lua.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RouteRequest } from '../../src/dev/lease.ts'
import { createRouter } from '../../src/dev/router/http.ts'
import { runFlow } from '../../src/fake-kong/flow.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import type { Route } from '../../src/pdk/entities.ts'

const id = (last: number) => `e8fb37f1-102d-461e-9c51-6608a6bb81${String(last).padStart(2, '0')}`

/** Routes are called r1, r2, ... in their order, and so are their ids. */
function routerOf(...routes: Partial<Route>[]) {
  return createRouter(
    routes.map((route, index) => ({ id: id(index + 1), name: `r${index + 1}`, ...route })),
    [
      { id: 'on', enabled: true },
      { id: 'off', enabled: false },
    ],
  )
}

function request(url: string, more: Partial<RouteRequest> = {}): RouteRequest {
  const { hostname, pathname, protocol } = new URL(url)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  const authority = url.split('/')[2]!
  return {
    method: 'GET',
    scheme,
    host: hostname,
    port: 8000,
    path: pathname,
    sni: undefined,
    ...more,
    headers: { host: [authority], ...more.headers },
  }
}

type Setup = ReturnType<typeof routerOf>

const named = (router: Setup, url: string, more?: Partial<RouteRequest>) =>
  router.match(request(url, more))?.route.name

test('createRouter: hosts, methods and paths are each asked for, and all that are set', () => {
  const router = routerOf(
    { hosts: ['domain-1.org', 'domain-2.org'] },
    { methods: ['TRACE'] },
    { paths: ['/my-route'] },
    { paths: ['/route-4'], hosts: ['domain-1.org'] },
    { methods: ['POST', 'PUT'], hosts: ['domain-1.org'] },
    { methods: ['POST'], paths: ['/route-6'] },
    { methods: ['POST'], paths: ['/route-7'], hosts: ['domain-1.org'] },
  )
  const post = { method: 'POST' }
  assert.is(named(router, 'http://domain-2.org/'), 'r1')
  assert.is(named(router, 'http://x.org/', { method: 'TRACE' }), 'r2')
  assert.is(named(router, 'http://x.org/my-route/some/path'), 'r3')
  assert.is(named(router, 'http://domain-1.org/route-4'), 'r4')
  assert.is(named(router, 'http://domain-1.org/', post), 'r5')
  assert.is(named(router, 'http://x.org/route-6', post), 'r6')
  assert.is(named(router, 'http://domain-1.org/route-7', post), 'r7')
  assert.is(named(router, 'http://x.org/not-there'), undefined)
  assert.is(named(router, 'http://x.org/route-4'), undefined)
  assert.is(named(router, 'http://x.org/', { method: 'post' }), undefined)
})

test('createRouter: a host with a port wants it, from the Host header or else the own one', () => {
  const router = routerOf(
    { hosts: ['domain-1.org'] },
    { hosts: ['domain-1.org:321'] },
    { hosts: ['three.org:321'] },
  )
  assert.is(named(router, 'http://domain-1.org/'), 'r1')
  assert.is(named(router, 'http://domain-1.org:123/'), 'r1')
  assert.is(named(router, 'http://domain-1.org:321/'), 'r2')
  assert.is(named(router, 'http://three.org:123/'), undefined)
  assert.is(named(router, 'http://three.org/', { port: 321 }), 'r3')
})

test('createRouter: a wildcard stands for what is left or right of it', () => {
  const router = routerOf({ hosts: ['*.route.com'] }, { hosts: ['route.*'] }, { hosts: ['*.route.net:123'] })
  assert.is(named(router, 'http://foo.route.com:123/'), 'r1')
  assert.is(named(router, 'http://a.b.route.com/'), 'r1')
  assert.is(named(router, 'http://route.org/'), 'r2')
  assert.is(named(router, 'http://foo.route.net:123/'), 'r3')
  assert.is(named(router, 'http://foo.route.net:456/'), undefined)
  assert.is(named(router, 'http://notroute.com/'), undefined)
})

test('createRouter: a plain host comes before a wildcard, but not before more kinds of criteria', () => {
  const router = routerOf(
    { hosts: ['plain.route.com'] },
    { hosts: ['*.route.com'], paths: ['/a'] },
    { hosts: ['*.route.com'] },
    { hosts: ['both.route.com', '*.both.com'] },
  )
  assert.is(named(router, 'http://plain.route.com/'), 'r1')
  assert.is(named(router, 'http://plain.route.com/a'), 'r2')
  assert.is(named(router, 'http://x.route.com/'), 'r3')
  assert.is(named(router, 'http://both.route.com/'), 'r4')
})

test('createRouter: the longer path comes first, whatever the order of the routes', () => {
  const router = routerOf({ paths: ['/my-route'] }, { paths: ['/my-route/hello'] }, { paths: ['/'] })
  assert.is(named(router, 'http://x.org/my-route/hello/world'), 'r2')
  assert.is(named(router, 'http://x.org/my-route/world'), 'r1')
  assert.is(named(router, 'http://x.org/my-routes'), 'r1')
  assert.is(named(router, 'http://x.org/else'), 'r3')
})

test('createRouter: paths of one route count each for themselves', () => {
  const router = routerOf(
    { paths: ['~/some/thing/else', '/foo', '/foo/bar/baz'], hosts: ['x.org'] },
    { paths: ['/foo/bar'], hosts: ['x.org'] },
  )
  assert.is(named(router, 'http://x.org/some/thing/else'), 'r1')
  assert.is(named(router, 'http://x.org/foo'), 'r1')
  assert.is(named(router, 'http://x.org/foo/bar'), 'r2')
  assert.is(named(router, 'http://x.org/foo/bar/baz'), 'r1')
  assert.equal(router.match(request('http://x.org/foo/bar/baz'))?.captures.unnamed, ['/foo/bar/baz'])
})

test('createRouter: an expression comes before a path, the higher regex_priority first, which paths have none of', () => {
  const router = routerOf(
    { paths: ['/users/profile'] },
    { paths: ['~/users/[a-z]+'] },
    { paths: ['~/users/\\d+'] },
    { paths: ['~/users/\\w+'], regex_priority: -1 },
    { paths: ['~/users/12'], regex_priority: 5 },
    { paths: ['/v1'] },
    { paths: ['/v'], regex_priority: 5 },
  )
  assert.is(named(router, 'http://x.org/users/profile'), 'r2')
  assert.is(named(router, 'http://x.org/users/99'), 'r3')
  assert.is(named(router, 'http://x.org/users/123'), 'r5')
  assert.is(named(router, 'http://x.org/users/_'), 'r4')
  assert.is(named(router, 'http://x.org/v1'), 'r6')
})

test('createRouter: an expression is held to the start of the path only', () => {
  const router = routerOf({ paths: ['~/a'] }, { paths: ['~/end$'] })
  assert.is(named(router, 'http://x.org/abc'), 'r1')
  assert.is(named(router, 'http://x.org/b/a'), undefined)
  assert.is(named(router, 'http://x.org/ends'), undefined)
})

test('createRouter: of equal routes the one with the greater id comes first (resty.router keeps them in a B-tree)', () => {
  const router = routerOf({ hosts: ['route.*'] }, { hosts: ['route.*:123'] })
  assert.is(named(router, 'http://route.org:123/'), 'r2')
  const turned = routerOf({ hosts: ['route.*'], id: id(99) }, { hosts: ['route.*:123'] })
  assert.is(named(turned, 'http://route.org:123/'), 'r1')
})

test('createRouter: parts of a route have the ids that Kong gives to them', () => {
  // UUIDs of version 5 in Kong's namespace, by Python's uuid.uuid5: #1 is 4c27e75c-…, #2 is 88c08b1f-….
  const parts = { id: '00000000-0000-4000-8000-000000000001', paths: ['/long-path', '/a/b'] }
  const between = '60000000-0000-4000-8000-000000000000'
  const above = routerOf(parts, { id: between, paths: ['/a/b'] })
  assert.is(named(above, 'http://x.org/a/b'), 'r1')
  const below = routerOf({ ...parts, paths: ['/a/b', '/long-path'] }, { id: between, paths: ['/a/b'] })
  assert.is(named(below, 'http://x.org/a/b'), 'r2')
})

test('createRouter: headers want one of their values, without regard to case; more of them come first', () => {
  const router = routerOf(
    { headers: { location: ['my-location-1', 'MY-location-2'] } },
    { headers: { Location: ['my-location-1'], version: ['v1', 'v2'] } },
    { headers: { 'user-agent': ['~*windows|linux|os\\s+x\\s*[\\d\\._]+|solaris'] } },
    { headers: { location: ['my-location-2'] }, paths: ['/headers-uri'] },
    { paths: ['/a-very-long-path-indeed'], methods: ['GET'] },
    { headers: { a: ['1'], b: ['1'] }, methods: ['GET'] },
  )
  const headers = (values: Record<string, string[]>) => ({ headers: values })
  assert.is(named(router, 'http://x.org/', headers({ location: ['My-Location-2'] })), 'r1')
  assert.is(named(router, 'http://x.org/', headers({ location: ['no', 'my-location-1'] })), 'r1')
  assert.is(named(router, 'http://x.org/', headers({ location: ['my-location-1'], version: ['V2'] })), 'r2')
  assert.is(named(router, 'http://x.org/', headers({ 'user-agent': ['Some Linux thing'] })), 'r3')
  assert.is(named(router, 'http://x.org/headers-uri', headers({ location: ['my-location-2'] })), 'r4')
  assert.is(named(router, 'http://x.org/', headers({ location: ['else'] })), undefined)
  assert.is(named(router, 'http://x.org/a-very-long-path-indeed', headers({ a: ['1'], b: ['1'] })), 'r6')
})

test('createRouter: server names are asked for over TLS only (#6425), with wildcards', () => {
  const router = routerOf(
    { snis: ['sni.example.com.'], paths: ['/a'] },
    { snis: ['*.left.com'], paths: ['/b'] },
    { snis: ['right.*'], paths: ['/c'] },
  )
  assert.is(named(router, 'http://x.org/a'), 'r1')
  assert.is(named(router, 'https://x.org/a', { sni: 'sni.example.com' }), 'r1')
  assert.is(named(router, 'https://x.org/a', { sni: 'other.example.com' }), undefined)
  assert.is(named(router, 'https://x.org/a'), undefined)
  assert.is(named(router, 'https://x.org/b', { sni: 'a.left.com' }), 'r2')
  assert.is(named(router, 'https://x.org/c', { sni: 'right.org' }), 'r3')
  assert.is(named(router, 'https://x.org/c', { sni: 'left.org' }), undefined)
})

test('createRouter: the path is normalized first, the route is not', () => {
  const router = routerOf(
    { paths: ['/plain/a.b.c'] },
    { paths: ['/plain/a.b%58c'] },
    { paths: ['~/regex-reserved%2Fabc'] },
  )
  const at = (path: string) => named(router, 'http://x.org/', { path })
  assert.is(at('/plain/x/../a.b.c'), 'r1')
  assert.is(at('//plain//%61.b.c'), 'r1')
  assert.is(at('/plain/a.b%58c'), undefined)
  assert.is(at('/regex-reserved%2fabc'), 'r3')
  assert.is(at('/regex-reserved/abc'), undefined)
})

test('createRouter: an expression catches groups by number and name, the whole match first', () => {
  const router = routerOf({ paths: ['~/users/(?P<user_id>\\d+)/profile/?(?P<scope>[a-z]*)'] })
  const { captures } = router.match(request('http://x.org/users/1984/profile/email'))!
  assert.equal(captures, {
    unnamed: ['/users/1984/profile/email', '1984', 'email'],
    named: { user_id: '1984', scope: 'email' },
  })
  const bare = router.match(request('http://x.org/users/1984/profile'))!
  assert.equal(bare.captures, {
    unnamed: ['/users/1984/profile', '1984', ''],
    named: { user_id: '1984', scope: '' },
  })
})

test('createRouter: a group that took no part has no name (#13014)', () => {
  const router = routerOf({ paths: ['~/(?<who>users/)?1984/(?<subpath>profile)$'] })
  const { captures } = router.match(request('http://x.org/1984/profile'))!
  assert.equal(captures, { unnamed: ['/1984/profile', '', 'profile'], named: { subpath: 'profile' } })
})

test('createRouter: captures are of the normalized path (#7913)', () => {
  const router = routerOf({ paths: ['~/users/(?P<fullname>[a-zA-Z\\s\\d%]+)/profile'] })
  const match = router.match(request('http://x.org/', { path: '/users/%6aohn%20doe/profile' }))
  assert.is(match?.captures.named.fullname, 'john doe')
})

test('createRouter: a prefix catches itself, and a route without paths the root', () => {
  const router = routerOf({ paths: ['/hello'] }, { hosts: ['x.org'] })
  assert.equal(router.match(request('http://y.org/hello/world'))?.captures, {
    unnamed: ['/hello'],
    named: {},
  })
  assert.equal(router.match(request('http://x.org/else'))?.captures, { unnamed: ['/'], named: {} })
})

test('createRouter: the service comes along; routes of a disabled one, of streams and of gRPC are not there', () => {
  const router = routerOf(
    { paths: ['/on'], service: { id: 'on' } },
    { paths: ['/off'], service: { id: 'off' } },
    { paths: ['/alone'] },
    { protocols: ['grpc'], paths: ['/grpc'] },
    { protocols: ['tcp'], destinations: [{ port: 8000 }] },
  )
  assert.is(router.match(request('http://x.org/on'))?.service?.id, 'on')
  assert.is(router.match(request('http://x.org/off')), undefined)
  assert.is(router.match(request('http://x.org/grpc')), undefined)
  const alone = router.match(request('http://x.org/alone'))
  assert.equal([alone?.route.name, alone?.service], ['r3', undefined])
})

test('createRouter: a route for https only is found over http too, and says how Kong answers that (handler.lua)', async () => {
  const router = routerOf(
    { paths: ['/426'], protocols: ['https'] },
    { paths: ['/301'], protocols: ['https'], https_redirect_status_code: 301 },
    { paths: ['/both'], protocols: ['http', 'https'], https_redirect_status_code: 301 },
    { paths: ['/http'], protocols: ['http'] },
  )
  /** Undefined where the request goes on to the service. */
  const status = async (url: string) => {
    const asked = request(url)
    const { service } = createWorld()
    const world = createWorld({ request: { scheme: asked.scheme }, ...router.match(asked), service })
    let isForwarded = false
    await runFlow(world, [], {
      forward() {
        isForwarded = true
      },
    })
    return isForwarded ? undefined : world.response.status
  }
  assert.is(await status('http://x.org/426'), 426)
  assert.is(await status('http://x.org/301'), 301)
  assert.is(await status('https://x.org/301'), undefined)
  assert.is(await status('http://x.org/both'), undefined)
  assert.is(named(router, 'https://x.org/http'), 'r4')
})

test.run()
