import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { methods } from '../../src/pdk/methods.ts'
import { type Dialect, type Phase, phases } from '../../src/pdk/phases.ts'
import type { Row } from '../../src/pdk/row.ts'
import { everyDoc, everyRow, tagOf } from './rows.ts'

interface Fact {
  name: string
  path: string
  phases: string[]
  raisesInLog: boolean
  edition: string
  since: string
  protobuf?: { takes: string; gives: string; since: string }
}

interface Call {
  phase: string
  method: string
  args: unknown[]
  outcome?: string
}

interface Conversation {
  entries?: { calls: Call[]; client?: { status?: number } }[]
  calls?: Call[]
}

const facts = read<Fact[]>('./pdk-facts.json')
const rows = everyRow()
const byName = new Map(rows.map(({ row }) => [row.name, row]))

/** Phases in which a row is offered although the facts say that it raises, or the other way round. */
const corrected: Record<string, { phases: Phase[]; reason: string }> = {
  'kong.nginx.get_tls1_version_str': {
    phases: ['certificate', 'rewrite', 'access', 'response', 'preread', 'log'],
    reason: 'both recorded tours of log have its answer, nil',
  },
}

/** Recorded answers in phases where the function is not offered, and why it is not. */
const answeredInVain: Record<string, string> = {
  'kong.client.get_consumer_group': 'the open-source gateway answers nil to any name it does not know',
  'kong.client.get_consumer_groups': 'the open-source gateway answers nil to any name it does not know',
  'kong.client.set_authenticated_consumer_group': 'the open-source gateway answers nil to any unknown name',
  'kong.client.authenticate_consumer_group_by_consumer_id':
    'the open-source gateway answers nil to any unknown name',
  'kong.client.tls.request_client_certificate': 'a stub of the stream subsystem: nil in preread',
  'kong.client.tls.disable_session_reuse': 'a stub of the stream subsystem: nil in preread',
  'kong.client.tls.get_full_client_certificate_chain': 'a stub of the stream subsystem: nil in preread',
  'kong.client.tls.set_client_verify': 'a stub of the stream subsystem: nil in preread',
  'kong.service.request.disable_tls': 'does nothing outside the stream subsystem: nil',
}

/** Offered in log, but not in the recorded tours of log, and why not. */
const leftOutOfLogTours: Record<string, string> = {
  'kong.client.get_protocol': 'the recorded route has two protocols, and it answers for a route with one',
  'kong.client.get_consumer_group': 'unknown to the open-source gateway',
  'kong.client.get_consumer_groups': 'unknown to the open-source gateway',
  'kong.vault.is_reference': 'the tours call no vault',
  'kong.vault.parse_reference': 'the tours call no vault',
  'kong.vault.get': 'the tours call no vault',
}

/** Functions that the tags of Kong's repository have in versions before those of the facts. */
const earlier: Readonly<Record<string, string>> = {
  'kong.log.deprecation': '2.6', // kong/pdk/log.lua of 2.6.0
  'kong.vault.init_worker': '3.3', // kong/pdk/vault.lua of 3.3.0
}

test('methods: holds the 123 functions that are reachable from outside, 74 of them over ProtoBuf', () => {
  assert.is(byName.size, 123)
  assert.is([...byName.values()].filter((row) => row.protobuf !== undefined).length, 74)
  assert.equal([...byName.keys()].sort(), facts.map((fact) => fact.name).sort())
})

test('methods: every function stands at its path', () => {
  const paths = new Set(rows.map(({ path, row }) => `${row.name} at ${path}`))
  for (const { name, path } of facts)
    assert.ok(
      paths.has(`${name} at ${path.replace('enterprise_edition', 'enterpriseEdition')}`),
      `${name} at ${path}`,
    )
})

test('methods: only bodies and the log record have further forms', () => {
  const known = new Set(facts.map((fact) => fact.path.replace('enterprise_edition', 'enterpriseEdition')))
  assert.equal(
    rows
      .map(({ path }) => path)
      .filter((path) => !known.has(path))
      .sort(),
    [
      'kong.log.serializeText',
      'kong.request.getRawBodyJson',
      'kong.request.getRawBodyText',
      'kong.service.response.getRawBodyJson',
      'kong.service.response.getRawBodyText',
    ],
  )
})

