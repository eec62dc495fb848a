import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordedRequest, RequestSummary } from '../../src/dev/inspector/record.ts'
import { createRecorder } from '../../src/dev/inspector/record-requests.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import { recordFlow, scripted } from './support/inspector-flow.ts'

const resolveSource = () => undefined
const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

/** A clock that goes on by one millisecond each time somebody looks. */
function ticking(): () => number {
  let time = 1_700_000_000_000
  return () => time++
}

test('createRecorder: keeps a request with its messages, calls, logs and handlers as JSON', async () => {
  const recorder = createRecorder({ resolveSource, now: ticking() })
  const record = await recordFlow(
    recorder,
    [
      scripted('hello', {
        access: [
          { method: 'kong.request.get_header', args: ['host'], trip: 1 },
          { method: 'kong.log.notice', args: ['seen ', 12, ' times'], trip: 1 },
          { method: 'kong.service.request.set_header', args: ['x-sent', 'yes'], trip: 2 },
          { method: 'kong.response.set_header', args: ['x-hello', 'you'], trip: 2 },
        ],
      }),
    ],
    { request: { method: 'POST', headers: { host: 'shop.example' }, body: 'sent' }, requestId: 'abc' },
  )
  assert.is(record.id, 1)
  assert.is(record.requestId, 'abc')
  assert.is(record.kind, 'http')
  assert.is(record.state, 'done')
  assert.is(record.method, 'POST')
  assert.is(record.url, '/hello?name=world')
  assert.is(record.host, 'shop.example')
  assert.is(record.status, 200)
  assert.is(record.route, 'hello-route')
  assert.is(record.service, 'hello-service')
  assert.is(record.failed, false)
  assert.ok((record.duration ?? 0) > 0)
  assert.equal(record.client, { ip: '127.0.0.1', port: 40000 })
  assert.equal(record.came.headers[0], ['host', 'shop.example'])
  assert.equal(record.came.body, { size: 4, text: 'sent', isCut: false })
  assert.is(record.sent?.url, '/?name=world')
  assert.is(record.sent?.target, 'upstream.example:80')
  const [access] = record.handlers
  const { at = 0, took = -1 } = record.sent ?? {}
  assert.ok(at >= (access?.at ?? 0) + (access?.took ?? 0) && took >= 0 && at + took <= (record.duration ?? 0))
  assert.equal(
    record.sent?.headers.filter(([name]) => name === 'x-sent' || name === 'host'),
    [
      ['host', 'upstream.example'],
      ['x-sent', 'yes'],
    ],
  )
  assert.equal(record.sent?.body, { size: 4, text: 'sent', isCut: false })
  assert.is(record.answered?.status, 200)
  assert.equal(record.answered?.body, { size: 19, text: '{"message":"hello"}', isCut: false })
  assert.is(record.response?.source, 'service')
  assert.ok(record.response?.headers.some(([name, value]) => name === 'x-hello' && value === 'you'))
  assert.equal(
    record.handlers.map(({ plugin, phase, release, end }) => ({ plugin, phase, release, end })),
    [{ plugin: 'hello', phase: 'access', release: 3, end: 'returned' }],
  )
  const [handler] = record.handlers
  assert.equal(
    handler?.calls.map(({ method, args, result, trip }) => ({ method, args, result, trip })),
    [
      { method: 'kong.request.get_header', args: ['host'], result: 'shop.example', trip: 1 },
      { method: 'kong.log.notice', args: ['seen ', 12, ' times'], result: undefined, trip: 1 },
      { method: 'kong.service.request.set_header', args: ['x-sent', 'yes'], result: undefined, trip: 2 },
      { method: 'kong.response.set_header', args: ['x-hello', 'you'], result: undefined, trip: 2 },
    ],
  )
  for (const call of handler?.calls ?? []) {
    assert.ok(call.at >= (handler?.at ?? 0))
    assert.ok(call.took > 0)
  }
  assert.equal(
    record.logs.map(({ at: _, ...line }) => line),
    [{ level: 'notice', text: 'seen 12 times', plugin: 'hello' }],
  )
  assert.equal({ consumer: undefined, ...(json(record) as object) }, record as object)
})

test('createRecorder: tells of a request that begins, goes, is answered and ends', async () => {
  const told: RequestSummary[] = []
  const recorder = createRecorder({ resolveSource, onChange: (summary) => told.push(summary) })
  await recordFlow(recorder, [scripted('hello', {})])
  assert.equal(
    told.map(({ state, status }) => [state, status]),
    [
      ['running', undefined],
      ['running', undefined],
      ['running', 200],
      ['done', 200],
    ],
  )
})

