import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DumpSchema } from '../../src/schema/index.ts'
import { checkConfig, checkSchema } from '../../src/schema/index.ts'

// Answers of Kong's own validator, beyond the rows of schema-shapes.json.
const string = { type: 'string' }
const pair = [{ a: string }, { b: string }]
const failed = (errors: unknown) => ({ ok: false, errors })

const answers: [title: string, schema: DumpSchema, plugin: Record<string, unknown>, errors: unknown][] = [
  [
    'between',
    of([{ a: { type: 'integer', between: [1, 5] } }]),
    { config: { a: 6 } },
    { config: { a: 'value should be between 1 and 5' } },
  ],
  [
    'between, fractions',
    of([{ a: { type: 'number', between: [0.5, 1.5] } }]),
    { config: { a: 2 } },
    { config: { a: 'value should be between 0 and 1' } },
  ],
  [
    'one_of',
    of([{ a: { ...string, one_of: ['x', 'y'] } }]),
    { config: { a: 'z' } },
    { config: { a: 'expected one of: x, y' } },
  ],
  [
    'ne',
    of([{ a: { ...string, ne: 'x' } }]),
    { config: { a: 'x' } },
    { config: { a: 'value must not be x' } },
  ],
  [
    'eq against null',
    of([{ a: { ...string, eq: 'x' } }]),
    { config: {} },
    { config: { a: 'value must be x' } },
  ],
  [
    'err',
    of([{ a: { ...string, match: '^x', err: 'must start x' } }]),
    { config: { a: 'y' } },
    { config: { a: 'must start x' } },
  ],
  [
    'contains',
    of([{ a: { type: 'array', elements: string, contains: 'x' } }]),
    { config: { a: ['y'] } },
    { config: { a: 'expected to contain: x' } },
  ],
  [
    'map keys',
    of([
      {
        a: {
          type: 'map',
          keys: { ...string, match_none: [{ pattern: 'x', err: 'bad key' }] },
          values: string,
        },
      },
    ]),
    { config: { a: { x: '1' } } },
    { config: { a: 'bad key' } },
  ],
  [
    'second element',
    of([{ a: { type: 'array', elements: string } }]),
    { config: { a: ['x', 1] } },
    { config: { a: [null, 'expected a string'] } },
  ],
  [
    'null element',
    of([{ a: { type: 'array', elements: string } }]),
    { config: { a: [null] } },
    { config: { a: ['required field missing'] } },
  ],
  [
    'bytes, not characters',
    of([{ a: { ...string, len_max: 1 } }]),
    { config: { a: 'é' } },
    { config: { a: 'length must be at most 1' } },
  ],
  [
    'unknown member of a record',
    of([{ r: { type: 'record', fields: pair } }]),
    { config: { r: { zz: 1 } } },
    { config: { r: { zz: 'unknown field' } } },
  ],
  [
    'required in an absent record',
    of([{ r: { type: 'record', fields: [{ a: { ...string, required: true } }] } }]),
    { config: {} },
    { config: { r: { a: 'required field missing' } } },
  ],
  [
    'protocols',
    {
      name: 'x',
      fields: [
        {
          protocols: {
            type: 'set',
            required: true,
            default: ['http'],
            elements: { ...string, one_of: ['http', 'https'] },
          },
        },
        ...of([]).fields,
      ],
    },
    { protocols: ['tcp'] },
    { protocols: ['expected one of: http, https'] },
  ],
  [
    'no consumer',
    {
      name: 'x',
      fields: [{ consumer: { type: 'foreign', reference: 'consumers', eq: null } }, ...of([]).fields],
    },
    { consumer: { id: 'x' } },
    { consumer: 'value must be null' },
  ],
  [
    'a check at the top',
    of(pair, [{ only_one_of: ['config.a', 'config.b'] }]),
    { config: {} },
    { '@entity': ["exactly one of these fields must be non-empty: 'config.a', 'config.b'"] },
  ],
  [
    'conditional at the top',
    of(pair, [
      {
        conditional: {
          if_field: 'config.a',
          if_match: { eq: 'x' },
          then_field: 'config.b',
          then_match: { required: true },
        },
      },
    ]),
    { config: { a: 'x' } },
    {
      '@entity': ["failed conditional validation given value of field 'config.a'"],
      config: { b: 'required field missing' },
    },
  ],
  [
    'conditional_at_least_one_of',
    of(pair, [
      {
        conditional_at_least_one_of: {
          if_field: 'config.a',
          if_match: { eq: 'x' },
          then_at_least_one_of: ['config.b'],
        },
      },
    ]),
    { config: { a: 'x' } },
    { '@entity': ["at least one of these fields must be non-empty: 'config.b'"] },
  ],
  [
    'mutually_required',
    of(pair, [{ mutually_required: ['config.a', 'config.b'] }]),
    { config: { a: 'x' } },
    { '@entity': ["all or none of these fields must be set: 'config.a', 'config.b'"] },
  ],
  [
    'mutually_exclusive',
    of(pair, [{ mutually_exclusive: ['config.a', 'config.b'] }]),
    { config: { a: 'x', b: 'y' } },
    { '@entity': ["only one or none of these fields must be set: 'config.a', 'config.b'"] },
  ],
  [
    'distinct',
    of(pair, [{ distinct: ['config.a', 'config.b'] }]),
    { config: { a: 'x', b: 'x' } },
    { '@entity': ["values of these fields must be distinct: 'config.a', 'config.b'"] },
  ],
  [
    'mutually_exclusive_sets',
    of(pair, [{ mutually_exclusive_sets: { set1: ['config.a'], set2: ['config.b'] } }]),
    { config: { a: 'x', b: 'y' } },
    { '@entity': ["these sets are mutually exclusive: ('config.a'), ('config.b')"] },
  ],
]

