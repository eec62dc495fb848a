import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { ByteWriter } from '../../src/wire/bytes.ts'
import { type Decoded, decodeMessage, encode, type Message } from '../../src/wire/protobuf.ts'
import { createRandom } from './random.ts'
import { codeOf, thrownBy } from './thrown.ts'

const inner = { name: { number: 1, kind: 'text' }, on: { number: 2, kind: 'bool' } } as const
const everything = {
  text: { number: 1, kind: 'text' },
  bytes: { number: 2, kind: 'bytes' },
  int: { number: 3, kind: 'int' },
  bool: { number: 4, kind: 'bool' },
  double: { number: 5, kind: 'double' },
  inner: { number: 6, kind: inner },
  many: { number: 7, kind: 'text', many: true },
  inners: { number: 8, kind: inner, many: true },
  far: { number: 100, kind: 'int' },
  value: { number: 9, kind: 'value' },
  struct: { number: 10, kind: 'struct' },
  map: { number: 11, kind: 'text', map: true },
} satisfies Message

/** Each line is one field, written by hand from the ProtoBuf encoding's own rules. */
const hand = [
  '0a02c3a9', // 1: "é"
  '12020001', // 2: two bytes
  '18feffffffffffffffff01', // 3: -2
  '2001', // 4: true
  '29000000000000f83f', // 5: 1.5
  '32070a036162631001', // 6: { name: "abc", on: true }
  '3a0161', // 7: "a"
  '3a00', // 7: ""
  '42030a0178', // 8: { name: "x" }
  '42021000', // 8: { on: false }
  'a00605', // 100: 5
].join('')
const handValue = {
  text: 'é',
  bytes: Buffer.of(0, 1),
  int: -2,
  bool: true,
  double: 1.5,
  inner: { name: 'abc', on: true },
  many: ['a', ''],
  inners: [{ name: 'x' }, { on: false }],
  far: 5,
}

const decoded = (hex: string, message: Message = everything) =>
  decodeMessage(Buffer.from(hex, 'hex'), message)
const encoded = (value: Decoded, message: Message = everything) => {
  const writer = new ByteWriter()
  encode(writer, message, value)
  return writer.take().toString('hex')
}

test('encode writes the bytes of the ProtoBuf encoding', () => {
  assert.is(encoded(handValue), hand)
})

test('decode reads the bytes of the ProtoBuf encoding', () => {
  assert.equal(decoded(hand), handValue)
})

test('encode writes zero values that are there and leaves out what is not', () => {
  assert.is(encoded({ text: '', int: 0, bool: false }), '0a0018002000')
  assert.is(encoded({ text: undefined }), '')
  assert.is(encoded({}), '')
})

test('decode of no bytes is an empty object', () => {
  assert.equal(decoded(''), {})
})

test('decode takes the last of a field that comes twice', () => {
  assert.equal(decoded('0a01610a0162'), { text: 'b' })
})

test('decode reads fields in any order', () => {
  assert.equal(decoded('20010a0161'), { bool: true, text: 'a' })
})

test('decode reads google.protobuf.Value, Struct and a map', () => {
  assert.equal(decoded('4a030a0161'), { value: null })
  assert.equal(decoded('4a031a0178'), { value: 'x' })
  assert.equal(decoded('520c0a0a0a016b12051a03616263'), { struct: { k: 'abc' } })
  assert.equal(decoded('5a060a01611201625a050a01631200'), { map: { a: 'b', c: '' } })
  assert.equal(decoded('5a030a01615a00'), { map: { a: '', '': '' } })
})

test('decode passes over unknown fields of each wire type', () => {
  const unknown = {
    varint: 'f807ffffffffffffffffff01',
    fixed64: 'f9070102030405060708',
    bytes: 'fa0703616263',
    fixed32: 'fd0701020304',
  }
  for (const [wireType, hex] of Object.entries(unknown)) {
    assert.equal(decoded(`${hex}0a0161`), { text: 'a' }, `${wireType} first`)
    assert.equal(decoded(`0a0161${hex}`), { text: 'a' }, `${wireType} last`)
    const body = `0a0178${hex}`
    const length = (body.length / 2).toString(16).padStart(2, '0')
    assert.equal(decoded(`32${length}${body}`), { inner: { name: 'x' } }, `${wireType} inside`)
  }
})

test('decode passes over a known field of another wire type', () => {
  assert.equal(decoded('08050a0161'), { text: 'a' })
  assert.equal(decoded('1a0161'), {})
})

test('decode refuses wire types of groups', () => {
  for (const tag of ['fb07', 'fc07', '0b', '0c', '0e', '0f'])
    assert.is(
      codeOf(() => decoded(`${tag}00`)),
      'BAD_PROTOBUF',
      tag,
    )
})

test('decode of a message cut at any byte is the fields before the cut, or a BAD_PROTOBUF', () => {
  const whole = Buffer.from(`${hand}4a031a0178520c0a0a0a016b12051a036162635a060a0161120162`, 'hex')
  const ends = fieldEnds(whole)
  for (let cut = 0; cut < whole.length; cut++) {
    const part = whole.subarray(0, cut)
    if (ends.includes(cut)) decodeMessage(part, everything)
    else
      assert.is(
        codeOf(() => decodeMessage(part, everything)),
        'BAD_PROTOBUF',
        `cut at ${cut}`,
      )
  }
})

test('decode of an inner message that is longer than its outer one is a BAD_PROTOBUF', () => {
  // The inner message announces 3 bytes of name where its own length leaves 2.
  assert.is(
    codeOf(() => decoded('32040a0361620a0163')),
    'BAD_PROTOBUF',
  )
})

test('decode keeps a member called __proto__ as an ordinary one', () => {
  const map = decoded('5a0e0a095f5f70726f746f5f5f120161').map as object
  assert.is(Object.getPrototypeOf(map), Object.prototype)
  assert.equal(Object.entries(map), [['__proto__', 'a']])
})

test('decode of random bytes gives a message or a BAD_PROTOBUF', () => {
  const random = createRandom(3)
  for (let run = 0; run < 30_000; run++) {
    const bytes = random.bytes(random.below(30))
    const error = thrownBy(() => decodeMessage(bytes, everything))
    if (error !== undefined) assert.instance(error, KongPluginError, `${bytes.toString('hex')}: ${error}`)
  }
})

test('decode of a damaged message gives a message or a BAD_PROTOBUF', () => {
  const random = createRandom(4)
  for (let run = 0; run < 30_000; run++) {
    const bytes = Buffer.from(hand, 'hex')
    for (let count = random.below(3); count >= 0; count--)
      bytes[random.below(bytes.length)] = random.below(256)
    const error = thrownBy(() => decodeMessage(bytes, everything))
    if (error !== undefined) assert.instance(error, KongPluginError, `${bytes.toString('hex')}: ${error}`)
  }
})

test.run()

/** Where the outer fields of a valid message end, found with a reader of its own. */
function fieldEnds(bytes: Buffer): number[] {
  const ends = [0]
  const varint = (at: number): [value: number, next: number] => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return [Number(value), at]
    }
  }
  for (let at = 0; at < bytes.length; ) {
    const [tag, body] = varint(at)
    const [value, after] = tag % 8 === 1 ? [0, body + 8] : varint(body)
    at = tag % 8 === 2 ? after + value : after
    ends.push(at)
  }
  return ends
}
