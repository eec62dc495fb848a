import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { routeRequest } from '../../src/fake-kong/proxy.ts'
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
