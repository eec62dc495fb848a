import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import type { DescribeOptions } from '../../src/schema/index.ts'
import { checkPluginHead, describeSchema, fieldsFromKong, s } from '../../src/schema/index.ts'

const text = (attributes: object) => [{ f: { type: 'string', ...attributes } }]
const number = (attributes: object) => [{ f: { type: 'number', ...attributes } }]
const strings = { type: 'string' }

// code, what the sentence must say besides the path, the schema in Kong's form
const refusals: [code: string, path: string, says: string, schema: object[]][] = [
  ['BAD_DESCRIPTION', 'config.f', 'it has 5 bytes', text({ description: 'short' })],
  ['BAD_DESCRIPTION', 'config.f', 'it has 501 bytes', text({ description: 'x'.repeat(501) })],
  ['NOT_JSON', 'config.f.required', 'null', text({ required: null })],
  ['NOT_JSON', 'config.f.default', 'null', text({ default: null })],
  ['NOT_JSON', 'config.f.one_of[1]', 'null', text({ one_of: ['a', null] })],
  ['NOT_JSON', 'config.f.custom_validator', 'a function', text({ custom_validator: () => true })],
  ['NOT_JSON', 'config.f.match', 'the regular expression /a/', text({ match: /a/ })],
  ['NOT_JSON', 'config.f.gt', 'NaN', number({ gt: Number.NaN })],
  ['BAD_PATTERN', 'config.f', "malformed pattern (missing ']')", text({ match: '[' })],
  ['BAD_PATTERN', 'config.f', "malformed pattern (ends with '%')", text({ not_match: 'a%' })],
  ['BAD_PATTERN', 'config.f', 'unfinished capture', text({ match_all: [{ pattern: '(a' }] })],
  ['BAD_PATTERN', 'config.f', 'invalid pattern capture', text({ match_none: [{ pattern: 'a)' }] })],
  ['BAD_PATTERN', 'config.f', 'unbalanced pattern', text({ match_any: { patterns: ['a', '%b'] } })],
  ['BAD_PATTERN', 'config.f', 'write %d', text({ match: '^\\d+$' })],
  ['BAD_PATTERN', 'config.f', 'write [%w_]', text({ match: '\\w' })],
  ['BAD_PATTERN', 'config.f', 'write %.', text({ match: 'a\\.b' })],
  ['BAD_PATTERN', 'config.f', 'write /', text({ match: '^\\/' })],
  ['BAD_PATTERN', 'config.f', '(?: is no group', text({ match: '^(?:a|b)$' })],
  ['BAD_PATTERN', 'config.f', '{2,3} is no repetition', text({ match: '^[a-z]{2,3}$' })],
  ['EMPTY_NAME', 'config', 'empty name', [{ '': strings }]],
  ['EMPTY_NAME', 'config.r', 'empty name', [{ r: { type: 'record', fields: [{ '': strings }] } }]],
  [
    'DUPLICATE_FIELD',
    'config.r.a',
    'twice',
    [{ r: { type: 'record', fields: [{ a: strings }, { a: strings }] } }],
  ],
  [
    'BAD_KONG_SCHEMA',
    'config.r',
    'one key each',
    [{ r: { type: 'record', fields: [{ a: strings, b: strings }] } }],
  ],
  ['NOT_A_FIELD', 'config.r.a', '"string"', [{ r: { type: 'record', fields: [{ a: 'string' }] } }]],
  ['NOT_A_FIELD', 'config.f[]', '["x"]', [{ f: { type: 'array', elements: ['x'] } }]],
  ['UNKNOWN_TYPE', 'config.f', '"any"', [{ f: { type: 'any' } }]],
  ['UNKNOWN_TYPE', 'config.f', 'undefined', [{ f: { required: true } }]],
  ['UNKNOWN_TYPE', 'config.f', '"function"', [{ f: { type: 'function' } }]],
  [
    'UNKNOWN_TYPE',
    'config.f{key}',
    '"integer"',
    [{ f: { type: 'map', keys: { type: 'integer' }, values: strings } }],
  ],
  [
    'UNKNOWN_TYPE',
    'config.f[]',
    '"json"',
    [{ f: { type: 'array', elements: { type: 'json', json_schema: { inline: {} } } } }],
  ],
  ['UNKNOWN_ATTRIBUTE', 'config.f', 'enum', text({ enum: ['a'] })],
  ['UNKNOWN_ATTRIBUTE', 'config.f', 'constructor', text({ constructor: 1 })],
  ['UNKNOWN_ATTRIBUTE', 'config.f', 'nilable', text({ nilable: true })],
  ['WRONG_ATTRIBUTE', 'config.f', 'it is for number, integer', text({ between: [1, 2] })],
  ['WRONG_ATTRIBUTE', 'config.f', 'of type boolean', [{ f: { type: 'boolean', one_of: [true] } }]],
  ['WRONG_ATTRIBUTE', 'config.f', 'len_min', number({ len_min: 1 })],
  ['WRONG_ATTRIBUTE', 'config.f', 'a Lua function', text({ custom_validator: 'f' })],
  ['WRONG_ATTRIBUTE', 'config.f', 'eq', [{ f: { type: 'array', elements: strings, eq: [] } }]],
  ['NO_ABSTRACT', 'config.f', 'abstract', text({ abstract: true })],
  ['MISSING_ATTRIBUTE', 'config.f', 'without elements', [{ f: { type: 'array' } }]],
  ['MISSING_ATTRIBUTE', 'config.f', 'without keys', [{ f: { type: 'map', values: strings } }]],
  ['MISSING_ATTRIBUTE', 'config.f', 'without values', [{ f: { type: 'map', keys: strings } }]],
  ['MISSING_ATTRIBUTE', 'config.f', 'without fields', [{ f: { type: 'record' } }]],
  ['MISSING_ATTRIBUTE', 'config.f', 'without json_schema', [{ f: { type: 'json' } }]],
  ['BAD_ATTRIBUTE', 'config.f', 'expected a boolean', text({ required: 'true' })],
  ['BAD_ATTRIBUTE', 'config.f', 'expected an integer', text({ len_min: '2' })],
  ['BAD_ATTRIBUTE', 'config.f', 'expected an integer', text({ len_max: 2.5 })],
  ['BAD_ATTRIBUTE', 'config.f', '0 or more', text({ len_eq: -1 })],
  ['BAD_ATTRIBUTE', 'config.f', 'len_max is 2', text({ len_min: 3, len_max: 2 })],
  ['BAD_ATTRIBUTE', 'config.f', 'length must be 2', number({ between: [1, 2, 3] })],
  ['BAD_ATTRIBUTE', 'config.f', 'expected a number', number({ between: ['1', '2'] })],
  ['BAD_ATTRIBUTE', 'config.f', 'must not be above', number({ between: [2, 1] })],
  ['BAD_ATTRIBUTE', 'config.f', 'at least one value', text({ one_of: [] })],
  ['BAD_ATTRIBUTE', 'config.f', '1 is never a value', text({ one_of: ['a', 1] })],
  ['BAD_ATTRIBUTE', 'config.f', '"1" is never a value', number({ eq: '1' })],
  ['BAD_ATTRIBUTE', 'config.f', 'write true or leave it out', text({ uuid: false })],
  ['BAD_ATTRIBUTE', 'config.f', 'unique: true', text({ unique_across_ws: true })],
  ['BAD_ATTRIBUTE', 'config.f', 'removal_in_version', text({ deprecation: { message: 'm' } })],
  ['BAD_ATTRIBUTE', 'config.f', 'an entity of Kong', [{ f: { type: 'foreign' } }]],
  ['BAD_DEFAULT', 'config.f', 'expected a string', text({ default: 1 })],
  ['BAD_DEFAULT', 'config.f', 'length must be at least 1', text({ default: '' })],
  ['BAD_DEFAULT', 'config.f', 'expected one of: a, b', text({ one_of: ['a', 'b'], default: 'c' })],
  ['BAD_DEFAULT', 'config.f', 'between 1 and 5', number({ between: [1, 5], default: 9 })],
  ['BAD_DEFAULT', 'config.f', 'expected a string', [{ f: { type: 'set', elements: strings, default: [1] } }]],
  [
    'BAD_DEFAULT',
    'config.f',
    'unknown field',
    [{ f: { type: 'record', fields: [{ a: strings }], default: { b: 1 } } }],
  ],
  [
    'BAD_DEFAULT',
    'config.f',
    'wrong type',
    [{ f: { type: 'json', json_schema: { inline: { type: 'object' } }, default: 'x' } }],
  ],
  [
    'BAD_DEFAULT',
    'config.limits.rows[].window',
    'expected an integer',
    [
      {
        limits: {
          type: 'record',
          fields: [
            {
              rows: {
                type: 'array',
                elements: { type: 'record', fields: [{ window: { type: 'integer', default: 'x' } }] },
              },
            },
          ],
        },
      },
    ],
  ],
]

