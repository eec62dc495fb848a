import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { fieldsFromKong, kongMembers, s, withDefaults } from '../../src/schema/index.ts'

const fields = {
  message: s.string({ default: 'hello' }),
  note: s.string(),
  denied: s.set(s.string(), { default: ['a'] }),
  paths: s.array(s.string()),
  limits: s.record({ window: s.integer({ default: 60 }), name: s.string() }),
  extra: s.record({ on: s.boolean({ default: true }) }, { required: false }),
  tags: s.map(s.string(), s.array(s.string())),
  rules: s.array(
    s.record({ code: s.integer({ default: 403 }), inner: s.record({ deep: s.string({ default: 'd' }) }) }),
  ),
  free: s.json({ type: 'object' }),
}

test('withDefaults fills defaults, those of nested records too, and leaves the rest absent', () => {
  assert.equal(withDefaults(fields, {}), {
    message: 'hello',
    denied: ['a'],
    limits: { window: 60 },
  })
})

test('withDefaults keeps what is given, false and zero and empty included', () => {
  const given = {
    message: '',
    note: 'n',
    denied: [],
    paths: ['/'],
    limits: { window: 0, name: 'x' },
    extra: { on: false },
    tags: {},
    rules: [],
    free: { a: [null] },
  }
  assert.equal(withDefaults(fields, given), given)
})

test('withDefaults fills the records inside lists', () => {
  assert.equal(withDefaults(fields, { rules: [{}, { code: 500, inner: { deep: 'x' } }] }).rules, [
    { code: 403, inner: { deep: 'd' } },
    { code: 500, inner: { deep: 'x' } },
  ])
})

test("withDefaults leaves Kong's own members behind", () => {
  const config = { message: 'm', __plugin_id: 'p', __seq__: 1, __key__: 'k', __ws_id: 'w', route_id: 'r' }
  assert.equal(withDefaults({ message: fields.message }, config), { message: 'm' })
})

test("withDefaults keeps a member of Kong's name that the author declares", () => {
  assert.equal(withDefaults({ route_id: s.string() }, { route_id: 'r', service_id: 's' }), { route_id: 'r' })
})

test('withDefaults turns {} into a list where a list is declared, at any depth', () => {
  const config = { denied: {}, paths: {}, tags: { a: {} }, rules: {} }
  const { denied, paths, tags, rules } = withDefaults(fields, config)
  assert.equal({ denied, paths, tags, rules }, { denied: [], paths: [], tags: { a: [] }, rules: [] })
})

test('withDefaults takes null for absent', () => {
  const config = { message: null, note: null, limits: null, paths: ['a', null], tags: { a: null, b: ['c'] } }
  assert.equal(withDefaults(fields, config), {
    message: 'hello',
    denied: ['a'],
    limits: { window: 60 },
    paths: ['a'],
    tags: { b: ['c'] },
  })
})

test('withDefaults takes values of another type as they are', () => {
  const config = { denied: 'x', limits: 5, tags: [1], rules: [7], paths: { a: 1 } }
  const { denied, limits, tags, rules, paths } = withDefaults(fields, config) as Record<string, unknown>
  assert.equal({ denied, limits, tags, rules, paths }, config)
})

test('withDefaults shares nothing with the fields or with the config', () => {
  const config = { paths: ['a'], free: { a: { b: 1 } } }
  const first = withDefaults(fields, config)
  first.denied.push('b')
  first.paths!.push('b')
  ;(first.free as { a: { b: number } }).a.b = 2
  assert.equal(withDefaults(fields, config).denied, ['a'])
  assert.equal(config, { paths: ['a'], free: { a: { b: 1 } } })
})

test('withDefaults takes a field called __proto__ for a name like any other', () => {
  const filled = withDefaults(
    fieldsFromKong([JSON.parse('{"__proto__":{"type":"string"}}')]),
    JSON.parse('{"__proto__":"x"}'),
  )
  assert.equal(Object.entries(filled), [['__proto__', 'x']])
})

test('withDefaults follows Kong in a kong-pdk schema: a record inside a list is not filled', () => {
  const untyped = fieldsFromKong([
    {
      list: {
        type: 'array',
        elements: {
          type: 'record',
          fields: [{ r: { type: 'record', fields: [{ x: { type: 'string', default: 'd' } }] } }],
        },
      },
    },
    { r: { type: 'record', fields: [{ x: { type: 'string', default: 'd' } }] } },
  ])
  assert.equal(withDefaults(untyped, { list: [{}] }), { list: [{}], r: { x: 'd' } })
})

for (const [value, shown] of [
  [undefined, 'undefined'],
  [null, 'null'],
  ['x', '"x"'],
  [[], '[]'],
] as const) {
  test(`withDefaults refuses ${shown} as a config in a sentence`, () => {
    assert.throws(
      () => withDefaults(fields, value),
      (error: unknown) =>
        error instanceof KongPluginError &&
        error.code === 'BAD_CONFIG' &&
        error.message.includes(`it is ${shown} and`),
    )
  })
}

test('kongMembers gives what Kong added, under names of our own', () => {
  const config = {
    message: 'm',
    __plugin_id: 'p',
    __seq__: 7,
    __key__: 'plugins:x::::',
    __ws_id: 'w',
    route_id: 'r',
    service_id: 's',
    consumer_id: 'c',
    plugin_instance_name: 'n',
  }
  assert.equal(kongMembers(config), {
    pluginId: 'p',
    seq: 7,
    key: 'plugins:x::::',
    workspaceId: 'w',
    routeId: 'r',
    serviceId: 's',
    consumerId: 'c',
    instanceName: 'n',
  })
})

test('kongMembers leaves out what is not there', () => {
  assert.equal(kongMembers({ __seq__: 1, route_id: null, consumer_id: 5 }), { seq: 1 })
  assert.equal(kongMembers(undefined), {})
})

test.run()
