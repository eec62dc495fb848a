// Requests as the recorder would have them: what a person meets in a day's work, and what nobody should.
import type { DevState, PluginConfig } from '../../../src/dev/inspector/api.ts'
import type { RecordedRequest, RequestSummary } from '../../../src/dev/inspector/record.ts'

export const state: DevState = {
  version: '0.1.0',
  gateway: {
    http: 'http://127.0.0.1:8000',
    https: 'https://127.0.0.1:8443',
    stream: 'tcp://127.0.0.1:9000',
  },
  upstream: 'the built-in echo',
  programs: [
    {
      file: 'examples/hello/plugin.ts',
      release: 3,
      protocol: 'ProtoBuf:1',
      plugins: [{ name: 'hello', version: '0.2.0', priority: 1, phases: ['access', 'log'] }],
    },
    {
      file: 'examples/key-guard/plugin.ts',
      release: 1,
      protocol: 'MsgPack:1',
      plugins: [{ name: 'key-guard', version: '1.0.0', priority: 1000, phases: ['access'] }],
    },
  ],
  notes: ['The plugin rate-limiting is not run: it is not one of the programs that were given'],
  problems: [],
}

export const plugins: readonly PluginConfig[] = [
  {
    id: 'p-hello',
    name: 'hello',
    enabled: true,
    scope: 'route hello-route',
    given: { message: 'good day' },
    effective: { message: 'good day', denied: [], mode: 'header' },
    isEdited: false,
    fields: [
      {
        message: {
          type: 'string',
          required: true,
          default: 'hello',
          description: 'What is said to the host.',
        },
      },
      { denied: { type: 'array', required: true, default: [], elements: { type: 'string' } } },
      { mode: { type: 'string', default: 'header', one_of: ['header', 'body'] } },
      { limits: { type: 'record', required: true, fields: [{ size: { type: 'integer', default: 10 } }] } },
    ],
  },
  {
    id: 'p-guard',
    name: 'key-guard',
    enabled: false,
    scope: 'all requests',
    given: {},
    effective: { header: 'x-key' },
    isEdited: false,
    fields: [{ header: { type: 'string', default: 'x-key' } }],
  },
]

const noBody = { size: 0, text: '', isCut: false }
/** 2026-01-02 10:00:00 in UTC. */
const begin = Date.UTC(2026, 0, 2, 10)

/** A request that nothing special happened to. */
export function plain(id: number, changes: Partial<RecordedRequest> = {}): RecordedRequest {
  return {
    id,
    requestId: `id-${id}`,
    kind: 'http',
    startedAt: begin + id * 1337,
    state: 'done',
    method: 'GET',
    url: `/items/${id}?page=2`,
    host: '127.0.0.1:8000',
    status: 200,
    duration: 4.25,
    route: 'hello-route',
    consumer: undefined,
    failed: false,
    plugins: [],
    client: { ip: '127.0.0.1', port: 40_000 + id },
    service: 'echo',
    came: {
      method: 'GET',
      scheme: 'http',
      url: `/items/${id}?page=2`,
      headers: [['host', '127.0.0.1:8000']],
      body: noBody,
    },
    handlers: [],
    logs: [],
    failures: [],
    response: { status: 200, headers: [], body: noBody, source: 'service' },
    ...changes,
  }
}

/** Two plugins, round trips of several calls, and a body that is changed under way. */
export const changed = plain(12, {
  method: 'POST',
  url: '/orders?draft=1',
  status: 201,
  duration: 18.4,
  consumer: 'alice',
  plugins: ['key-guard', 'hello'],
  came: {
    method: 'POST',
    scheme: 'http',
    url: '/orders?draft=1',
    headers: [
      ['host', 'shop.example'],
      ['user-agent', 'curl/8.5.0'],
      ['accept', '*/*'],
      ['content-type', 'application/json'],
      ['content-length', '36'],
      ['x-key', "it's secret"],
      ['x-tag', 'one'],
      ['x-tag', 'two'],
    ],
    body: { size: 36, text: '{"item":"tea","count":1,"note":"a b"}', isCut: false },
  },
  sent: {
    target: '127.0.0.1:40001',
    at: 9,
    took: 6.5,
    method: 'PUT',
    scheme: 'http',
    url: '/v2/orders',
    headers: [
      ['host', 'shop.example'],
      ['user-agent', 'curl/8.5.0'],
      ['accept', '*/*'],
      ['content-type', 'application/json'],
      ['content-length', '52'],
      ['x-tag', 'one'],
      ['x-consumer-username', 'alice'],
    ],
    body: { size: 52, text: '{"item":"tea","count":2,"note":"a b","by":"alice"}', isCut: false },
  },
  answered: {
    status: 200,
    headers: [
      ['content-type', 'text/plain'],
      ['server', 'echo'],
    ],
    body: { size: 18, text: 'first\nsecond\nthird', isCut: false },
  },
  response: {
    status: 201,
    source: 'service',
    headers: [
      ['content-type', 'text/plain'],
      ['x-hello-from-ts', 'TypeScript says good day to shop.example'],
    ],
    body: { size: 17, text: 'first\nnext\nthird', isCut: false },
  },
  handlers: [
    {
      plugin: 'key-guard',
      phase: 'access',
      release: 1,
      at: 0.6,
      took: 6.1,
      end: 'returned',
      calls: [
        {
          method: 'kong.request.get_header',
          args: ['x-key'],
          result: "it's secret",
          at: 1.1,
          took: 0.4,
          trip: 1,
        },
        {
          method: 'kong.client.load_consumer',
          args: ['alice', true],
          result: { id: '5b1c', username: 'alice', tags: ['staff', 'night shift'] },
          at: 2.2,
          took: 0.9,
          trip: 2,
        },
        {
          method: 'kong.client.authenticate',
          args: [
            { id: '5b1c', username: 'alice' },
            { id: 'c-1', key: "it's secret" },
          ],
          at: 3.8,
          took: 0.3,
          trip: 3,
        },
        { method: 'kong.service.request.clear_header', args: ['x-key'], at: 4.1, took: 0.2, trip: 3 },
        {
          method: 'kong.service.request.set_header',
          args: ['x-consumer-username', 'alice'],
          at: 4.3,
          took: 0.2,
          trip: 3,
        },
        { method: 'kong.service.request.set_path', args: ['/v2/orders'], at: 4.5, took: 0.1, trip: 3 },
      ],
    },
    {
      plugin: 'hello',
      phase: 'access',
      release: 3,
      at: 6.9,
      took: 3.2,
      end: 'returned',
      calls: [
        {
          method: 'kong.request.get_header',
          args: ['host'],
          result: 'shop.example',
          at: 7.3,
          took: 0.3,
          trip: 1,
        },
        {
          method: 'kong.response.set_header',
          args: ['x-hello-from-ts', 'TypeScript says good day to shop.example'],
          at: 8.9,
          took: 0.2,
          trip: 2,
        },
      ],
    },
    { plugin: 'hello', phase: 'log', release: 3, at: 17.1, took: 0.8, end: 'returned', calls: [] },
  ],
  logs: [
    { at: 4.5, level: 'notice', text: '[key-guard] alice came in', plugin: 'key-guard' },
    { at: 17.5, level: 'warn', text: '[hello] the order was a draft', plugin: 'hello' },
  ],
})