for (const [code, path, says, schema] of refusals) {
  test(`describeSchema refuses with ${code}: ${says} (${path})`, () => {
    assert.throws(() => describeSchema('x', fieldsFromKong(schema)), refusal(code, path, says))
  })
}

const pair = { a: s.string(), limits: s.record({ n: s.integer() }) }
const checks: [code: string, says: string, check: unknown][] = [
  ['UNKNOWN_FIELD_IN_CHECK', 'the fields are a, limits', { onlyOneOf: ['a', 'b'] }],
  ['UNKNOWN_FIELD_IN_CHECK', '"limits.x"', { distinct: ['limits.x'] }],
  ['UNKNOWN_FIELD_IN_CHECK', '"config.a"', { distinct: ['config.a'] }],
  ['UNKNOWN_FIELD_IN_CHECK', 'set2', { mutuallyExclusiveSets: { set1: ['a'], set2: ['b'] } }],
  ['UNKNOWN_FIELD_IN_CHECK', 'then_field', conditional({ thenField: 'b' })],
  ['BAD_CHECK', 'Kong knows', { nope: ['a'] }],
  ['BAD_CHECK', 'Kong knows', { customEntityCheck: { fieldSources: ['a'] } }],
  ['BAD_CHECK', 'one key', { onlyOneOf: ['a'], distinct: ['a'] }],
  ['BAD_CHECK', 'one or more field names', { onlyOneOf: [] }],
  ['BAD_CHECK', 'set2 is missing', { mutuallyExclusiveSets: { set1: ['a'] } }],
  ['BAD_CHECK', 'it knows no bogus', conditional({ bogus: 1 })],
  ['BAD_CHECK', 'one %s', conditional({ thenErr: '%s and %s' })],
  ['BAD_CHECK', 'one %s', conditional({ thenErr: '100%' })],
  ['UNKNOWN_ATTRIBUTE', 'enum', conditional({ ifMatch: { enum: [] } })],
  ['WRONG_ATTRIBUTE', 'between', conditional({ ifMatch: { between: [1, 2] } })],
  ['BAD_PATTERN', '%d', conditional({ ifMatch: { match: '\\d' } })],
  ['NOT_JSON', 'eq', conditional({ thenMatch: { eq: null } })],
  [
    'BAD_CHECK',
    'need each other',
    {
      conditionalAtLeastOneOf: { ifField: 'a', ifMatch: { eq: '1' }, thenAtLeastOneOf: ['a'], elseMatch: {} },
    },
  ],
]