for (const fact of facts) {
  const row = byName.get(fact.name) as Row
  test(`${fact.name}: phases, messages, edition and version are Kong's`, () => {
    const offered = fact.phases.filter((phase) => !(phase === 'log' && fact.raisesInLog))
    assert.equal([...row.phases], inOrder(corrected[fact.name]?.phases ?? offered))
    const { protobuf } = fact
    assert.equal(row.protobuf, protobuf && { ...protobuf, since: short(protobuf.since) })
    assert.is(row.since, earlier[row.name] ?? short(fact.since))
    assert.is(row.edition ?? 'oss', fact.edition)
  })
}

test('methods: a form of the same call shares its row', () => {
  const { getRawBody, getRawBodyText, getRawBodyJson } = methods.request
  for (const row of [getRawBodyText, getRawBodyJson]) {
    assert.is(row.name, getRawBody.name)
    assert.is(row.phases, getRawBody.phases)
    assert.is(row.args, getRawBody.args)
  }
})

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const phase of ['certificate', 'rewrite', 'access', 'preread'] as const)
    test(`methods: agree with what Kong answered in ${phase} over ${dialect}`, () => {
      const answered = new Map<string, boolean>()
      for (const { calls, client } of conversation(dialect, `matrix-${phase}`).entries ?? [])
        for (const { method, args, outcome } of calls)
          if (byName.has(method)) {
            // Only a status in the 400s shows that it was the call that ended the request.
            const status = Math.floor(Number(args[0]) / 100) === 4 ? args[0] : Number.NaN
            const ended = byName.get(method)?.ends === true && client?.status === status
            answered.set(method, answered.get(method) === true || outcome === 'reply' || ended)
          }
      assert.ok(answered.size >= (dialect === 'ProtoBuf:1' ? 74 : 100), `${answered.size} functions recorded`)
      for (const [name, answer] of answered) {
        const row = byName.get(name) as Row
        const offered = row.phases.includes(phase)
        // Of a closed stream connection the recording shows no status.
        if (offered === answer || (row.ends && phase === 'preread')) continue
        assert.ok(answer && name in answeredInVain, `${name}: answered ${answer}, offered ${offered}`)
      }
    })

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  test(`methods: agree with what Kong answered in log over ${dialect}`, () => {
    const called = (of: Call[]) => new Set(of.map(({ method }) => method).filter((name) => byName.has(name)))
    const answered = called(conversation(dialect, 'tour-log').calls ?? [])
    const tried = called((conversation(dialect, 'matrix-access').entries ?? []).flatMap(({ calls }) => calls))
    assert.ok(answered.size >= 35, `${answered.size} functions recorded`)
    for (const name of new Set([...answered, ...tried])) {
      const offered = byName.get(name)?.phases.includes('log') === true
      if (offered === answered.has(name)) continue
      assert.ok(name in (offered ? leftOutOfLogTours : answeredInVain), `${name}: offered ${offered}`)
    }
  })

test('methods: no exception is out of use', () => {
  for (const name of [corrected, answeredInVain, leftOutOfLogTours].flatMap(Object.keys))
    assert.ok(byName.has(name), name)
})

test('methods: every function has a doc of the fixed form, true to its row', () => {
  const docs = everyDoc()
  assert.equal([...docs.keys()].sort(), rows.map(({ path }) => path).sort())
  for (const { path, row } of rows) {
    const doc = docs.get(path) as string
    const tag = (name: string) => tagOf(doc, name)
    assert.match(doc, /^[A-Z][^@]+[.]\n/, `${path}: opens with a sentence`)
    for (const name of ['returns', 'fails']) assert.ok(tag(name), `${path}: @${name}`)
    assert.is(
      tag('phases'),
      row.phases.length === phases.length ? 'all' : row.phases.join(', ') || 'none',
      path,
    )
    assert.is(tag('dialects'), row.protobuf === undefined ? 'MsgPack:1' : 'ProtoBuf:1, MsgPack:1', path)
    assert.match(tag('since') ?? '', new RegExp(`^Kong (Gateway Enterprise )?${row.since}$`), path)
    assert.is(
      tag('example') !== undefined,
      row.phases.length > 0,
      `${path}: an example where it can be called`,
    )
    const documented = doc.match(/^@param \w+ \S/gm)?.length ?? 0
    const rest = row.args.at(-1)?.rest === true ? 1 : 0
    assert.is(documented, row.args.length + rest, `${path}: a line per parameter`)
  }
})

