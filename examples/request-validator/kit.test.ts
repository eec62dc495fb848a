import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf, buildExample } from '../support/binary.ts'
import validator from './plugin.ts'

const order = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } }
const config = { body_schema: JSON.stringify(order) }
const json = { 'content-type': 'application/json' }

const folder = mkdtempSync(join(tmpdir(), 'request-validator-'))

test.before(() => buildExample('request-validator'))
test.after(() => rmSync(folder, { recursive: true }))

interface Said {
  readonly message: string
  readonly errors?: readonly { in: string; where: string; what: string; expected?: object }[]
  readonly more?: number
}

const said = (response: { text: string }) => JSON.parse(response.text) as Said

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [validator, binaryOf('request-validator')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`request-validator: what fits reaches the service byte for byte (${where})`, async () => {
      const body = '{ "id": 12 }'
      const { response, upstream } = await run(plugin, {
        dialect,
        config,
        request: { method: 'POST', headers: json, body },
      })
      assert.is(response.status, 200)
      assert.is(upstream?.text, body)
    })

    test(`request-validator: a body that nginx keeps in a file is checked too (${where})`, async () => {
      const server = await start(plugin, { dialect })
      for (const [id, status] of [
        [12, 200],
        ['"12"', 400],
      ] as const) {
        const bodyFile = join(folder, 'spooled')
        writeFileSync(bodyFile, `{"pad":"${'x'.repeat(100_000)}","id":${id}}`)
        const request = { method: 'POST', headers: json, bodyFile }
        const { response, upstream } = await server.run({ config, request })
        assert.is(response.status, status)
        if (status === 400) assert.is(said(response).errors?.[0]?.where, '/id')
        assert.is(upstream === undefined, status === 400)
      }
      await server.close()
    })

    test(`request-validator: types, sizes and texts that are not taken have answers of their own (${where})`, async () => {
      const server = await start(plugin, { dialect })
      const cases: [headers: Record<string, string>, body: string | Buffer, status: number, what: string][] =
        [
          [{}, '{"id":1}', 415, 'is missing'],
          [{ 'content-type': 'text/plain' }, '{"id":1}', 415, 'is text/plain'],
          [
            { 'content-type': 'application/json; charset=utf-16' },
            '{"id":1}',
            415,
            'is application/json; charset=utf-16',
          ],
          [{ ...json, 'content-encoding': 'gzip' }, '{"id":1}', 415, 'is gzip'],
          [json, `{"id":1,"pad":"${'x'.repeat(200)}"}`, 413, 'is too long'],
          [json, '{"id":', 400, 'is not JSON'],
          [json, Buffer.from('{"id":1,"a":"\xff"}', 'latin1'), 400, 'is not UTF-8'],
          [json, '', 400, 'is missing'],
          [json, '{"id":1.5}', 400, 'must be integer'],
          [json, '{"id":"1","id":1}', 400, 'has the member "id" twice'],
          [json, '{"id":1,"a":[{"b":"}","\\u0063":"","c":1}]}', 400, 'has the member "c" twice'],
          [
            { 'content-type': 'application/json;charset = utf-16' },
            '{"id":1}',
            415,
            'is application/json;charset = utf-16',
          ],
          [
            { 'content-type': 'application/json;charset=utf-8;CHARSET=utf-7' },
            '{"id":1}',
            415,
            'is application/json;charset=utf-8;CHARSET=utf-7',
          ],
        ]
      for (const [headers, body, status, what] of cases) {
        const request = { method: 'POST', headers, body: Buffer.from(body) }
        const { response, upstream } = await server.run({
          config: { ...config, max_body_bytes: 100 },
          request,
        })
        assert.is(response.status, status, what)
        assert.is(said(response).errors?.[0]?.what, what)
        assert.is(upstream, undefined)
      }
      await server.close()
    })

    test(`request-validator: a schema that cannot be used refuses each request, and says why (${where})`, async () => {
      const server = await start(plugin, { dialect })
      const wrong: [config: object, why: string | RegExp][] = [
        [{ body_schema: '{' }, /Cannot read config\.body_schema as JSON: /],
        [{ body_schema: '[]' }, 'Cannot use config.body_schema: a JSON Schema is an object, and this is []'],
        [
          { body_schema: '{"type":"text"}' },
          /Cannot use config\.body_schema as a schema of draft-07: schema is invalid: data\/type must be/,
        ],
        [
          { body_schema: '{"propertys":{}}' },
          'Cannot use config.body_schema as a schema of draft-07: strict mode: unknown keyword: "propertys"',
        ],
        [
          { query_schema: '{"$ref":"https://schemas.example/a.json"}' },
          /Cannot use config\.query_schema as a schema of draft-07: can't resolve reference/,
        ],
        [{ body_schema: '{"$async":true}' }, 'it has $async'],
        [
          { header_schema: '{"required":["X-Shop"]}' },
          'it names X-Shop, which no header can have here; write x-shop',
        ],
        [
          { header_schema: '{"properties":{"x_shop":true}}' },
          'it names x_shop, which no header can have here; write x-shop',
        ],
      ]
      for (const [bad, why] of wrong) {
        const { response, upstream, logs } = await server.run({ config: bad })
        assert.is(response.status, 500)
        assert.is(upstream, undefined)
        assert.match(logs.map(({ text }) => text).join('\n'), why)
      }
      await server.close()
    })

    test(`request-validator: a request that cannot be read does not pass (${where})`, async () => {
      const { response, upstream } = await run(plugin, {
        dialect,
        config,
        request: { method: 'POST', headers: json, body: '{"id":1}' },
        fault: { raise: 'kong.request.get_raw_body' },
      })
      assert.is(response.status, 500)
      assert.is(upstream, undefined)
    })
  }

