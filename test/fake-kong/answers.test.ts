import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnswersFor } from '../../src/fake-kong/answer.ts'
import { answerCall, answers, rows } from '../../src/fake-kong/answers.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import type { methods } from '../../src/pdk/methods.ts'
import type { Phase } from '../../src/pdk/phases.ts'

const facts = JSON.parse(readFileSync(new URL('../pdk/pdk-facts.json', import.meta.url), 'utf8')) as {
  name: string
}[]

test('answers: there is one for each function that Kong is known to offer', () => {
  const known = [...new Set(facts.map(({ name }) => name))].sort()
  assert.equal(Object.keys(answers).sort(), known)
  assert.equal([...rows.keys()].sort(), known)
})

test('AnswersFor: a row without an answer does not compile, nor an answer without a row', () => {
  const answer = () => true
  // @ts-expect-error kong.ip.is_trusted has no answer
  const missing = {} satisfies AnswersFor<typeof methods.ip>
  // @ts-expect-error kong.ip.is_known has no row
  const surplus = { 'kong.ip.is_trusted': answer, 'kong.ip.is_known': answer } satisfies AnswersFor<
    typeof methods.ip
  >
  assert.equal([Object.keys(missing).length, Object.keys(surplus).length], [0, 2])
})

test('answerCall: exit ends the event and fills the response', () => {
  const world = createWorld()
  const exit = ['kong.response.exit', [403, { message: 'no' }, { 'X-Why': ['a', 'b'] }]] as const
  assert.equal(answerCall({ world, phase: 'access' }, ...exit), { kind: 'exit' })
  assert.is(world.response.status, 403)
  assert.is(world.response.source, 'exit')
  assert.is(String(world.response.body), '{"message":"no"}')
  assert.equal(world.response.headers, {
    'content-type': ['application/json; charset=utf-8'],
    'content-length': ['16'],
    'x-why': ['a', 'b'],
  })
})

/** Kong's words, from the functions of Kong 3.9.1. */
const refused: readonly [phase: Phase, method: string, args: readonly unknown[], words: string][] = [
  ['access', 'kong.request.get_headers', [0], 'max_headers must be >= 1'],
  ['access', 'kong.request.get_headers', [1001], 'max_headers must be <= 1000'],
  ['access', 'kong.request.get_headers', ['9'], 'max_headers must be a number'],
  ['access', 'kong.request.get_query', [2000], 'max_args must be <= 1000'],
  ['access', 'kong.request.get_header', [], 'header name must be a string'],
  ['access', 'kong.request.get_body', ['application/x-www-form-urlencoded', 0], 'max_args must be >= 1'],
  ['access', 'kong.response.set_status', [99], 'code must be a number between 100 and 599'],
  ['access', 'kong.response.exit', [], 'code must be a number'],
  ['access', 'kong.response.exit', [200, true], 'body must be a nil, string or table'],
  ['access', 'kong.response.exit', [200, '', 'x'], 'headers must be a nil or table'],
  ['access', 'kong.response.error', [399], 'code must be a number between 400 and 599'],
  [
    'access',
    'kong.response.set_header',
    ['x-a'],
    'invalid header value for "x-a": got nil, expected array of string, string, number or boolean',
  ],
  [
    'access',
    'kong.response.set_headers',
    [{ 'x-a': [1] }],
    'invalid header value in array "x-a": got number, expected string',
  ],
  ['access', 'kong.service.request.set_path', ['a'], 'path must start with /'],
  ['access', 'kong.service.request.set_scheme', ['ftp'], 'invalid scheme: ftp'],
  ['access', 'kong.service.request.set_method', ['BAD'], 'invalid method: BAD'],
  ['access', 'kong.service.request.set_body', [{}, 'text/plain'], 'unsupported content type text/plain'],
  ['access', 'kong.service.set_target', ['a', 1.5], 'port must be an integer'],
  [
    'access',
    'kong.service.set_target',
    ['a', 70000],
    'port must be an integer between 0 and 65535: given 70000',
  ],
  ['access', 'kong.service.set_retries', [-1], 'retries must be an integer between 0 and 32767: given -1'],
  [
    'access',
    'kong.service.set_timeouts',
    [1, 0, 1],
    'write_timeout must be an integer between 1 and 2147483646: given 0',
  ],
  ['access', 'kong.client.load_consumer', ['alice'], 'cannot load a consumer with an id that is not a uuid'],
  ['access', 'kong.client.authenticate', [], 'either credential or consumer must be provided'],
  ['access', 'kong.log.err', [], "bad argument #1 to 'select' (index out of range)"],
  ['access', 'kong.configuration', [], "attempt to call local 'method' (a table value)"],
  ['rewrite', 'kong.service.set_target', ['a', 1], "attempt to index field 'balancer_data' (a nil value)"],
  [
    'rewrite',
    'kong.router.get_route',
    [],
    'function cannot be called in rewrite phase (only in: access, response, header_filter, body_filter, log)',
  ],
  [
    'response',
    'kong.client.authenticate',
    [],
    'function cannot be called in response phase (only in: access)',
  ],
  ['log', 'kong.request.get_method', [], 'API disabled in the current context'],
  [
    'log',
    'kong.service.response.get_raw_body',
    [],
    'service body is only available with buffered proxying (see: kong.service.request.enable_buffering function)',
  ],
]