test('methods: every file of functions is read for its docs', () => {
  const files = readdirSync(new URL('../../src/pdk/methods/', import.meta.url))
  assert.is(files.length, 18)
})

test('kong.client.loadConsumer: refuses what Kong raises for, and only that', () => {
  const finish = finishOf(methods.client.loadConsumer)
  const id = '33333333-3333-4333-8333-333333333333'
  assert.equal(finish([id, false]), [id, false])
  assert.equal(finish(['alice', true]), ['alice', true])
  assert.throws(() => finish(['alice', false]), /consumer_id must be a UUID, .* but it is "alice"/)
})

test('kong.client.authenticate: refuses to say nothing', () => {
  const finish = finishOf(methods.client.authenticate)
  assert.equal(finish([undefined, { id: 'c' }]), [undefined, { id: 'c' }])
  assert.throws(() => finish([undefined, undefined]), /consumer must be given when credential is not/)
})

test('kong.log: every level refuses a call without a part', () => {
  const { inspect, alert, crit, err, warn, notice, info, debug, emerg, self } = methods.log
  for (const row of [self, alert, crit, err, warn, notice, info, debug, emerg, inspect.self]) {
    assert.throws(() => finishOf(row)([]), /the first part must be given/)
    assert.equal(finishOf(row)(['a']), ['a'])
  }
})

test('kong.log.setSerializeValue: refuses a mode that Kong would raise for', () => {
  const finish = finishOf(methods.log.setSerializeValue)
  assert.equal(finish(['k', 'v', { mode: 'add' }]), ['k', 'v', { mode: 'add' }])
  assert.equal(finish(['k', undefined, undefined]), ['k', undefined, undefined])
  assert.throws(() => finish(['k', 'v', { mode: 'append' }]), /options.mode must be set, add or replace/)
})

test('kong.log.serialize: gives the record, and a sentence when it is no JSON', () => {
  const { then } = methods.log.serialize
  assert.equal(then('{"response":{"status":200}}'), { response: { status: 200 } })
  assert.throws(() => then('{'), /Cannot use what Kong answered to kong.log.serialize: /)
})

test('kong.request.getQueryArg: reads the query over ProtoBuf', () => {
  const { instead } = methods.request.getQueryArg
  const query = { a: ['1', '2'], flag: [true] }
  assert.is(instead.dialect, 'ProtoBuf:1')
  assert.is(instead.row.name, 'kong.request.get_query')
  assert.equal(instead.args(), [1000])
  assert.is(instead.result(query, ['a']), '1')
  assert.is(instead.result(query, ['flag']), true)
  assert.is(instead.result(query, ['none']), undefined)
  assert.is(instead.result(query, ['constructor']), undefined)
})

test('kong.request.getBody: asks for a body of any length once the type is given', () => {
  const finish = finishOf(methods.request.getBody)
  assert.equal(finish([undefined, undefined, undefined]), [undefined, undefined, undefined])
  assert.equal(finish(['application/json', undefined, undefined]), ['application/json', 100, 0])
  assert.equal(finish(['application/json', 5, 1024]), ['application/json', 5, 1024])
})

test('kong.request.getRawBodyJson: gives the value, undefined for an empty body, or says why not', () => {
  const { then } = methods.request.getRawBodyJson
  assert.equal(then(Buffer.from('{"a":["é"]}')), { a: ['é'] })
  assert.is(then(Buffer.alloc(0)), undefined)
  assert.throws(() => then(Buffer.from('a=1')), /kong.request.getRawBodyJson: the body is no JSON: /)
})

test('kong.request.getRawBodyText: reads UTF-8', () => {
  assert.is(methods.request.getRawBodyText.then(Buffer.from([0x68, 0xc3, 0xa9, 0xff])), 'hé\ufffd')
})

test('kong.request.getUriCaptures: both dialects give the same', () => {
  const { result } = methods.request.getUriCaptures
  const wanted = { unnamed: ['xyz'], named: { rest: 'xyz' } }
  const bytes = Buffer.from('xyz')
  assert.equal(result({ unnamed: [bytes], named: { rest: bytes } }), wanted)
  assert.equal(result({ unnamed: { 0: '/echo/xyz', 1: 'xyz' }, named: { rest: 'xyz' } }), wanted)
  assert.equal(result({ unnamed: { 2: 'b' }, named: [] }), { unnamed: ['', 'b'], named: {} })
  assert.equal(result({ unnamed: [], named: [] }), { unnamed: [], named: {} })
  assert.equal(result(undefined), { unnamed: [], named: {} })
})

