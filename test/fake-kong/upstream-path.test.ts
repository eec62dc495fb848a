import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { setHeader } from '../../src/fake-kong/headers.ts'
import { routeRequest, upstreamRequest } from '../../src/fake-kong/proxy.ts'
import { createWorld } from '../../src/fake-kong/world.ts'

/** By kong/router/utils.lua of Kong 3.9.1: service path, matched path of the route, strip_path, request, what goes out. */
const cases = [
  [undefined, '/', true, '/', '/'],
  [undefined, '/a', true, '/a', '/'],
  [undefined, '/a', true, '/a/b', '/b'],
  [undefined, '/a', true, '/abc', '/bc'],
  [undefined, '/a/', true, '/a/b', '/b'],
  [undefined, '/a', false, '/a/b', '/a/b'],
  [undefined, '/a', true, '/a..', '/'],
  [undefined, '/a', true, '/a./b', '/b'],
  ['/base', '/', true, '/', '/base'],
  ['/base', '/', true, '/x', '/base/x'],
  ['/base', '/', false, '/', '/base'],
  ['/base', '/', false, '/x', '/base/x'],
  ['/base', '/a', true, '/a', '/base'],
  ['/base', '/a', true, '/a/', '/base/'],
  ['/base', '/a/', true, '/a/', '/base/'],
  ['/base', '/a', true, '/ab', '/base/b'],
  ['/base/', '/a', true, '/a', '/base'],
  ['/base/', '/a/', true, '/a/', '/base/'],
  ['/base/', '/a', true, '/a/b', '/base/b'],
  ['/base/', '/a', true, '/ab', '/base/b'],
  ['/base/', '/', true, '/', '/base/'],
  ['/base/', '/a', false, '/a', '/base/a'],
  ['/base/', '/', false, '/', '/base/'],
] as const

for (const [base, matched, strip_path, path, expected] of cases)
  test(`routeRequest: ${path} of a route ${matched}${strip_path ? ', stripped,' : ''} goes to ${expected} of a service at ${base}`, () => {
    const plain = createWorld()
    const world = createWorld({
      request: { path },
      captures: { unnamed: [matched], named: {} },
      route: { ...plain.route!, paths: [matched], strip_path },
      service: { ...plain.service!, ...(base !== undefined && { path: base }) },
    })
    routeRequest(world)
    assert.is(world.upstream.request.path, expected)
  })

// As access.after in kong/runloop/handler.lua of Kong 3.9.1 reads the header.
for (const [connection, left] of [
  [['keep-alive'], ['x-a', 'x-b', 'x_a']],
  [['X-A'], ['x-b', 'x_a']],
  [['close, x-a ,X-B'], ['x_a']],
  [
    ['close', 'x-a'],
    ['x-a', 'x-b', 'x_a'],
  ],
  [['x_a, upgrade'], ['x-a', 'x-b']],
] as const)
  test(`upstreamRequest: Kong drops what Connection names behind the plugins: ${connection.join(' and ')}`, () => {
    const headers = { connection: [...connection], 'x-a': ['client'], x_a: ['client'] }
    const world = createWorld({ request: { headers } })
    routeRequest(world)
    setHeader(world.upstream.request.headers, 'x-a', ['plugin'])
    setHeader(world.upstream.request.headers, 'x-b', ['plugin'])
    const sent = Object.keys(upstreamRequest(world).headers)
    assert.equal(sent.filter((name) => /^x.[ab]$/.test(name)).sort(), left)
  })

test('routeRequest: of several paths the one that matched is stripped', () => {
  const plain = createWorld()
  const world = createWorld({
    request: { path: '/a/b/c' },
    captures: { unnamed: ['/a/b'], named: {} },
    route: { ...plain.route!, paths: ['/a', '/a/b'] },
  })
  routeRequest(world)
  assert.is(world.upstream.request.path, '/c')
  assert.equal(world.upstream.added['x-forwarded-prefix'], ['/a/b'])
})

test('routeRequest: of an expression that matches within the path as many characters are stripped', () => {
  const plain = createWorld()
  const route = { ...plain.route!, paths: ['~/a|/b'] }
  const world = createWorld({ request: { path: '/x/b/c' }, captures: { unnamed: ['/b'], named: {} }, route })
  routeRequest(world)
  assert.is(world.upstream.request.path, '/b/c')
})

test.run()