test('request-validator: arguments and headers are text, lists and flags as the schema wants them', async () => {
  const server = await start(validator)
  const values = {
    query_schema: JSON.stringify({
      properties: {
        page: { type: 'integer', minimum: 1 },
        tag: { type: 'array', items: { type: 'string' }, maxItems: 2 },
        flag: { type: 'boolean' },
      },
      additionalProperties: false,
    }),
    header_schema: JSON.stringify({ properties: { 'x-shop': { type: 'string', pattern: '^[a-z]+$' } } }),
  }
  for (const query of ['page=3', 'tag=a', 'tag=a&tag=b', 'flag', 'flag=false', ''])
    assert.is((await server.run({ config: values, request: { query } })).response.status, 200, query)
  for (const [query, where] of [
    ['page=0', '/page'],
    ['page=x', '/page'],
    ['page=1&page=2', '/page'],
    ['tag=a&tag=b&tag=c', '/tag'],
    ['other=1', '/other'],
    ['__proto__=1', '/__proto__'],
    ['a%2Fb=1', '/a~1b'],
  ] as const) {
    const { response } = await server.run({ config: values, request: { query } })
    assert.is(response.status, 400, query)
    assert.is(said(response).errors?.[0]?.where, where)
  }
  const { response } = await server.run({
    config: values,
    request: { query: '', headers: { 'X-Shop': '12' } },
  })
  assert.equal(said(response).errors, [
    {
      in: 'headers',
      where: '/x-shop',
      what: 'must match pattern "^[a-z]+$"',
      expected: { pattern: '^[a-z]+$' },
    },
  ])
  await server.close()
})

test('request-validator: a header spelt with _ is checked as the one that many a service takes it for', async () => {
  const values = { header_schema: '{"required":["x-shop"],"properties":{"x-shop":{"type":"integer"}}}' }
  for (const [headers, status] of [
    [{ 'x-shop': '1' }, 200],
    [{ X_Shop: '1' }, 200],
    [{ X_Shop: 'a' }, 400],
    [{ 'x-shop': '1', X_Shop: 'a' }, 400],
    [{ 'x-shop': '1', x_shop: '2' }, 400],
  ] as const) {
    const { response } = await run(validator, { config: values, request: { headers: { ...headers } } })
    assert.is(response.status, status, Object.keys(headers).join())
  }
})

test('request-validator: a header that Kong drops behind it, as Connection names it, is none', async () => {
  const values = { ...config, header_schema: '{"required":["x-shop"]}' }
  const body = '{"id":1}'
  for (const [connection, status] of [
    ['close', 200],
    ['close, X-Shop', 400],
    ['content-type', 415],
  ] as const) {
    const request = { method: 'POST', headers: { ...json, 'x-shop': '1', connection }, body }
    assert.is((await run(validator, { config: values, request })).response.status, status, connection)
  }
  const many = { connection: 'x-many', 'x-many': Array.from({ length: 1000 }, () => '1'), 'x-shop': '1' }
  for (const schemas of [values, config])
    assert.is((await run(validator, { config: schemas, request: { headers: many } })).response.status, 400)
  const twice = { method: 'POST', headers: { ...json, Content_Type: 'text/plain', 'x-shop': '1' }, body }
  assert.is((await run(validator, { config, request: twice })).response.status, 415)
  const long = { method: 'POST', headers: { ...json, 'x-shop': '1', connection: 'content-length' }, body }
  const limited = { ...values, max_body_bytes: 2 }
  const { response, calls } = await run(validator, { config: limited, request: long })
  assert.is(response.status, 413)
  assert.not(calls.some(({ method }) => method === 'kong.request.get_raw_body'))
})

