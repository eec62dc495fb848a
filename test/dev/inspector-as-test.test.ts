import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type TestContext, testOf } from '../../src/dev/inspector/as-test.ts'
import type { RecordedCall, RecordedRequest } from '../../src/dev/inspector/record.ts'
import { createRecorder } from '../../src/dev/inspector/record-requests.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import { Project } from '../testing/support/project.ts'
import { recordFlow, scripted } from './support/inspector-flow.ts'

const hello: TestContext = {
  pluginFile: './plugin.ts',
  plugin: { name: 'hello', config: { message: 'good morning' } },
}

const call = (method: string, ...args: unknown[]): RecordedCall => ({ method, args, at: 0, took: 1, trip: 1 })
const handler = (plugin: string, ...calls: RecordedCall[]): RecordedRequest['handlers'][number] => ({
  plugin,
  phase: 'access',
  release: 1,
  at: 0,
  took: 1,
  end: 'returned',
  calls,
})
const text = (given: string) => ({ size: Buffer.byteLength(given), text: given, isCut: false })

/** A request through examples/hello, as the gateway records it. */
const greeted = {
  id: 7,
  requestId: '0123456789abcdef0123456789abcdef',
  kind: 'http',
  startedAt: 1_700_000_000_000,
  state: 'done',
  method: 'GET',
  url: '/users/12?page=2',
  host: 'shop.example',
  status: 200,
  duration: 5,
  route: 'users',
  consumer: undefined,
  failed: false,
  plugins: ['hello'],
  client: { ip: '127.0.0.1', port: 40000 },
  service: 'people',
  came: {
    method: 'GET',
    scheme: 'http',
    url: '/users/12?page=2',
    headers: [
      ['host', 'shop.example'],
      ['user-agent', 'curl/8'],
      ['connection', 'keep-alive'],
    ],
    body: text(''),
  },
  sent: {
    target: 'people.internal:8080',
    at: 1,
    took: 1,
    method: 'GET',
    scheme: 'http',
    url: '/v1/users/12?page=2',
    headers: [
      ['via', '1.1 kong/3.9.1'],
      ['host', 'people.internal:8080'],
      ['x-forwarded-for', '127.0.0.1'],
      ['x-kong-request-id', '0123456789abcdef0123456789abcdef'],
      ['user-agent', 'curl/8'],
    ],
    body: text(''),
  },
  answered: {
    status: 200,
    headers: [
      ['content-type', 'text/plain'],
      ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['content-length', '6'],
    ],
    body: text('people'),
  },
  response: {
    status: 200,
    source: 'service',
    headers: [
      ['x-hello-from-ts', 'TypeScript says good morning to shop.example'],
      ['content-type', 'text/plain'],
      ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['content-length', '6'],
      ['x-kong-proxy-latency', '3'],
      ['x-kong-request-id', '0123456789abcdef0123456789abcdef'],
    ],
    body: text('people'),
  },
  handlers: [
    handler(
      'hello',
      call('kong.request.get_header', 'host'),
      call('kong.response.set_header', 'x-hello-from-ts', 'TypeScript says good morning to shop.example'),
    ),
  ],
  logs: [],
  failures: [],
} as const satisfies RecordedRequest

const routed: TestContext = {
  ...hello,
  route: { id: 'r-1', name: 'users', paths: ['/users'], strip_path: false, hosts: ['shop.example'] },
  service: {
    id: 's-1',
    name: 'people',
    protocol: 'http',
    host: 'people.internal',
    port: 8080,
    path: '/v1',
    retries: 5,
  },
}

const project = new Project()
test.before(() => {
  project.write('plugin.ts', readFileSync('examples/hello/plugin.ts', 'utf8'))
  project.write(
    'tsconfig.json',
    JSON.stringify({ extends: 'kong-ts-pdk/tsconfig.plugin.json', files: ['types.test.ts'] }),
  )
})
test.after(() => project.remove())

/** Runs a test under node:test. */
function run(code: string): { passed: boolean; output: string } {
  project.write('exported.test.ts', code)
  const { status, output } = project.node('--test', '--test-reporter=tap', 'exported.test.ts')
  return { passed: status === 0 && /^# pass 1$/m.test(output), output }
}

/** What TypeScript says of a test, under the configuration that the kit gives to authors. */
function typeErrors(code: string): string {
  project.write('types.test.ts', code)
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', join(project.folder, 'tsconfig.json')], {
    encoding: 'utf8',
  })
  return `${stdout}${stderr}`
}