test('subscribe: hears of changes and of clearing until it ends', async () => {
  const recorder = createRecorder({ resolveSource })
  const told: unknown[] = []
  const end = recorder.subscribe((change) => told.push(change === 'cleared' ? change : change.state))
  recorder.begin(createWorld(), 'http').finish('aborted')
  recorder.clear()
  end()
  recorder.clear()
  assert.equal(told, ['running', 'aborted', 'cleared'])
})

test('list: gives the newest first, and no more than the most', () => {
  const recorder = createRecorder({ resolveSource, most: 3 })
  for (let index = 0; index < 5; index++) recorder.begin(createWorld(), 'http').finish('done')
  assert.equal(
    recorder.list().map(({ id }) => id),
    [5, 4, 3],
  )
  assert.is(recorder.get(2), undefined)
  assert.is(recorder.get(3)?.id, 3)
})

test('clear: forgets all, and says nothing more of what was under way', () => {
  const told: unknown[] = []
  const recorder = createRecorder({ resolveSource })
  const recording = recorder.begin(createWorld(), 'http')
  recorder.clear()
  recorder.subscribe((change) => told.push(change))
  recording.finish('done')
  assert.equal(recorder.list(), [])
  assert.equal(told, [])
  assert.is(recorder.begin(createWorld(), 'http') === recording, false)
  assert.is(recorder.list()[0]?.id, 2)
})

test('finish: the first word counts', () => {
  const recorder = createRecorder({ resolveSource })
  const recording = recorder.begin(createWorld(), 'http')
  recording.finish('aborted')
  recording.finish('done')
  assert.is(recorder.get(1)?.state, 'aborted')
})

test('of: finds the recording of a world that was begun, and none of another', () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld()
  const recording = recorder.begin(world, 'http')
  assert.is(recorder.of(world), recording)
  assert.is(recorder.of(createWorld()), undefined)
})

test('before and after: a call of a world that nobody began is passed over', async () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld()
  assert.is(await recorder.before(world, 'access', 'kong.request.get_method'), undefined)
  recorder.after(world, 'access', { method: 'kong.request.get_method', args: [], trip: 1 })
  assert.equal(recorder.list(), [])
})

test('pass: keeps the first 64 kB of what passes by, and counts all', () => {
  const recorder = createRecorder({ resolveSource })
  const recording = recorder.begin(createWorld(), 'http')
  for (let index = 0; index < 100; index++) recording.pass('came', Buffer.alloc(1000, 'a'))
  const body = recorder.get(1)?.came.body
  assert.is(body?.size, 100_000)
  assert.is(body?.isCut, true)
  assert.is(body?.text, 'a'.repeat(65_536))
})

test('pass: a character that the limit cuts in two does not make bytes of a text', () => {
  const recorder = createRecorder({ resolveSource })
  const recording = recorder.begin(createWorld(), 'http')
  recording.pass('came', Buffer.from(`a${'é'.repeat(40_000)}`))
  assert.is(recorder.get(1)?.came.body.text, `a${'é'.repeat(32_767)}`)
})

test('pass: bytes that are no text come as base64, and are a copy', () => {
  const recorder = createRecorder({ resolveSource })
  const recording = recorder.begin(createWorld(), 'http')
  const bytes = Buffer.from([0xff, 0x00, 0x80])
  recording.pass('came', bytes)
  bytes.fill(0)
  assert.equal(recorder.get(1)?.came.body, { size: 3, base64: '/wCA', isCut: false })
})

test('pass: takes the place of the body that the world has', () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld({ request: { body: 'whole' } })
  const recording = recorder.begin(world, 'http')
  recording.forward()
  recording.pass('sent', Buffer.from('wh'))
  recording.pass('sent', Buffer.from('ole'))
  recording.finish('done')
  assert.equal(recorder.get(1)?.sent?.body, { size: 5, text: 'whole', isCut: false })
})

test('respond: a response to HEAD has no body, whatever a plugin gave', () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld({ request: { method: 'HEAD' } })
  const recording = recorder.begin(world, 'http')
  world.response.body = Buffer.from('no')
  recording.respond()
  recording.finish('done')
  assert.equal(recorder.get(1)?.response?.body, { size: 0, text: '', isCut: false })
})

