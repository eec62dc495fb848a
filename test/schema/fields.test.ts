import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkConfig, describeSchema, s } from '../../src/schema/index.ts'

test('s writes every attribute in the words of Kong', () => {
  const fields = {
    text: s.string({
      required: true,
      description: 'a ten char description',
      examples: ['ab'],
      err: 'no',
      immutable: true,
      deprecation: {
        message: 'use other',
        removalInVersion: '4.0',
        oldDefault: { keptAsIs: 1 },
        replacedWith: [{ path: ['other'] }],
      },
      generateAdminApi: false,
      notOneOf: ['zz'],
      eq: 'ab',
      ne: 'cd',
      lenEq: 2,
      lenMin: 1,
      lenMax: 3,
      match: '^%a+$',
      notMatch: '%d',
      matchAll: [{ pattern: '^a', err: 'starts with a' }],
      matchNone: [{ pattern: 'x' }],
      matchAny: { patterns: ['a', 'b'], err: 'a or b' },
      startsWith: 'a',
      isRegex: true,
      auto: false,
      transient: true,
      encrypted: true,
      referenceable: true,
      unique: true,
      uniqueAcrossWs: true,
    }),
    id: s.string({ uuid: true, auto: true }),
    count: s.integer({ between: [1, 5], gt: 0, default: 3 }),
    at: s.number({ timestamp: true, oneOf: [1, 2.5] }),
    on: s.boolean({ default: false }),
    list: s.array(s.string(), {
      lenMax: 3,
      contains: 'a',
      mutuallyExclusiveSubsets: [['a'], ['b']],
      default: ['a'],
    }),
    unique: s.set(s.integer({ gt: 0 }), { default: [] }),
    table: s.map(s.string({ lenMax: 9 }), s.array(s.number()), { lenMin: 1 }),
    any: s.json({ type: ['object', 'null'] }),
    deep: s.record(
      { a: s.string(), b: s.record({ c: s.string() }) },
      { required: false, entityChecks: [{ atLeastOneOf: ['a', 'b.c'] }] },
    ),
  }
  assert.equal(describeSchema('x', fields), {
    name: 'x',
    fields: [
      {
        config: {
          type: 'record',
          fields: [
            {
              text: {
                type: 'string',
                required: true,
                description: 'a ten char description',
                examples: ['ab'],
                err: 'no',
                immutable: true,
                deprecation: {
                  message: 'use other',
                  removal_in_version: '4.0',
                  old_default: { keptAsIs: 1 },
                  replaced_with: [{ path: ['other'] }],
                },
                generate_admin_api: false,
                not_one_of: ['zz'],
                eq: 'ab',
                ne: 'cd',
                len_eq: 2,
                len_min: 1,
                len_max: 3,
                match: '^%a+$',
                not_match: '%d',
                match_all: [{ pattern: '^a', err: 'starts with a' }],
                match_none: [{ pattern: 'x' }],
                match_any: { patterns: ['a', 'b'], err: 'a or b' },
                starts_with: 'a',
                is_regex: true,
                auto: false,
                transient: true,
                encrypted: true,
                referenceable: true,
                unique: true,
                unique_across_ws: true,
              },
            },
            { id: { type: 'string', uuid: true, auto: true } },
            { count: { type: 'integer', between: [1, 5], gt: 0, default: 3 } },
            { at: { type: 'number', timestamp: true, one_of: [1, 2.5] } },
            { on: { type: 'boolean', default: false } },
            {
              list: {
                type: 'array',
                elements: { type: 'string' },
                len_max: 3,
                contains: 'a',
                mutually_exclusive_subsets: [['a'], ['b']],
                default: ['a'],
              },
            },
            { unique: { type: 'set', elements: { type: 'integer', gt: 0 }, default: [] } },
            {
              table: {
                type: 'map',
                keys: { type: 'string', len_max: 9 },
                values: { type: 'array', elements: { type: 'number' } },
                len_min: 1,
              },
            },
            { any: { type: 'json', json_schema: { inline: { type: ['object', 'null'] } } } },
            {
              deep: {
                type: 'record',
                fields: [
                  { a: { type: 'string' } },
                  { b: { type: 'record', fields: [{ c: { type: 'string' } }] } },
                ],
                entity_checks: [{ at_least_one_of: ['a', 'b.c'] }],
                required: false,
              },
            },
          ],
        },
      },
    ],
  })
})

test("s has Kong's typedefs", () => {
  const { port, timeout, ttl, httpMethod, uuid, headers } = s
  assert.equal(plain([port(), timeout({ default: 60 }), ttl(), httpMethod(), uuid(), headers()]), [
    { type: 'integer', between: [0, 65535] },
    { type: 'integer', between: [0, 2147483646], default: 60 },
    { type: 'number', between: [0, 100000000] },
    { type: 'string', match: '^%u+$' },
    { type: 'string', uuid: true },
    { type: 'map', keys: { type: 'string' }, values: { type: 'array', elements: { type: 'string' } } },
  ])
})