test('testOf: a request as a test, which reads as if a person had written it', () => {
  assert.is(
    testOf(greeted, routed),
    `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from 'kong-ts-pdk/testing'
import plugin from './plugin.ts'

test('hello: GET /users/12?page=2 gives 200', async () => {
  const { response, upstream } = await run(plugin, {
    config: { message: 'good morning' },
    request: {
      path: '/users/12?page=2',
      headers: { host: 'shop.example', 'user-agent': 'curl/8', accept: [] },
    },
    route: { name: 'users', paths: ['/users'], strip_path: false, hosts: ['shop.example'] },
    service: { name: 'people', protocol: 'http', host: 'people.internal', port: 8080, path: '/v1' },
    upstream: { headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] }, body: 'people' },
  })
  assert.equal(response.status, 200)
  assert.equal(response.headers['x-hello-from-ts'], 'TypeScript says good morning to shop.example')
  assert.equal(response.text, 'people')
  assert.equal(upstream?.path, '/v1/users/12')
})
`,
  )
})

test('testOf: the test passes, and fails where another header is expected', () => {
  const code = testOf(greeted, routed)
  const { passed, output } = run(code)
  assert.ok(passed, output)
  const headers = [['x-hello-from-ts', 'TypeScript says nothing']] as const
  const wrong = run(testOf({ ...greeted, response: { ...greeted.response, headers } }, routed))
  assert.not.ok(wrong.passed)
  assert.match(wrong.output, 'TypeScript says nothing')
})

test('testOf: what the recorder kept of a request is a test that passes', async () => {
  const recorder = createRecorder({ resolveSource: () => undefined })
  const said = 'TypeScript says good morning to shop.example'
  const record = await recordFlow(
    recorder,
    [
      scripted('hello', {
        access: [
          { method: 'kong.request.get_header', args: ['host'], trip: 1 },
          { method: 'kong.response.set_header', args: ['x-hello-from-ts', said], trip: 2 },
        ],
      }),
    ],
    {
      request: { method: 'POST', headers: { host: 'shop.example', 'content-length': '4' }, body: 'sent' },
      upstream: { response: { status: 201, headers: { 'x-made': 'yes' } } },
    },
  )
  const { route, service } = createWorld()
  const code = testOf(record, { ...hello, route, service })
  assert.match(code, said)
  assert.match(code, "assert.equal(upstream?.path, '/')")
  const { passed, output } = run(code)
  assert.ok(passed, output)
})

test('testOf: its types are right for the plugin', () => {
  assert.is(typeErrors(testOf(greeted, routed)), '')
  const misspelt = { ...routed, plugin: { name: 'hello', config: { mesage: 'x' } } }
  assert.match(typeErrors(testOf(greeted, misspelt)), 'mesage')
})

/** Whatever ends a literal, starts something in one, or cannot be seen. */
const hostile = `'"\`\${process.exit(3)}\\\n\r\t\0\u2028\u2029\u202e\ufeff\u{e0041}</script>*/ end`

test('testOf: text of strangers stays text', () => {
  const value = hostile.replace(/[\n\r\0]/g, ' ')
  const code = testOf(
    {
      ...greeted,
      url: `/users/${hostile}`,
      came: {
        ...greeted.came,
        method: 'POST',
        url: `/users/'%27\`?\${x}`,
        headers: [
          ['host', 'shop.example'],
          ['x-hostile', value],
          ['__proto__', 'x'],
          ['x-bytes', 'a\udcff'],
        ],
        body: text(hostile),
      },
      sent: {
        ...greeted.sent,
        method: 'POST',
        url: `/v1/users/'%27%60?\${x}`,
        headers: [
          ['x-hostile', value],
          ['__proto__', 'x'],
          ['x-bytes', 'a\udcff'],
        ],
        body: text(hostile),
      },
      answered: { ...greeted.answered, body: text(hostile) },
      response: { ...greeted.response, body: text(hostile) },
      handlers: [...greeted.handlers, handler(`other\n  process.exit(4) //`)],
    },
    { ...routed, plugin: { name: 'hello', config: { message: 'good morning' } } },
  )
  assert.not.match(code, /[\0\r\u2028\u2029\u202e\ufeff]/u)
  assert.not.match(code, /^ *process/m)
  assert.is(typeErrors(code), '')
  const { passed, output } = run(code)
  assert.ok(passed, output)
})

test('testOf: a config with such text is the same value again', () => {
  const config = { message: hostile }
  const said = `TypeScript says ${hostile} to shop.example`
  const code = testOf(
    {
      ...greeted,
      response: { ...greeted.response, headers: [['x-hello-from-ts', said.replace(/[\n\r\0]/g, ' ')]] },
    },
    { ...hello, plugin: { name: 'hello', config } },
  )
  const [, literal = ''] = /config: (.*),\n {4}request/s.exec(code) ?? []
  assert.equal(new Function(`return ${literal}`)(), config)
})