for (const [title, schema, plugin, errors] of answers) {
  test(`checkConfig refuses in Kong's words: ${title}`, () => {
    assert.equal(checkConfig(schema, plugin), failed(errors))
  })
}

const stored: [title: string, schema: DumpSchema, config: unknown, expected: unknown][] = [
  [
    'a set without its duplicates',
    of([{ a: { type: 'set', elements: string } }]),
    { a: ['x', 'y', 'x'] },
    { a: ['x', 'y'] },
  ],
  [
    'null for a record that is not required',
    of([{ r: { type: 'record', required: false, fields: pair } }]),
    {},
    { r: null },
  ],
  ['null in place of a default', of([{ a: { ...string, default: 'd' } }]), { a: null }, { a: null }],
  [
    'a vault reference, whatever the rules',
    of([{ a: { ...string, referenceable: true, len_max: 2 } }]),
    { a: '{vault://env/x}' },
    { a: '{vault://env/x}' },
  ],
  [
    'a value that fits a json schema',
    of([{ a: { type: 'json', json_schema: { inline: { type: 'object', required: ['x'] } } } }]),
    { a: { x: 1 } },
    { a: { x: 1 } },
  ],
]

for (const [title, schema, config, expected] of stored) {
  test(`checkConfig stores ${title}`, () => {
    const verdict = checkConfig(schema, { config })
    assert.equal(verdict.ok && verdict.plugin.config, expected)
  })
}

test('checkConfig refuses a value that does not fit a json schema', () => {
  const schema = of([
    {
      a: {
        type: 'json',
        json_schema: { inline: { type: 'object', properties: { x: { type: 'integer' } } } },
      },
    },
  ])
  assert.is(checkConfig(schema, { config: { a: { x: 1 } } }).ok, true)
  assert.is(checkConfig(schema, { config: { a: { x: 'y' } } }).ok, false)
  assert.is(checkConfig(schema, { config: { a: 'x' } }).ok, false)
})

test('checkConfig makes a UUID where auto asks for one', () => {
  const verdict = checkConfig(of([{ a: { ...string, uuid: true, auto: true } }]), {})
  assert.match(String(verdict.ok && verdict.plugin.config?.a), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

test('checkConfig takes the names that every object inherits for names like any other', () => {
  const schema = of([
    { constructor: { ...string, required: true } },
    { toString: { ...string, default: 'd' } },
  ])
  assert.equal(checkConfig(schema, {}), failed({ config: { constructor: 'required field missing' } }))
  const verdict = checkConfig(schema, { config: { constructor: 'c' } })
  assert.is(JSON.stringify(verdict.ok && verdict.plugin.config), '{"constructor":"c","toString":"d"}')
})

test('checkConfig leaves its arguments as they are', () => {
  const schema = of([{ r: { type: 'record', fields: [{ a: { ...string, default: 'd' } }] } }])
  const before = JSON.stringify(schema)
  const plugin = { config: {} }
  assert.is(checkConfig(schema, plugin).ok, true)
  assert.is(JSON.stringify(schema), before)
  assert.equal(plugin, { config: {} })
})

test('checkConfig answers with the refusal of a schema that Kong refuses', () => {
  assert.equal(
    checkConfig(of([{ a: { type: 'array' } }]), {}),
    failed({ a: "field of type 'array' must declare 'elements'" }),
  )
})

const refused: [title: string, schema: unknown, errors: unknown][] = [
  [
    'a short description',
    of([{ a: { ...string, description: 'short' } }]),
    { fields: [{ fields: [{ description: 'length must be at least 10' }] }] },
  ],
  [
    'an attribute that every object inherits',
    of([{ a: { ...string, constructor: 1 } }]),
    { fields: [{ fields: [{ constructor: 'unknown field' }] }] },
  ],
  ['no fields', { name: 'x' }, { fields: 'field required for entity check' }],
  [
    'a default of the wrong type',
    of([{ a: { type: 'integer', default: 'x' } }]),
    { fields: [{ fields: [{ default: 'expected an integer' }] }] },
  ],
  [
    'a new field at the top',
    { name: 't', fields: [{ extra: string }] },
    "error in definition of 't': extra: cannot create a new field",
  ],
  [
    'a config that is no record',
    { name: 't', fields: [{ config: string }] },
    "error in definition of 't': config: cannot change type in a specialized field",
  ],
]

for (const [title, schema, errors] of refused) {
  test(`checkSchema refuses in Kong's words: ${title}`, () => {
    assert.equal(checkSchema(schema), failed(errors))
  })
}

for (const schema of [
  null,
  undefined,
  'x',
  5,
  [],
  {},
  { name: 1, fields: 1 },
  { name: 'x', fields: [null] },
  of([{ r: { type: 'record', fields: null } }]),
]) {
  test(`checkSchema refuses ${JSON.stringify(schema)} and does not throw`, () => {
    assert.is(checkSchema(schema).ok, false)
  })
}

function of(fields: readonly object[], checks?: readonly object[]): DumpSchema {
  return {
    name: 'x',
    fields: [{ config: { type: 'record', fields } }],
    ...(checks && { entity_checks: checks }),
  }
}

test.run()
