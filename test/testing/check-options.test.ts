import { test } from 'uvu'
import * as assert from 'uvu/assert'
import hello from '../../examples/hello/plugin.ts'
import { definePlugin } from '../../src/index.ts'
import { run, start, TestingError } from '../../src/testing/index.ts'
import { levels, thrownBy } from './support/levels.ts'

let ran = 0

/** Ends a test where it runs though it should not. */
const plain = definePlugin({ version: '1.0.0', access: () => void ran++ })
const wants = (path: string, value: string, want: string) => `Cannot use ${value} as ${path}: ${want}`

/** Options as JavaScript, and types that were bent, would give them. */
const refused: readonly (readonly [options: unknown, sentence: string | RegExp])[] = [
  [{ requst: {} }, 'Cannot use requst: there is no such option, did you mean request?'],
  [{ lvel: 'wire' }, 'Cannot use lvel: there is no such option, did you mean level?'],
  [{ colour: 1 }, /^Cannot use colour: there is no such option; there are config, request, route, .*others$/],
  [{ request: { pth: '/' } }, 'Cannot use request.pth: there is no such option, did you mean request.path?'],
  [{ service: { prot: 1 } }, 'Cannot use service.prot: there is no such option, did you mean service.port?'],
  [{ route: { stripPath: false } }, /route\.stripPath: .* did you mean route\.strip_path\?$/],
  [{ client: { adress: 'x' } }, /^Cannot use client\.adress: there is no such option; there are ip, port, /],
  [{ consumers: [{ id: 'a' }, { user: 'b' }] }, /^Cannot use consumers\[1\]\.user: .*there are username, /],
  [
    { upstream: { staus: 404 } },
    /upstream\.staus: there is no such option, did you mean upstream\.status\?$/,
  ],
  [
    { measured: { session: { got: 1 } } },
    /^Cannot use measured\.session\.got: .*; there are received, sent$/,
  ],
  [{ constructor: 1 }, /^Cannot use constructor: there is no such option/],
  [
    { consumer: 'bob' },
    wants(
      'consumer',
      '"bob"',
      'it must be an object with any of username, custom_id, id, created_at, updated_at, ...',
    ),
  ],
  [{ consumer: null }, /^Cannot use null as consumer: it must be an object/],
  [
    { route: '/a' },
    /^Cannot use "\/a" as route: it must be an object with any of paths, .*, or null for none$/,
  ],
  [
    { upstream: 5 },
    wants(
      'upstream',
      '5',
      "it must be an object with any of status, headers, body, or a function of the request that gives one, or 'echo'",
    ),
  ],
  [{ upstream: 'ecko' }, /^Cannot use "ecko" as upstream: it must be an object/],
  [
    { upstream: { status: 'x' } },
    wants('upstream.status', '"x"', 'it must be a whole number from 100 to 999'),
  ],
  [{ upstream: { body: 5 } }, wants('upstream.body', '5', 'it must be text, bytes or an object')],
  [
    { now: 'yesterday' },
    wants('now', '"yesterday"', "it must be a Date or milliseconds since 1970, as new Date('2030-01-01')"),
  ],
  [{ now: new Date('never') }, /as now: it must be a Date/],
  [{ dialect: 'MsgPack:2' }, wants('dialect', '"MsgPack:2"', 'did you mean MsgPack:1?')],
  [{ dialect: 'json' }, wants('dialect', '"json"', 'there are ProtoBuf:1, MsgPack:1')],
  [{ request: { scheme: 'ftp' } }, wants('request.scheme', '"ftp"', 'there are http, https')],
  [{ request: { headers: { a: 1 } } }, /^Cannot use \{"a":1\} as request\.headers: .* lists of text in it/],
  [{ request: { body: { a: 1 } } }, wants('request.body', '{"a":1}', 'it must be text or bytes')],
  [{ request: [] }, /^Cannot use \[\] as request: it must be an object/],
  [{ vault: { '{vault://env/a}': 1 } }, /as vault: it must be an object with text in it$/],
  [{ trustedIps: '10.0.0.1' }, wants('trustedIps', '"10.0.0.1"', 'it must be a list of text')],
  [{ phases: 'access' }, wants('phases', '"access"', 'it must be a list of text')],
  [{ stream: 'yes' }, wants('stream', '"yes"', 'it must be true or false')],
  [{ limit: '5' }, wants('limit', '"5"', 'it must be a whole number above 0')],
  [{ pieces: 0 }, wants('pieces', '0', 'it must be a whole number above 0')],
  [{ others: hello }, /^Cannot use \{.* as others: it must be a list, as \[\{ plugin: \.\.\. \}\]$/],
  [
    { others: [hello] },
    /^Cannot use others\[0\]\.\w+: there is no such option; there are plugin, name, config$/,
  ],
  [{ fault: { rase: 'x' } }, 'Cannot use fault.rase: there is no such option, did you mean fault.raise?'],
  [{ fault: 'raise' }, /^Cannot use "raise" as fault: it must be an object with any of raise, close, /],
  [{ fault: { restart: 'logg' } }, wants('fault.restart', '"logg"', 'did you mean log?')],
  ...[{}, { raise: undefined }, { raise: 'a', close: 'b' }, { close: 'a', words: 'b' }].map(
    (fault) =>
      [
        { fault },
        /as fault: it must be \{ raise, words\? \}, \{ close \}, \{ stall, ms \} or \{ restart \}$/,
      ] as const,
  ),
  [5, /^Cannot use 5 as options: it must be an object/],
]

for (const [options, sentence] of refused)
  test(`run: refuses ${JSON.stringify(options)} in a sentence, and nothing has run`, async () => {
    ran = 0
    const error = await thrownBy(run(plain, options as object))
    assert.instance(error, TestingError)
    if (typeof sentence === 'string') assert.is(error.message, sentence)
    else assert.match(error.message, sentence)
    assert.is(ran, 0)
  })

test('start, run of a server: an option that belongs to the other says so', async () => {
  const early = await thrownBy(start(plain, { request: {} } as object))
  assert.is(early.message, 'Cannot use request in start: it is an option of the run of what it gives')
  const misspelt = await thrownBy(start(plain, { lvel: 'wire' } as object))
  assert.is(misspelt.message, 'Cannot use lvel: there is no such option, did you mean level?')
  const server = await start(plain)
  const late = await thrownBy(server.run({ level: 'wire' } as object))
  const wrong = await thrownBy(server.run({ now: 'yesterday' as never }))
  await server.close()
  assert.is(late.message, 'Cannot use level in run of a server: it is an option of start')
  assert.match(wrong.message, /^Cannot use "yesterday" as now/)
})

test('upstream: what a function gives is checked as an answer is', async () => {
  const wrong: [answer: unknown, words: RegExp][] = [
    [{ status: 'x' }, /^Cannot use "x" as the answer of upstream\.status: it must be a whole number/],
    [undefined, /^Cannot use undefined as the answer of upstream: it must be an object with any of status, /],
    [
      { statuss: 200 },
      /^Cannot use the answer of upstream\.statuss: .*did you mean the answer of upstream\.status\?$/,
    ],
  ]
  for (const [answer, words] of wrong) {
    const error = await thrownBy(run(plain, { upstream: () => answer as object }))
    assert.instance(error, TestingError)
    assert.match(error.message, words)
  }
})

test('others: a plugin that is there already is refused, by its name or as it is', async () => {
  const named = { ...plain, name: 'twin' }
  const words = (name: string) =>
    `Cannot run ${name} twice on one request, as Kong never does: leave one of them out, or give one another name`
  const message = async (promise: Promise<unknown>) => (await thrownBy(promise)).message
  assert.is(await message(run(named, { others: [{ plugin: hello, name: 'twin' }] })), words('twin'))
  const twice = [
    { plugin: hello, name: 'hello' },
    { plugin: hello, name: 'hello' },
  ] as const
  assert.is(await message(start(plain, { others: twice })), words('hello'))
  assert.is(await message(run(plain, { others: [{ plugin: { default: plain } }] })), words('the same plugin'))
  const apart = [
    { plugin: hello, name: 'a' },
    { plugin: hello, name: 'b' },
  ] as const
  assert.is((await run(plain, { others: apart })).response.status, 200)
})

for (const { level, dialect, where } of levels) {
  test(`fault: one that never comes to pass fails the test (${where})`, async () => {
    const call = 'kong.request.get_method'
    const sentence = `Cannot let Kong fail at ${call}: the plugin never called it; it called: kong.request.get_header, kong.response.set_header`
    for (const fault of [{ raise: call }, { close: call }, { stall: call, ms: 1 }]) {
      const error = await thrownBy(run(hello, { level, dialect, fault }))
      assert.instance(error, TestingError)
      assert.is(error.message, sentence)
    }
    const silent = await thrownBy(run(plain, { level, dialect, fault: { raise: call } }))
    assert.match(silent.message, /the plugin never called it; it called: none$/)
  })
}

test('fault: a restart before a phase that never comes fails the test', async () => {
  const error = await thrownBy(run(hello, { level: 'wire', fault: { restart: 'log' } }))
  assert.is(
    error.message,
    'Cannot start the server again before log: the phase never came; handlers that ran: access',
  )
})

test('fault: each request of a server has its own', async () => {
  const server = await start(hello)
  const fault = { raise: 'kong.request.get_header' }
  assert.is((await server.run({ fault })).response.status, 500)
  const unmet = server.run({ fault: { raise: 'kong.request.get_method' } })
  assert.instance(await thrownBy(unmet), TestingError)
  assert.is((await server.run({ fault })).response.status, 500)
  await server.close()
})

test('run: an option that is undefined is left out', async () => {
  const options = {
    request: { path: undefined, method: undefined, headers: undefined },
    route: { paths: undefined },
    service: { host: undefined },
    client: { ip: undefined },
    node: { version: undefined },
    ...Object.fromEntries(
      ['vault', 'variables', 'trustedIps', 'consumers', 'consumer', 'upstream', 'now', 'fault'].map(
        (name) => [name, undefined],
      ),
    ),
  }
  const { response, upstream } = await run(hello, options as object)
  assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hello to example.com:8000')
  assert.equal([upstream?.method, upstream?.path, upstream?.host], ['GET', '/', 'upstream.example'])
  assert.is(upstream?.headers['x-forwarded-for'], '127.0.0.1')
})

test('run: every part of the world may be named', async () => {
  const { response } = await run(hello, {
    config: { message: 'hi' },
    request: {
      method: 'PUT',
      scheme: 'http',
      host: 'a.example',
      port: 80,
      path: '/hello',
      body: Buffer.from('x'),
    },
    route: { paths: ['/hello'], headers: { a: ['b'] }, service: { id: 's' }, tags: ['t'] },
    service: { host: 'b.example', client_certificate: { id: 'c' }, tls_verify: true },
    consumer: { username: 'bob' },
    consumers: [{ id: 'c', username: 'carol' }],
    credential: { id: 'd', anything: [1] },
    groups: [{ id: 'g', name: 'gold' }],
    upstream: { status: 201, headers: { a: ['b', 'c'] }, body: new Uint8Array(3) },
    now: 0,
    client: { ip: '192.0.2.1', certificateChain: undefined },
    ctx: { shared: { a: 1 } },
    vault: { '{vault://env/a}': 'b' },
    variables: { a: 'b' },
    node: { edition: 'enterprise', statistics: { total_requests: 2 } },
    measured: { latencies: { kong: 1 }, tries: [{ code: 502 }], session: { received: 1, sent: 2 } },
    captures: { unnamed: ['/hello'], named: { a: 'b' } },
    workspace: { id: 'w', name: 'default' },
    trustedIps: ['10.0.0.1'],
    upstreams: ['u'],
    requestId: 'r',
  })
  assert.is(response.status, 201)
})

test('run: members that are undefined are left out, in faults, headers and captures too', async () => {
  const seen: unknown[] = []
  const plugin = definePlugin({
    version: '1.0.0',
    async access(kong) {
      seen.push(await kong.request.getHeader('x-a'), await kong.request.getHeader('x-b'))
      seen.push(await kong.request.getUriCaptures())
    },
  })
  const { response } = await run(plugin, {
    request: { headers: { 'x-a': 'a', 'x-b': undefined as never } },
    captures: { named: { id: '12' } } as never,
    upstream: { headers: { 'x-c': undefined as never } },
  })
  assert.equal(seen, ['a', undefined, { unnamed: [], named: { id: '12' } }])
  assert.is(response.headers['x-c'], undefined)
  const fault = { raise: 'kong.request.get_header', close: undefined, ms: undefined } as never
  assert.is((await run(plugin, { fault })).response.status, 500)
})

test.run()