test('testOf: bodies that are no text are given and expected as base64', () => {
  const body = { size: 3, base64: Buffer.from([0xff, 0, 1]).toString('base64'), isCut: false }
  const binary = {
    ...greeted,
    method: 'POST',
    came: { ...greeted.came, method: 'POST', body },
    sent: { ...greeted.sent, method: 'POST', body },
    answered: { ...greeted.answered, body },
    response: { ...greeted.response, body },
  }
  const code = testOf(binary, routed)
  assert.match(code, "body: Buffer.from('/wAB', 'base64')")
  assert.match(code, "assert.equal(response.body.toString('base64'), '/wAB')")
  assert.is(typeErrors(code), '')
  const { passed, output } = run(code)
  assert.ok(passed, output)
})

test('testOf: nothing is expected of a body that was not kept whole', () => {
  const body = { size: 100_000, text: 'x'.repeat(65_536), isCut: true }
  const code = testOf(
    { ...greeted, answered: { ...greeted.answered, body }, response: { ...greeted.response, body } },
    routed,
  )
  assert.match(code, "// The service's body had 100,000 bytes")
  assert.not.match(code, 'response.text')
  const { passed, output } = run(code)
  assert.ok(passed, output)
})

test('testOf: a long body that only passed by is not expected', () => {
  const body = text(`${greeted.requestId} ${'x'.repeat(300)}`)
  const code = testOf(
    { ...greeted, answered: { ...greeted.answered, body }, response: { ...greeted.response, body } },
    routed,
  )
  assert.not.match(code, 'response.text')
  assert.not.match(code, 'requestId:')
})

test('testOf: a request that the plugin answered never went upstream', () => {
  const { sent: _sent, answered: _answered, ...came } = greeted
  project.write(
    'guard.ts',
    `import { definePlugin } from 'kong-ts-pdk'
export default definePlugin({
  version: '1.0.0',
  access: (kong) => kong.response.exit(403, { message: 'no' }, { 'x-why': 'closed' }),
})`,
  )
  const exited = {
    ...came,
    status: 403,
    response: {
      status: 403,
      source: 'exit',
      headers: [
        ['content-type', 'application/json; charset=utf-8'],
        ['x-why', 'closed'],
        ['server', 'kong/3.9.1'],
      ],
      body: text('{"message":"no"}'),
    },
    handlers: [{ ...handler('guard', call('kong.response.exit', 403)), end: 'exited' }],
  } as const
  const code = testOf(exited, { ...routed, pluginFile: './guard.ts', plugin: { name: 'guard', config: {} } })
  assert.match(code, 'assert.equal(upstream, undefined)')
  assert.match(code, "assert.equal(response.headers['x-why'], 'closed')")
  assert.match(code, `assert.equal(response.text, '{"message":"no"}')`)
  assert.not.match(code, 'config:')
  assert.is(typeErrors(code), '')
  const { passed, output } = run(code)
  assert.ok(passed, output)
})

test('testOf: a service that cannot be reached, and a route that is not there, give the same pages', () => {
  const { answered: _answered, sent, ...rest } = greeted
  const page = (words: string) => text(`{\n  "message":"${words}",\n  "request_id":"${greeted.requestId}"\n}`)
  const type = ['content-type', 'application/json; charset=utf-8'] as const
  const down = testOf(
    {
      ...rest,
      sent,
      status: 502,
      response: {
        status: 502,
        source: 'error',
        headers: [type, greeted.response.headers[0]],
        body: page('An invalid response was received from the upstream server'),
      },
    },
    routed,
  )
  assert.match(down, 'throw new UpstreamFailure(502,')
  assert.not.match(down, 'response.text')
  assert.is(typeErrors(down), '')
  const lost = testOf(
    {
      ...rest,
      route: undefined,
      service: undefined,
      status: 404,
      response: {
        status: 404,
        source: 'error',
        headers: [type],
        body: page('no Route matched with those values'),
      },
      handlers: [],
    },
    hello,
  )
  assert.match(lost, `requestId: '${greeted.requestId}'`)
  assert.match(lost, 'route: null,\n    service: null,')
  for (const code of [down, lost]) {
    const { passed, output } = run(code)
    assert.ok(passed, output)
  }
})