test('kong.response.exit: sends text and bytes as they are, and objects as JSON with their type', () => {
  const finish = finishOf(methods.response.exit)
  const json = 'application/json; charset=utf-8'
  const bytes = new Uint8Array([0, 255])
  assert.equal(finish([204, undefined, undefined]), [204, undefined, undefined])
  assert.equal(finish([200, 'hi', undefined]), [200, 'hi', undefined])
  assert.is(finish([200, bytes, undefined])[1], bytes)
  assert.equal(finish([403, { message: 'no' }, undefined]), [
    403,
    '{"message":"no"}',
    { 'content-type': json },
  ])
  assert.equal(finish([200, [1, null], { a: '1' }]), [200, '[1,null]', { a: '1', 'content-type': json }])
  assert.equal(finish([200, {}, { 'Content-Type': 'x/y' }]), [200, '{}', { 'Content-Type': 'x/y' }])
  const ring: { self?: object } = {}
  ring.self = ring
  assert.throws(() => finish([200, ring, undefined]), /body must be a value that JSON can hold/)
})

test('methods: only a text may be left out before what follows, as Kong reads an empty one the same', () => {
  const gaps = rows.flatMap(({ row }) =>
    row.args.filter(({ gap }) => gap !== undefined).map(({ name, gap }) => [row.name, name, gap]),
  )
  assert.equal(gaps, [
    ['kong.response.exit', 'body', ''],
    ['kong.telemetry.log', 'message', ''],
  ])
})

const refused: [row: Row, index: number, values: unknown[], allowed: unknown[]][] = [
  [methods.response.exit, 0, [99, 600, 200.5, '200'], [100, 599]],
  [methods.response.exit, 1, [7, true, () => 1], ['', new Uint8Array(1), {}, [], undefined]],
  [methods.response.error, 0, [399, 600], [400, 599]],
  [methods.response.setStatus, 0, [99, 600], [100, 599]],
  [methods.service.setTarget, 1, [-1, 65536, 1.5], [0, 65535]],
  [methods.service.setRetries, 0, [-1, 32768], [0, 32767]],
  [methods.service.setTimeouts, 2, [0, 2147483647], [1, 2147483646]],
  [methods.service.request.setPath, 0, ['', 'nolead'], ['/']],
  [methods.service.request.setScheme, 0, ['ftp', 'HTTP'], ['http', 'https']],
  [methods.service.request.setMethod, 0, ['BAD', 'get'], ['GET', 'TRACE']],
  [methods.service.request.setBody, 1, ['text/plain'], ['application/json', undefined]],
  [methods.request.getQuery, 0, [0, 1001], [1, 1000, undefined]],
  [methods.request.getHeaders, 0, [0, 1001], [1, 1000, undefined]],
  [methods.response.getHeaders, 0, [0, 1001], [1, 1000, undefined]],
  [methods.service.response.getHeaders, 0, [0, 1001], [1, 1000, undefined]],
  [methods.node.getMemoryStats, 0, ['', 'x', 'kk'], ['b', 'K', undefined]],
  [methods.client.tls.setClientVerify, 0, ['', 'FAILED', 'success'], ['SUCCESS', 'NONE', 'FAILED:']],
]
for (const [row, index, values, allowed] of refused)
  test(`${row.name}: argument ${index + 1} is held to Kong's range`, () => {
    const argument = row.args[index] as Row['args'][number]
    for (const value of allowed) argument.check(value, 'here')
    for (const value of values)
      assert.throws(
        () => argument.check(value, 'here'),
        new RegExp(`Cannot call here: ${argument.name} must be`),
      )
  })

function finishOf({ finish }: Row): (args: readonly unknown[]) => readonly unknown[] {
  return (args) => (finish as NonNullable<Row['finish']>)(args, 'here')
}

function conversation(dialect: Dialect, name: string): Conversation {
  return read(`../conversations/${dialect === 'ProtoBuf:1' ? 'pb' : 'mp'}-${name}.json`)
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T
}

function inOrder(names: readonly string[]): string[] {
  return phases.filter((phase) => names.includes(phase))
}

/** `2.4.0` as `2.4`, `<=2.0` as `2.0`, `EE 3.x` as `3.x`. */
function short(version: string): string {
  return version.replace(/^(<=|EE )/, '').replace(/^(\d+\.\d+)\.0$/, '$1')
}

test.run()