test('calls: values that JSON does not have are shown as what they are', async () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld()
  const recording = recorder.begin(world, 'http')
  recording.enter('hello', 'access', 1)
  const args = [
    Buffer.from('text'),
    Buffer.from([0xff]),
    'a\udcff',
    new Map<unknown, unknown>([
      [1, 'one'],
      [3, 'three'],
    ]),
    { nested: [null, Number.NaN], gone: undefined },
    'x'.repeat(5000),
    JSON.parse('{"__proto__":1}'),
  ]
  recorder.after(world, 'access', { method: 'kong.table.merge', args, trip: 1 })
  assert.equal(json(recorder.get(1)?.handlers[0]?.calls[0]?.args), [
    'text',
    { $base64: '/w==', size: 1 },
    { $base64: 'Yf8=', size: 2 },
    { 1: 'one', 3: 'three' },
    { nested: [null, 'NaN'] },
    `${'x'.repeat(4096)}… (5,000 characters)`,
    JSON.parse('{"__proto__":1}'),
  ])
})

test('calls: the first 1,000 of a handler are kept, the others counted', () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld()
  const recording = recorder.begin(world, 'http')
  recording.enter('hello', 'access', 1)
  for (let index = 0; index < 1500; index++)
    recorder.after(world, 'access', { method: 'kong.request.get_method', args: [], result: 'GET', trip: 1 })
  recording.leave('hello', 'access', { end: 'returned' })
  const [handler] = recorder.get(1)?.handlers ?? []
  assert.is(handler?.calls.length, 1000)
  assert.is(handler?.moreCalls, 500)
})

test('calls: values of more than a megabyte in all are counted only', () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld()
  recorder.begin(world, 'http').enter('hello', 'access', 1)
  const large = Array.from({ length: 1000 }, () => 'x'.repeat(4000))
  for (let index = 0; index < 100; index++)
    recorder.after(world, 'access', { method: 'kong.log', args: [large], trip: 1 })
  assert.ok(JSON.stringify(recorder.get(1)).length < 1_300_000)
  assert.ok((recorder.get(1)?.handlers[0]?.moreCalls ?? 0) > 50)
})

test('logs: the first 500 lines are kept, the others counted', () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld()
  const recording = recorder.begin(world, 'http')
  for (let index = 0; index < 700; index++) world.log.push({ level: 'err', parts: ['no'], by: 'kong' })
  recording.finish('done')
  const { logs, moreLogs } = recorder.get(1) as RecordedRequest
  assert.is(logs.length, 500)
  assert.is(moreLogs, 200)
  assert.is(logs[0]?.plugin, undefined)
})

test('leave: a handler that Kong raised at says why, and the request has failed', async () => {
  const recorder = createRecorder({ resolveSource })
  const record = await recordFlow(recorder, [
    scripted('hello', { access: [{ method: 'kong.service.request.set_method', args: ['BAD'], trip: 1 }] }),
  ])
  assert.is(record.failed, true)
  assert.is(record.handlers[0]?.end, 'raised')
  assert.match(record.handlers[0]?.why ?? '', 'BAD')
  assert.is(record.response?.status, 500)
  assert.is(record.response?.source, 'error')
  assert.is(record.sent, undefined)
  assert.equal(
    record.logs.map(({ plugin }) => plugin),
    [undefined],
  )
})

