import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mainPlugin } from '../../src/dev/inspector/main-plugin.ts'
import type { RecordedHandler } from '../../src/dev/inspector/record.ts'
import { type Part, pluginChanges } from '../../src/dev/page/plugin-changes.ts'
import { endOf } from '../../src/dev/page/timeline.ts'

type Call = readonly [method: string, ...args: unknown[]]

function handler(plugin: string, calls: readonly Call[], changes: Partial<RecordedHandler> = {}) {
  const recorded = calls.map(([method, ...args]) => ({ method, args, at: 0, took: 0, trip: 1 }))
  const times = { release: 1, at: 0, took: 1 }
  return { plugin, phase: 'access', ...times, end: 'returned', calls: recorded, ...changes } as const
}

test('pluginChanges: names the plugins whose calls touched a header, in any case, each once', () => {
  const { ofHeader } = pluginChanges(
    [
      handler('one', [
        ['kong.service.request.set_header', 'X-A', '1'],
        ['kong.service.request.add_header', 'x-a', '2'],
        ['kong.service.request.clear_header', 'x-b'],
        ['kong.response.set_header', 'x-c', '1'],
        ['kong.request.get_header', 'x-d'],
      ]),
      handler('two', [['kong.service.request.set_headers', { 'x-a': '1', __proto__x: ['1'] }]]),
    ],
    'request',
  )
  assert.equal(['x-a', 'x-b', 'x-c', 'x-d', '__proto__x', '__proto__'].map(ofHeader), [
    ['one', 'two'],
    ['one'],
    [],
    [],
    ['two'],
    [],
  ])
})

test('pluginChanges: knows a header of the response by either name, and what an exit brings', () => {
  const { ofHeader, ofPart } = pluginChanges(
    [
      handler('one', [['kong.response.set_header', 'X_Under', '1']]),
      handler('two', [['kong.response.exit', 403, 'no', { 'x-why': 'closed' }]]),
      handler('three', [['kong.response.exit', 7]]),
    ],
    'response',
  )
  assert.equal(ofHeader('x-under'), ['one'])
  assert.equal(ofHeader('x-why'), ['two'])
  assert.equal(ofPart('status'), ['two', 'three'])
  assert.equal(ofPart('path'), [])
})

test('pluginChanges: joins calls to the parts of a request', () => {
  const cases: readonly (readonly [Part, Call])[] = [
    ['method', ['kong.service.request.set_method', 'PUT']],
    ['path', ['kong.service.request.set_path', '/']],
    ['path', ['kong.service.request.set_query', {}]],
    ['path', ['kong.service.request.set_raw_query', '']],
    ['scheme', ['kong.service.request.set_scheme', 'https']],
    ['service', ['kong.service.set_target', 'a', 80]],
    ['body', ['kong.service.request.set_raw_body', '']],
    ['body', ['kong.service.request.set_body', {}, 'application/json']],
  ]
  const parts: readonly Part[] = ['method', 'path', 'scheme', 'service', 'status', 'body']
  for (const [part, call] of cases) {
    const { ofPart } = pluginChanges([handler('p', [call])], 'request')
    assert.equal(
      parts.filter((name) => ofPart(name).length > 0),
      [part],
      call[0],
    )
  }
})

test('pluginChanges: takes arguments that no call should have, and tells where calls are missing', () => {
  const odd = handler('p', [
    ['kong.response.set_header', 7, 'x'],
    ['kong.response.set_headers'],
    ['kong.response.set_headers', null],
    ['kong.response.exit', 200, '', 'x'],
    ['constructor', 'x'],
  ])
  assert.is(pluginChanges([odd], 'response').isComplete, true)
  assert.is(pluginChanges([handler('p', [], { moreCalls: 2 })], 'response').isComplete, false)
})

test('mainPlugin: is the one that failed, else the one that answered, else the first', () => {
  const plugins = ['one', 'two', 'three']
  const handlers = [handler('one', []), handler('two', [], { end: 'exited' })]
  const failures = [{ plugin: 'three', phase: 'log', message: 'no', frames: [] }]
  assert.is(mainPlugin({ plugins, handlers, failures }), 'three')
  const raised = handler('three', [], { end: 'raised' })
  assert.is(mainPlugin({ plugins, handlers: [...handlers, raised], failures: [] }), 'three')
  assert.is(mainPlugin({ plugins, handlers, failures: [] }), 'two')
  assert.is(mainPlugin({ plugins, handlers: [handler('one', [])], failures: [] }), 'one')
  assert.is(mainPlugin({ plugins: [], handlers: [], failures: [] }), undefined)
})

test('endOf: says that a handler threw, though it answered the request', () => {
  const failures = [{ plugin: 'p', phase: 'access' }]
  const exited = { plugin: 'p', phase: 'access', end: 'exited' } as const
  assert.equal(endOf(exited, failures), { words: 'threw', isBad: true })
  assert.equal(endOf({ ...exited, phase: 'log' }, failures), { words: 'answered the request', isBad: false })
  assert.equal(endOf({ ...exited, plugin: 'q', end: 'raised' }, failures), { words: 'raised', isBad: true })
  assert.equal(endOf({ ...exited, end: undefined }, failures), { words: 'still running', isBad: false })
})

test.run()
