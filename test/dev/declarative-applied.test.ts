// The order is that of lookup_cfg in kong/runloop/plugins_iterator.lua.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLookup } from '../../src/dev/declarative/applied.ts'
import type { PluginEntity } from '../../src/dev/declarative/entities.ts'

function plugin(id: string, parts: Partial<PluginEntity> = {}): PluginEntity {
  return {
    id,
    name: 'hello',
    instanceName: undefined,
    enabled: true,
    config: {},
    others: {},
    route: undefined,
    service: undefined,
    consumer: undefined,
    place: undefined,
    ...parts,
  }
}

/** From the first that Kong takes to the last. */
const inOrder = [
  plugin('route service consumer', { route: 'r', service: 's', consumer: 'c' }),
  plugin('route consumer', { route: 'r', consumer: 'c' }),
  plugin('service consumer', { service: 's', consumer: 'c' }),
  plugin('route service', { route: 'r', service: 's' }),
  plugin('consumer', { consumer: 'c' }),
  plugin('route', { route: 'r' }),
  plugin('service', { service: 's' }),
  plugin('all'),
]

const full = { route: 'r', service: 's', consumer: 'c' }

test('findConfig: the first in the order of Kong, whichever are there', () => {
  for (const [index, expected] of inOrder.entries()) {
    const { findConfig } = createLookup({ plugins: inOrder.slice(index).toReversed() })
    assert.is(findConfig('hello', full)?.id, expected.id)
  }
})

test('findConfig: what a request has not, it is not found by', () => {
  const { findConfig } = createLookup({ plugins: inOrder })
  assert.is(findConfig('hello', { route: 'r', service: 's' })?.id, 'route service')
  assert.is(findConfig('hello', { route: 'r' })?.id, 'route')
  assert.is(findConfig('hello', { service: 's', consumer: 'c' })?.id, 'service consumer')
  assert.is(findConfig('hello', { route: 'other', service: 'other', consumer: 'other' })?.id, 'all')
  assert.is(findConfig('hello', {})?.id, 'all')
})

test('findConfig: a disabled one leaves the place to the next', () => {
  const plugins = [plugin('off', { route: 'r', enabled: false }), plugin('all')]
  assert.is(createLookup({ plugins }).findConfig('hello', full)?.id, 'all')
})

test('findConfig: a plugin that is put elsewhere only, or nowhere, has none', () => {
  const { findConfig } = createLookup({ plugins: [plugin('x', { route: 'other' })] })
  assert.is(findConfig('hello', full), undefined)
  assert.is(findConfig('nobody', full), undefined)
})

test('findGlobal: the one that is put on nothing', () => {
  assert.is(createLookup({ plugins: inOrder }).findGlobal('hello')?.id, 'all')
  assert.is(createLookup({ plugins: inOrder.slice(0, -1) }).findGlobal('hello'), undefined)
  assert.is(createLookup({ plugins: [plugin('off', { enabled: false })] }).findGlobal('hello'), undefined)
})

test.run()
