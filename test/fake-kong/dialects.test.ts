import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Raised } from '../../src/fake-kong/answer.ts'
import { luaValue, unpacked } from '../../src/fake-kong/lua.ts'
import { encodeLua } from '../../src/fake-kong/msgpack/encode.ts'
import { answerStep } from '../../src/fake-kong/msgpack/peer.ts'
import { answerFrame } from '../../src/fake-kong/protobuf/peer.ts'
import { encodeResult } from '../../src/fake-kong/protobuf/results.ts'
import { createWorld, type WorldInput } from '../../src/fake-kong/world.ts'
import { cutMessages } from '../support/msgpack-oracle.ts'
import { bytesField, readFields, structMessage, valueMessage } from '../support/protobuf-oracle.ts'

const hexOf = (value: unknown) => encodeLua(value).toString('hex')

test('encodeLua: writes each size of number and text as Kong does, str8 never', () => {
  assert.is(hexOf([0, 127, 128, 255, 256, 65535, 65536, 2 ** 32]), hexOfNumbers)
  assert.is(hexOf([-1, -32, -33, -128, -129, -32769]), '96ffe0d0dfd080d1ff7fd2ffff7fff')
  assert.is(hexOf(1.5), 'cb3ff8000000000000')
  assert.is(hexOf('a'.repeat(31)).slice(0, 2), 'bf')
  assert.is(hexOf('a'.repeat(32)).slice(0, 6), 'da0020')
  assert.is(hexOf('a'.repeat(65536)).slice(0, 10), 'db00010000')
})

const hexOfNumbers = '98007fcc80ccffcd0100cdffffce00010000cf0000000100000000'

test('encodeLua: text keeps bytes that are not UTF-8', () => {
  assert.is(hexOf('\udcff'), 'a1ff')
})

test('encodeLua: a table without holes is a list, any other and none of names a map', () => {
  assert.equal(cutMessages(encodeLua({ a: [1, { b: true }] })).messages, [{ a: [1, { b: true }] }])
  assert.is(hexOf({}), '90')
  assert.is(hexOf(luaValue([false, null, 'x'])), '8201c203a178')
  assert.is(
    hexOf(
      new Map([
        [2, 'b'],
        [1, 'a'],
      ]),
    ),
    '92a161a162',
  )
})

test('unpacked: arguments end at the first nil, as for Lua', () => {
  assert.equal(unpacked([200, null, { a: 1 }]), [200])
  assert.equal(unpacked([{ a: null, b: [1, null] }]), [{ b: [1] }])
})

test("encodeResult: what ProtoBuf cannot carry raises in Kong's words", () => {
  const refusals = [
    ['String', true, "bad argument #2 to 'encode' (string expected for field 'v', got boolean)"],
    [
      'Value',
      luaValue([null, 'x']),
      "bad argument #2 to 'encode' (string expected for field 'key', got number)",
    ],
  ] as const
  for (const [gives, value, words] of refusals)
    assert.throws(
      () => encodeResult(gives, value),
      (error: Error) => error instanceof Raised && error.message === words,
    )
})

test('encodeResult: nil, "" and 0 are an empty message, and nil in a Value is 1', () => {
  for (const [gives, value] of [
    ['String', undefined],
    ['String', ''],
    ['Int', 0],
    ['Struct', {}],
    ['Route', undefined],
  ] as const)
    assert.is(encodeResult(gives, value).length, 0)
  assert.equal(encodeResult('Value', undefined), valueMessage(null))
  assert.equal(encodeResult('Value', []), bytesField(5, structMessage({})))
})

const spooled: WorldInput = { request: { body: 'long', bodyFile: '/kong/body' } }

test('get_raw_body: of a body in a file ProtoBuf gives the path, MsgPack raises, and reads it with a limit', () => {
  const scene = { world: createWorld(spooled), phase: 'access' as const }
  const frame = answerFrame(scene, 'kong.request.get_raw_body', Buffer.alloc(0))
  assert.ok('frame' in frame)
  assert.equal(
    readFields(frame.frame).map(({ number, value }) => [number, String(value)]),
    [[2, '/kong/body']],
  )
  const step = answerStep(scene, 'kong.request.get_raw_body', [])
  assert.is('end' in step && step.end, 'raised')
  const read = answerStep(scene, 'kong.request.get_raw_body', [0])
  assert.equal('data' in read && cutMessages(read.data!.bytes).messages, [Buffer.from('long')])
})

test('get_raw_body: a limit below the size leaves the body in its file', () => {
  const scene = { world: createWorld(spooled), phase: 'access' as const }
  const step = answerStep(scene, 'kong.request.get_raw_body', [3])
  assert.is('end' in step && step.end, 'raised')
})

test.run()
