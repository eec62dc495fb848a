import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { describeSchema, fieldsFromKong, fieldsFromValue } from '../../src/schema/index.ts'

test('fieldsFromValue reads types and defaults off an object', () => {
  class Config {
    message = 'hello'
    name = ''
    port = 8080
    on = false
    tags: string[] = []
    codes = [1, 2]
    example = ['']
    nested = { deep: 'x' }
    list = [{ a: '' }]
    access() {}
  }
  assert.equal(describeSchema('x', fieldsFromValue(new Config())).fields, [
    {
      config: {
        type: 'record',
        fields: [
          { message: { type: 'string', default: 'hello' } },
          { name: { type: 'string' } },
          { port: { type: 'number', default: 8080 } },
          { on: { type: 'boolean', default: false } },
          { tags: { type: 'array', elements: { type: 'string' }, default: [] } },
          { codes: { type: 'array', elements: { type: 'number' }, default: [1, 2] } },
          { example: { type: 'array', elements: { type: 'string' }, default: [] } },
          { nested: { type: 'record', fields: [{ deep: { type: 'string', default: 'x' } }] } },
          {
            list: {
              type: 'array',
              elements: { type: 'record', fields: [{ a: { type: 'string' } }] },
              default: [],
            },
          },
        ],
      },
    },
  ])
})

test('fieldsFromValue names fields by their path', () => {
  const names = { myFilePath: 'my_file_path', 'limits.perHour': 'per_hour', 'rows.0.aB': 'a_b' }
  const fields = fieldsFromValue({ myFilePath: 'f', limits: { perHour: 1 }, rows: [{ aB: 'x' }] }, names)
  assert.equal(JSON.parse(JSON.stringify(fields)), {
    my_file_path: { type: 'string', default: 'f' },
    limits: { type: 'record', fields: [{ per_hour: { type: 'number', default: 1 } }] },
    rows: {
      type: 'array',
      elements: { type: 'record', fields: [{ a_b: { type: 'string', default: 'x' } }] },
      default: [{ a_b: 'x' }],
    },
  })
})

for (const [object, path, shown] of [
  [{ a: null }, 'config.a', 'null'],
  [{ a: undefined }, 'config.a', 'undefined'],
  [{ a: () => 1 }, 'config.a', 'a function'],
  [{ a: Number.NaN }, 'config.a', 'NaN'],
  [{ a: { b: null } }, 'config.a.b', 'null'],
  [{ a: [null] }, 'config.a.0', 'null'],
  [{ a: ['x', null] }, 'config.a.1', 'null'],
  [{ a: new Date(0) }, 'config.a', '1970'],
] as const) {
  test(`fieldsFromValue refuses ${shown} and names ${path}`, () => {
    assert.throws(
      () => fieldsFromValue(object),
      (error: unknown) =>
        error instanceof KongPluginError &&
        error.code === 'NO_EXAMPLE' &&
        error.message.startsWith(`Cannot tell the type of ${path}: it is `) &&
        error.message.includes(shown),
    )
  })
}

test('fieldsFromValue refuses two properties under one name', () => {
  assert.throws(() => fieldsFromValue({ a: '', b: '' }, { a: 'b' }), /Cannot use config\.b twice/)
})

test('fieldsFromKong takes the fields of a kong-pdk module verbatim', () => {
  const schema = [
    { message: { type: 'string', len_min: 0 } },
    { list: { type: 'array', elements: { type: 'string' } } },
  ]
  assert.equal(describeSchema('x', fieldsFromKong(schema)), {
    name: 'x',
    fields: [{ config: { type: 'record', fields: schema } }],
  })
})

for (const [schema, sentence] of [
  [{}, /Cannot read the schema: it is \{\}/],
  ['x', /Cannot read the schema/],
  [['x'], /Cannot read the schema at 0/],
  [[{}], /Cannot read the schema at 0/],
  [[{ a: { type: 'string' }, b: { type: 'string' } }], /Cannot read the schema at 0/],
  [[{ a: { type: 'string' } }, { a: 'string' }], /Cannot use config\.a as a field/],
  [[{ a: { type: 'string' } }, { a: { type: 'number' } }], /Cannot use config\.a twice/],
] as const) {
  test(`fieldsFromKong refuses ${JSON.stringify(schema)}`, () => {
    assert.throws(() => fieldsFromKong(schema), sentence)
  })
}

test.run()