test('s.array requires the records inside its elements, as Kong does elsewhere by itself', () => {
  const inner = s.record({ x: s.integer({ default: 3 }) })
  const skipped = s.record({ x: s.integer({ default: 3 }) }, { required: false })
  const schema = describeSchema('x', { rules: s.array(s.record({ inner, skipped })) })
  const verdict = checkConfig(schema, { config: { rules: [{}] } })
  assert.equal(verdict.ok && verdict.plugin.config, { rules: [{ inner: { x: 3 }, skipped: null }] })
})

test('s gives values that nobody can change', () => {
  const list = ['a']
  const field = s.array(s.string(), { default: list })
  list.push('b')
  assert.equal(plain(field), { type: 'array', elements: { type: 'string' }, default: ['a'] })
  assert.throws(() => Object.assign(field, { type: 'set' }), TypeError)
  const { default: frozen } = field as unknown as { default: string[] }
  assert.throws(() => frozen.push('c'), TypeError)
})

test('s leaves out attributes that are undefined', () => {
  const attributes: object = { lenMin: undefined, default: undefined }
  assert.equal(plain(s.string(attributes)), { type: 'string' })
})

test('describeSchema writes protocols, scopes and entity checks in the order of the dump', () => {
  const schema = describeSchema(
    'x',
    { a: s.string(), b: s.string(), limits: s.record({ n: s.integer() }) },
    {
      protocols: ['http', 'tcp'],
      noConsumer: true,
      noRoute: true,
      noService: true,
      entityChecks: [
        { onlyOneOf: ['a', 'limits.n'] },
        { mutuallyExclusiveSets: { set1: ['a'], set2: ['b'] } },
        {
          conditional: {
            ifField: 'a',
            ifMatch: { oneOf: ['1'] },
            thenField: 'b',
            thenMatch: { required: true, lenMin: 2 },
            thenErr: '%s asks for b',
          },
        },
      ],
      pluginChecks: [
        {
          conditionalAtLeastOneOf: {
            ifField: 'config.a',
            ifMatch: { eq: '1' },
            thenAtLeastOneOf: ['config.b'],
            elseMatch: { ne: '1' },
            elseThenAtLeastOneOf: ['config.limits.n', 'tags'],
          },
        },
      ],
    },
  )
  const none = (reference: string) => ({
    type: 'foreign',
    reference,
    len_max: -1,
    err: 'value must be null',
  })
  const expected = {
    name: 'x',
    fields: [
      {
        protocols: {
          type: 'set',
          required: true,
          default: ['http', 'tcp'],
          elements: { type: 'string', one_of: ['http', 'tcp'] },
        },
      },
      { consumer: none('consumers') },
      { route: none('routes') },
      { service: none('services') },
      {
        config: {
          type: 'record',
          fields: [
            { a: { type: 'string' } },
            { b: { type: 'string' } },
            { limits: { type: 'record', fields: [{ n: { type: 'integer' } }] } },
          ],
          entity_checks: [
            { only_one_of: ['a', 'limits.n'] },
            { mutually_exclusive_sets: { set1: ['a'], set2: ['b'] } },
            {
              conditional: {
                if_field: 'a',
                if_match: { one_of: ['1'] },
                then_field: 'b',
                then_match: { required: true, len_min: 2 },
                then_err: '%s asks for b',
              },
            },
          ],
        },
      },
    ],
    entity_checks: [
      {
        conditional_at_least_one_of: {
          if_field: 'config.a',
          if_match: { eq: '1' },
          then_at_least_one_of: ['config.b'],
          else_match: { ne: '1' },
          else_then_at_least_one_of: ['config.limits.n', 'tags'],
        },
      },
    ],
  }
  assert.is(JSON.stringify(schema), JSON.stringify(expected))
  assert.not.match(JSON.stringify(schema), /null[^"]/)
})

test('describeSchema with noConsumer refuses a consumer and takes none', () => {
  const schema = describeSchema('x', {}, { noConsumer: true })
  const consumer = { id: '33333333-3333-4333-8333-333333333333' }
  assert.is(checkConfig(schema, {}).ok, true)
  assert.is(checkConfig(schema, { consumer: null }).ok, true)
  assert.equal(checkConfig(schema, { consumer }), { ok: false, errors: { consumer: 'value must be null' } })
  assert.is(checkConfig(describeSchema('x', {}), { consumer }).ok, true)
})

test('describeSchema takes no fields at all', () => {
  assert.equal(describeSchema('x', {}), { name: 'x', fields: [{ config: { type: 'record', fields: [] } }] })
})

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

test.run()