test('answerCall: what Kong refuses raises in its words', () => {
  for (const [phase, method, args, why] of refused)
    assert.equal(answerCall({ world: createWorld(), phase }, method, args), { kind: 'raised', why }, method)
})

test('answerCall: a wrong phase is refused before a wrong argument', () => {
  const answered = answerCall({ world: createWorld(), phase: 'access' }, 'kong.response.get_headers', [0])
  assert.match((answered as { why: string }).why, /^function cannot be called in access phase/)
})

test('answerCall: limits count lines of headers and arguments', () => {
  const scene = {
    phase: 'access' as const,
    world: createWorld({
      request: { headers: { 'x-a': ['1', '2'], 'x-b': '3' }, query: 'a=1&a&b=2' },
    }),
  }
  const value = (method: string, most: number) =>
    (answerCall(scene, method, [most]) as { value: unknown }).value
  assert.equal(value('kong.request.get_headers', 1), { 'x-a': '1' })
  assert.equal(value('kong.request.get_headers', 2), { 'x-a': ['1', '2'] })
  assert.equal(value('kong.request.get_query', 2), { a: ['1', true] })
})

test('answerCall: one header of a response, and of a request in log, is looked for in the first hundred', () => {
  const hundred = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`x-${index}`, ['1']]))
  const headers = { ...hundred, 'x-hundredth': ['a'], 'x-behind': ['b'] }
  const world = createWorld({ request: { headers } })
  world.response.headers = headers
  const first = (phase: Phase, method: string, name: string) => answerCall({ world, phase }, method, [name])
  for (const [phase, method, behind] of [
    ['access', 'kong.request.get_header', 'b'],
    ['log', 'kong.request.get_header', undefined],
    ['response', 'kong.response.get_header', undefined],
    ['log', 'kong.response.get_header', undefined],
  ] as const) {
    assert.equal(first(phase, method, 'x_Hundredth'), { kind: 'result', value: 'a' }, `${method} in ${phase}`)
    assert.equal(first(phase, method, 'x-behind'), { kind: 'result', value: behind }, `${method} in ${phase}`)
  }
})

test('answerCall: a name that is no function is unknown, as one of Object.prototype is', () => {
  for (const name of ['kong.request.get_nothing', 'constructor', '__proto__'])
    assert.equal(answerCall({ world: createWorld(), phase: 'access' }, name, []), { kind: 'unknown' })
})

test('answerCall: keys of Object.prototype are plain keys of ctx', () => {
  const scene = { world: createWorld(), phase: 'access' } as const
  const get = (key: string) => answerCall(scene, 'kong.ctx.shared.get', [key])
  assert.equal(get('constructor'), { kind: 'result', value: undefined })
  answerCall(scene, 'kong.ctx.shared.set', ['__proto__', 'mine'])
  assert.equal(get('__proto__'), { kind: 'result', value: 'mine' })
  assert.equal(Object.getPrototypeOf(scene.world.ctx.shared), Object.prototype)
})

test('createWorld: shares nothing with what was given, nor with another world', () => {
  const given = { ctx: { shared: { list: [1] } }, route: { id: 'r', paths: ['/a'] } }
  const world = createWorld(given)
  world.ctx.shared.list = 2
  world.upstream.request.headers.host = ['changed']
  assert.equal(given.ctx.shared.list, [1])
  assert.equal(world.request.headers.host, ['example.com:8000'])
  assert.equal(createWorld().upstream.request.headers.host, ['example.com:8000'])
  assert.is.not(world.route, given.route)
})

test('createWorld: header names become lower case, values lists, and a text body bytes', () => {
  const { request } = createWorld({ request: { headers: { 'X-A': '1', 'x-b': ['2', '3'] }, body: 'é' } })
  assert.equal(request.headers['x-a'], ['1'])
  assert.equal(request.headers['x-b'], ['2', '3'])
  assert.equal([...request.body], [0xc3, 0xa9])
})

test.run()