test('failures: a handler that threw is shown with the lines around each place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kts-lines-'))
  try {
    const file = join(folder, 'plugin.ts')
    writeFileSync(file, Array.from({ length: 9 }, (_, index) => `line ${index + 1}`).join('\n'))
    const asked: string[] = []
    const recorder = createRecorder({
      resolveSource(name) {
        asked.push(name)
        return name === 'plugin.ts' ? file : undefined
      },
    })
    const failed =
      'hello access (instance 17) failed: TypeError: no | way at all | at check (plugin.ts:2:9) | at async Object.access (src/other.ts:5:1) | caused by Error: deep | at new Thing (plugin.ts:8:3) | at plugin.ts:99:1 | at check (plug...'
    const record = await recordFlow(recorder, [
      scripted('hello', {
        access: [
          { method: 'kong.log.err', args: [failed], trip: 1 },
          { method: 'kong.response.exit', args: [500, 'failed'], trip: 1 },
        ],
      }),
    ])
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => ({
        line: from + index,
        text: `line ${from + index}`,
      }))
    assert.equal(record.failures, [
      {
        plugin: 'hello',
        phase: 'access',
        message: 'TypeError: no\nway at all',
        frames: [
          { text: 'check (plugin.ts:2:9)', file: 'plugin.ts', line: 2, column: 9, excerpt: lines(1, 5) },
          { text: 'async Object.access (src/other.ts:5:1)', file: 'src/other.ts', line: 5, column: 1 },
          { text: 'caused by Error: deep' },
          { text: 'new Thing (plugin.ts:8:3)', file: 'plugin.ts', line: 8, column: 3, excerpt: lines(5, 9) },
          { text: 'plugin.ts:99:1', file: 'plugin.ts', line: 99, column: 1 },
          { text: 'check (plug...' },
        ],
      },
    ])
    assert.equal(asked, ['plugin.ts', 'src/other.ts', 'plugin.ts', 'plugin.ts'])
    assert.is(record.failed, true)
    assert.is(record.handlers[0]?.end, 'exited')
    assert.is(record.response?.source, 'exit')

    writeFileSync(file, 'another first line\nand a second one')
    const again = await recordFlow(recorder, [
      scripted('hello', { access: [{ method: 'kong.log.err', args: [failed], trip: 1 }] }),
    ])
    assert.equal(again.failures[0]?.frames[0]?.excerpt, [
      { line: 1, text: 'another first line' },
      { line: 2, text: 'and a second one' },
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('failures: what a plugin logs about another, or not as an error, is no failure', async () => {
  const recorder = createRecorder({ resolveSource })
  const line = 'hello access (instance 17) failed: Error: no | at check (plugin.ts:2:9)'
  const record = await recordFlow(recorder, [
    scripted('other', { access: [{ method: 'kong.log.err', args: [line], trip: 1 }] }),
    scripted('hello', { access: [{ method: 'kong.log.warn', args: [line], trip: 1 }] }),
  ])
  assert.equal(record.failures, [])
  assert.is(record.failed, false)
  assert.is(record.logs.length, 2)
})

test('begin: a stream has its target for an address, a handshake the name that was asked for', () => {
  const recorder = createRecorder({ resolveSource })
  const world = createWorld({ subsystem: 'stream', client: { protocol: 'tcp' } })
  const recording = recorder.begin(world, 'stream')
  world.upstream.target = { host: 'db.internal', port: 5432 }
  recording.pass('came', Buffer.from('hi'))
  recording.forward()
  recording.pass('answered', Buffer.from('ho'))
  recording.pass('response', Buffer.from('ho'))
  recording.finish('done')
  const stream = recorder.get(1)
  assert.is(stream?.answered?.body.text, 'ho')
  assert.is(stream?.response?.body.text, 'ho')
  assert.is(stream?.response?.source, 'service')
  assert.is(stream?.method, 'TCP')
  assert.is(stream?.url, 'db.internal:5432')
  assert.is(stream?.sent?.target, 'db.internal:5432')
  assert.equal(stream?.came.headers, [])
  assert.is(stream?.came.body.text, 'hi')
  recorder
    .begin(createWorld({ variables: { ssl_server_name: 'shop.example' } }), 'handshake')
    .finish('refused')
  const handshake = recorder.get(2)
  assert.is(handshake?.host, 'shop.example')
  assert.is(handshake?.state, 'refused')
})

test('createRecorder: nothing that goes wrong in it reaches the request', async () => {
  const recorder = createRecorder({
    resolveSource() {
      throw new Error('no such place')
    },
    onChange() {
      throw new Error('nobody listens')
    },
  })
  const hostile = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('not for you')
      },
    },
  )
  const world = createWorld()
  const recording = recorder.begin(world, 'http')
  recording.enter('hello', 'access', 1)
  recorder.after(world, 'access', { method: 'kong.log', args: [hostile], trip: 1 })
  recorder.after(world, 'access', {
    method: 'kong.log.err',
    args: ['hello access (instance 1) failed: Error: no | at check (plugin.ts:2:9)'],
    trip: 1,
  })
  world.log.push({ level: 'err', parts: ['hello access (instance 1) failed: Error: no | at a (b.ts:1:1)'] })
  recording.leave('hello', 'access', { end: 'returned' })
  recording.finish('done')
  assert.is(recorder.get(1)?.state, 'done')
  assert.is(recorder.get(1)?.failures.length, 1)
})

test.run()
