import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnswersFor } from '../../src/fake-kong/answer.ts'
import { answerCall, answers, rows } from '../../src/fake-kong/answers.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import type { methods } from '../../src/pdk/methods.ts'

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
    'x-why': ['a', 'b'],
  })
})

test('answerCall: a limit that Kong refuses raises', () => {
  const answered = answerCall({ world: createWorld(), phase: 'access' }, 'kong.request.get_headers', [0])
  assert.equal(answered, { kind: 'raised', why: 'kong.request.get_headers: expected 1 to 1000, got 0' })
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