function conditional(change: object): object {
  const argument = { ifField: 'a', ifMatch: { eq: '1' }, thenField: 'limits.n', thenMatch: { gt: 1 } }
  return { conditional: { ...argument, ...change } }
}

test('describeSchema takes the entity check from which the refused ones differ', () => {
  const options = { entityChecks: [conditional({})] } as unknown as DescribeOptions<typeof pair>
  assert.is(describeSchema('x', pair, options).fields.length, 1)
})

for (const [code, says, check] of checks) {
  test(`describeSchema refuses the entity check ${JSON.stringify(check)}`, () => {
    const options = { entityChecks: [check] } as unknown as DescribeOptions<typeof pair>
    assert.throws(() => describeSchema('x', pair, options), refusal(code, 'config.entity_checks[0]', says))
  })
}

test('describeSchema refuses an entity check of the plugin that names a field without config.', () => {
  const options = { pluginChecks: [{ onlyOneOf: ['a', 'config.a'] }] } as unknown as DescribeOptions<
    typeof pair
  >
  assert.throws(
    () => describeSchema('x', pair, options),
    refusal('UNKNOWN_FIELD_IN_CHECK', 'plugin.entity_checks[0].only_one_of', '"a"'),
  )
})

for (const protocols of [[], ['http', 'http'], ['ftp'], 'http']) {
  test(`describeSchema refuses the protocols ${JSON.stringify(protocols)}`, () => {
    const options = { protocols } as unknown as DescribeOptions
    assert.throws(
      () => describeSchema('x', {}, options),
      refusal('BAD_PROTOCOLS', 'protocols', 'tls_passthrough'),
    )
  })
}

test('checkPluginHead takes what Kong starts with', () => {
  assert.not.throws(() => checkPluginHead({ name: 'my-Plugin_2', version: '0.1.0', priority: 0 }))
  assert.not.throws(() => checkPluginHead({ name: 'x', version: '10.20.30', priority: -1 }))
})

for (const [code, change] of [
  ['BAD_NAME', { name: '' }],
  ['BAD_NAME', { name: 'my plugin' }],
  ['BAD_NAME', { name: '../x' }],
  ['BAD_NAME', { name: undefined }],
  ['BAD_VERSION', { version: '1.0' }],
  ['BAD_VERSION', { version: 'v1.0.0' }],
  ['BAD_VERSION', { version: '1.0.0-beta' }],
  ['BAD_VERSION', { version: '1.0.0\n' }],
  ['BAD_VERSION', { version: '1.0.0.0' }],
  ['BAD_VERSION', { version: 1 }],
  ['BAD_PRIORITY', { priority: 10.5 }],
  ['BAD_PRIORITY', { priority: '1' }],
  ['BAD_PRIORITY', { priority: Number.POSITIVE_INFINITY }],
  ['BAD_PRIORITY', { priority: undefined }],
] as const) {
  test(`checkPluginHead refuses ${JSON.stringify(change)}`, () => {
    const head = { name: 'x', version: '1.0.0', priority: 1, ...change }
    assert.throws(() => checkPluginHead(head), refusal(code, 'plugin', 'Cannot use'))
  })
}

function refusal(code: string, path: string, says: string): (error: unknown) => boolean {
  return (error) => {
    assert.instance(error, KongPluginError)
    const { code: actual, message } = error as KongPluginError
    assert.is(actual, code, message)
    assert.ok(message.includes(path), message)
    assert.ok(message.includes(says), message)
    return true
  }
}

test.run()