/** A handler that threw, and one at whose call Kong raised. */
export const broken = plain(13, {
  url: '/broken',
  status: 500,
  failed: true,
  plugins: ['hello'],
  came: { method: 'GET', scheme: 'http', url: '/broken', headers: [], body: noBody },
  response: { status: 500, headers: [], body: { size: 5, text: 'oops\n', isCut: false }, source: 'error' },
  handlers: [
    {
      plugin: 'hello',
      phase: 'access',
      release: 3,
      at: 0.4,
      took: 1.2,
      end: 'raised',
      why: 'kong.response.set_header: header name must be a string',
      calls: [{ method: 'kong.response.set_header', args: [7, 'x'], at: 0.9, took: 0.3, trip: 1 }],
    },
  ],
  logs: [{ at: 1.4, level: 'err', text: '[hello] Cannot read properties of undefined', plugin: 'hello' }],
  failures: [
    {
      plugin: 'hello',
      phase: 'access',
      message: "TypeError: Cannot read properties of undefined (reading 'name')",
      frames: [
        {
          text: 'at greet (examples/hello/plugin.ts:9:27)',
          file: 'examples/hello/plugin.ts',
          line: 9,
          column: 27,
          excerpt: [
            { line: 7, text: '  async access(kong, config) {' },
            { line: 8, text: '    const user = users.get(await kong.request.getHeader("x-user"))' },
            { line: 9, text: '    kong.response.setHeader("x-user", user.name)' },
            { line: 10, text: '  },' },
          ],
        },
        { text: 'at async runHandler (src/server/run.ts:40:5)' },
      ],
    },
  ],
})

const markup = '<script>window.pwned = true</script><img src=x onerror="window.pwned = true">'

/** Bytes from somebody who wants to harm the page. */
export const hostile = plain(14, {
  method: 'POST',
  url: `/${markup}?${'q'.repeat(6000)}`,
  status: 404,
  consumer: `${markup}\u202egnol`,
  plugins: ['hello'],
  came: {
    method: 'POST',
    scheme: 'https',
    url: `/${markup}?${'q'.repeat(6000)}`,
    headers: [
      ['x-markup', markup],
      ['x-long', 'L'.repeat(30_000)],
      ['x-turned', 'abc\u202edef\u0007'],
      ['__proto__', 'polluted'],
      ['constructor', 'of what'],
    ],
    body: { size: 90_000, text: `${markup}\n${'b'.repeat(64_000)}`, isCut: true },
  },
  sent: {
    target: '127.0.0.1:40001',
    at: 2,
    took: undefined,
    method: 'POST',
    scheme: 'http',
    url: '/other',
    headers: [['x-markup', markup]],
    body: { size: 64_000, base64: 'AAECAwT/'.repeat(8_000), isCut: false },
  },
  handlers: [
    {
      plugin: 'hello',
      phase: 'access',
      release: 3,
      at: 0.1,
      took: undefined,
      end: undefined,
      calls: [
        {
          method: 'kong.log.err',
          args: [markup, 'M'.repeat(50_000)],
          result: { markup },
          at: 0.2,
          took: 0.1,
          trip: 1,
        },
      ],
    },
  ],
  logs: [{ at: 0.3, level: 'info', text: `${markup}${'T'.repeat(20_000)}` }],
})

export function summaryOf(request: RecordedRequest): RequestSummary {
  const { id, requestId, kind, startedAt, state, method, url } = request
  const { host, status, duration, route, consumer, failed, plugins } = request
  return {
    id,
    requestId,
    kind,
    startedAt,
    state,
    method,
    url,
    host,
    status,
    duration,
    route,
    consumer,
    failed,
    plugins,
  }
}