test('testOf: what other plugins changed is left to them', () => {
  const code = testOf(
    {
      ...greeted,
      sent: { ...greeted.sent, method: 'PUT', url: '/elsewhere', headers: [['x-other', '1']] },
      response: {
        ...greeted.response,
        status: 201,
        headers: [...greeted.response.headers, ['x-other', '1']],
      },
      handlers: [
        ...greeted.handlers,
        handler(
          'other',
          call('kong.response.set_header', 'x-other', '1'),
          call('kong.response.set_status', 201),
          call('kong.service.request.set_method', 'PUT'),
        ),
      ],
    },
    routed,
  )
  assert.match(code, "// What other plugins did is not in here: 'other'.")
  assert.not.match(code, 'assert.equal(response.status')
  assert.not.match(code, "'x-other'")
  assert.not.match(code, 'PUT')
  const { passed, output } = run(code)
  assert.ok(passed, output)
})

test('testOf: changed requests are expected with their method, query, headers and body', () => {
  project.write(
    'change.ts',
    `import { definePlugin } from 'kong-ts-pdk'
export default definePlugin({
  version: '1.0.0',
  access(kong) {
    kong.service.request.setMethod('PUT')
    kong.service.request.setRawQuery('b=2')
    kong.service.request.setHeader('x-added', '1')
    kong.service.request.clearHeader('x-secret')
    kong.service.request.setRawBody('other')
  },
})`,
  )
  const changed = {
    ...greeted,
    came: {
      ...greeted.came,
      method: 'POST',
      headers: [
        ['host', 'shop.example'],
        ['x-secret', 'x'],
        ['content-length', '4'],
      ],
      body: text('sent'),
    },
    sent: {
      ...greeted.sent,
      method: 'PUT',
      url: '/v1/users/12?b=2',
      headers: [
        ['x-added', '1'],
        ['content-length', '5'],
      ],
      body: text('other'),
    },
    response: { ...greeted.response, headers: greeted.answered.headers },
    handlers: [handler('change', call('kong.service.request.set_raw_body', 'other'))],
  } as const
  const code = testOf(changed, {
    ...routed,
    pluginFile: './change.ts',
    plugin: { name: 'change', config: {} },
  })
  for (const line of [
    "assert.equal(upstream?.method, 'PUT')",
    "assert.equal(upstream?.query, 'b=2')",
    "assert.equal(upstream?.headers['x-added'], '1')",
    "assert.equal(upstream?.headers['x-secret'], undefined)",
    "assert.equal(upstream?.text, 'other')",
  ])
    assert.match(code, line)
  assert.is(typeErrors(code), '')
  const { passed, output } = run(code)
  assert.ok(passed, output)
})

test('testOf: streams and handshakes are expected to end as they did', () => {
  project.write(
    'streams.ts',
    `import { definePlugin } from 'kong-ts-pdk'
export default definePlugin({
  version: '1.0.0',
  certificate() {},
  preread: (kong) => kong.service.setTarget('db.internal', 5432),
})`,
  )
  const context = { pluginFile: './streams.ts', plugin: { name: 'streams', config: {} } }
  const { answered: _answered, response: _response, ...rest } = greeted
  const stream = testOf(
    {
      ...rest,
      kind: 'stream',
      came: { method: 'TCP', scheme: 'tcp', url: 'db.internal:5432', headers: [], body: text('hi') },
      sent: { ...greeted.sent, target: 'db.internal:5432', headers: [] },
      handlers: [handler('streams')],
    },
    context,
  )
  assert.match(stream, "assert.deepEqual(target, { host: 'db.internal', port: 5432 })")
  const { sent: _sent, ...unsent } = rest
  const handshake = testOf(
    {
      ...unsent,
      kind: 'handshake',
      came: { method: 'TLS', scheme: 'https', url: '', headers: [], body: text('') },
      handlers: [handler('streams')],
    },
    context,
  )
  assert.match(handshake, "assert.equal(end, 'answered')")
  for (const code of [stream, handshake]) {
    assert.is(typeErrors(code), '')
    const { passed, output } = run(code)
    assert.ok(passed, output)
  }
})

test('testOf: a binary is run by its path', () => {
  const code = testOf(greeted, { ...routed, pluginFile: 'dist/linux-x64/hello' })
  assert.match(code, "await run('dist/linux-x64/hello', {")
  assert.not.match(code, 'import plugin')
})

test('testOf: who was known before is given, who the plugin authenticated is there to be found', () => {
  const consumer = { id: 'c-1', username: 'bob', created_at: 5 }
  const known = testOf({ ...greeted, consumer: 'bob' }, { ...routed, consumer })
  assert.match(known, "consumer: { id: 'c-1', username: 'bob' }")
  const own = testOf(
    { ...greeted, consumer: 'bob', handlers: [handler('hello', call('kong.client.authenticate', consumer))] },
    { ...routed, consumer },
  )
  assert.match(own, "consumers: [{ id: 'c-1', username: 'bob' }]")
})

test.run()