test('request-validator: a body as nested as can be, and as long, is answered', async () => {
  const config = {
    body_schema: JSON.stringify({
      $ref: '#/definitions/tree',
      definitions: { tree: { items: { $ref: '#/definitions/tree' } } },
    }),
  }
  for (const [depth, status] of [
    [500, 200],
    [501, 400],
    [200_000, 400],
  ] as const) {
    const body = '['.repeat(depth) + ']'.repeat(depth)
    const { response } = await run(validator, { config, request: { method: 'POST', headers: json, body } })
    assert.is(response.status, status, String(depth))
  }
})

// Each would take hours without its bound.
for (const [what, schema, value, wrong] of [
  [
    'a pattern that backtracks',
    { maxLength: 20, pattern: '^(a+)+$' },
    `${'a'.repeat(60)}!`,
    ['must NOT have more than 20 characters'],
  ],
  [
    'a long list of unique members',
    { maxItems: 3, uniqueItems: true },
    Array.from({ length: 60_000 }, (_, a) => ({ a })),
    ['must NOT have more than 3 items'],
  ],
  [
    'an address of many colons',
    { format: 'url' },
    `http://[${'1:'.repeat(500_000)}`,
    ['must match format "url"'],
  ],
] as const)
  test(`request-validator: ${what} does not hold the process up`, async () => {
    const request = { method: 'POST', headers: json, body: JSON.stringify(value) }
    const { response } = await run(validator, { config: { body_schema: JSON.stringify(schema) }, request })
    assert.equal(
      said(response).errors?.map((error) => error.what),
      wrong,
    )
  })

test('request-validator: a pattern and unique members are what they were', async () => {
  const config = {
    body_schema: JSON.stringify({
      properties: {
        a: { maxLength: 4, pattern: '^.😀+$' },
        b: { uniqueItems: true },
        c: { uniqueItems: false },
      },
    }),
  }
  for (const [body, places] of [
    ['{"a":"x😀😀😀","b":[1,"1",true,null,{"a":1,"b":[]},{"a":1},[1],[[1]]],"c":[1,1]}', []],
    ['{"a":"xy"}', ['/a']],
    ['{"b":[1,1.0]}', ['/b']],
    ['{"b":[{"a":1,"b":2},{"b":2,"a":1}]}', ['/b']],
    ['{"b":[[1,{"a":null}],[1,{"a":null}]]}', ['/b']],
  ] as const) {
    const { response } = await run(validator, { config, request: { method: 'POST', headers: json, body } })
    const found = response.status === 200 ? [] : said(response).errors?.map(({ where }) => where)
    assert.equal(found, places, body)
  }
})

test('request-validator: more arguments than Kong reads are refused, not left unchecked', async () => {
  const query = Array.from({ length: 1001 }, (_, number) => `a=${number}`).join('&')
  const { response } = await run(validator, { config: { query_schema: '{}' }, request: { query } })
  assert.is(response.status, 400)
  assert.is(said(response).errors?.[0]?.what, 'has 1000 values or more')
})

test('request-validator: without a body a GET passes, and a POST where the configuration says so', async () => {
  assert.is((await run(validator, { config })).response.status, 200)
  const posted = { config: { ...config, body_required: false }, request: { method: 'POST' } }
  assert.is((await run(validator, posted)).response.status, 200)
  const got = { config, request: { method: 'GET', headers: json, body: '{"id":"a"}' } }
  assert.is((await run(validator, got)).response.status, 400)
})

test('request-validator: the list is cut, and left out where the client is not to know', async () => {
  const list = { body_schema: '{"items":{"type":"integer"}}' }
  const request = { method: 'POST', headers: json, body: '["a","b","c"]' }
  const three = said((await run(validator, { config: { ...list, max_errors: 2 }, request })).response)
  assert.equal([three.errors?.map(({ where }) => where), three.more], [['/0', '/1'], 1])
  const first = said((await run(validator, { config: { ...list, max_errors: 1 }, request })).response)
  assert.equal([first.errors?.length, first.more], [1, undefined])
  const { response } = await run(validator, { config: { ...list, explain: false }, request })
  assert.equal(said(response), { message: 'The request is not valid' })
})

test('request-validator: each draft has its own keywords', async () => {
  const pair = '{"prefixItems":[{"type":"integer"}]}'
  const request = { method: 'POST', headers: json, body: '["a"]' }
  const later = await run(validator, { config: { body_schema: pair, draft: '2020-12' }, request })
  assert.is(later.response.status, 400)
  const earlier = await run(validator, { config: { body_schema: pair }, request })
  assert.is(earlier.response.status, 500)
})

test('request-validator: inherited names are no members of a body', async () => {
  const inherited = { body_schema: '{"required":["toString"]}' }
  const request = { method: 'POST', headers: json, body: '{}' }
  assert.is((await run(validator, { config: inherited, request })).response.status, 400)
})

test('request-validator: a configuration without any schema is refused', async () => {
  await run(validator, { config: {} }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'at least one of these fields must be non-empty'),
  )
})

test.run()
