import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { ByteReader, ByteWriter } from '../../src/wire/bytes.ts'
import {
  decodeList,
  decodeStruct,
  decodeValue,
  encodeList,
  encodeStruct,
  encodeValue,
} from '../../src/wire/struct.ts'
import { createRandom } from './random.ts'
import { codeOf, thrownBy } from './thrown.ts'

class Refused extends Error {
  readonly path: string
  readonly value: unknown
  constructor(path: string, value: unknown) {
    super(path)
    this.path = path
    this.value = value
  }
}

const refuse = (path: string, value: unknown): never => {
  throw new Refused(path, value)
}
const reader = (hex: string) => new ByteReader(Buffer.from(hex, 'hex'))
const encoded = (value: unknown) => {
  const writer = new ByteWriter()
  encodeValue(writer, value, 'value', refuse)
  return writer.take().toString('hex')
}
const refusedPath = (value: unknown) => {
  const error = thrownBy(() => encoded(value))
  assert.instance(error, Refused)
  return (error as Refused).path
}

/** Value messages by hand: number_value = 2, string_value = 3, bool_value = 4, struct_value = 5, list_value = 6. */
const values: [value: unknown, hex: string][] = [
  ['', '1a00'],
  ['é', '1a02c3a9'],
  [1.5, '11000000000000f83f'],
  [0, '110000000000000000'],
  [-0, '110000000000000080'],
  [true, '2001'],
  [{}, '2a00'],
  [[], '3200'],
  [{ a: 'b' }, '2a0a0a080a016112031a0162'],
  [['a', true], '32090a031a01610a022001'],
  [[[]], '32040a023200'],
]

test('encodeValue writes each kind of google.protobuf.Value', () => {
  for (const [value, hex] of values) assert.is(encoded(value), hex, JSON.stringify(value))
})

test('decodeValue reads each kind of google.protobuf.Value', () => {
  for (const [value, hex] of values) assert.equal(decodeValue(reader(hex)), value, hex)
})

test('encodeValue and decodeValue nest', () => {
  const number = '11000000000000f03f'
  const list = `320b0a09${number}`
  const value = `2a140a120a0162120d${list}`
  const hex = `2a1d0a1b0a01611216${value}`
  assert.is(encoded({ a: { b: [1] } }), hex)
  assert.equal(decodeValue(reader(hex)), { a: { b: [1] } })
})

test('decodeValue reads null_value 1, as Kong writes it, null_value 0 and no bytes as null', () => {
  assert.is(decodeValue(reader('0801')), null)
  assert.is(decodeValue(reader('0800')), null)
  assert.is(decodeValue(reader('')), null)
  assert.equal(decodeList(reader('0a0208010a031a0161')), [null, 'a'])
})

test('decodeValue reads false, and bytes that are not UTF-8', () => {
  assert.is(decodeValue(reader('2000')), false)
  assert.is(decodeValue(reader('1a02ff61')), '\udcffa')
})

test('encodeValue writes a Uint8Array as a string of its bytes', () => {
  assert.is(encoded(Buffer.of(0xff, 0)), '1a02ff00')
  assert.is(encoded('\udcff'), '1a01ff')
})

test('encodeStruct leaves out members that are null or undefined', () => {
  assert.is(encoded({ a: null, b: undefined, c: 'd' }), '2a0a0a080a016312031a0164')
})

test('encodeValue refuses what Kong would take for something else, with its path', () => {
  assert.is(refusedPath(false), 'value')
  assert.is(refusedPath(null), 'value')
  assert.is(refusedPath(undefined), 'value')
  assert.is(refusedPath(Number.NaN), 'value')
  assert.is(refusedPath({ a: [{ b: Number.POSITIVE_INFINITY }] }), 'value.a[0].b')
  assert.is(refusedPath([1, [2, false]]), 'value[1][1]')
  assert.is(refusedPath([null]), 'value[0]')
  assert.is(refusedPath({ a: () => 1 }), 'value.a')
  assert.is(refusedPath({ a: 1n }), 'value.a')
  assert.is(refusedPath([Symbol('s')]), 'value[0]')
})

test('encodeList refuses holes of a sparse array', () => {
  const sparse: unknown[] = ['a']
  sparse[2] = 'c'
  assert.is(refusedPath(sparse), 'value[1]')
})

test('encodeStruct and encodeList write without an outer message', () => {
  const writer = new ByteWriter()
  encodeStruct(writer, { a: 'b' }, 'headers', refuse)
  assert.is(writer.take().toString('hex'), '0a080a016112031a0162')
  encodeList(writer, ['a'], 'arguments', refuse)
  assert.is(writer.take().toString('hex'), '0a031a0161')
  assert.equal(decodeStruct(reader('0a080a016112031a0162')), { a: 'b' })
  assert.equal(decodeStruct(reader('')), {})
})

test('decodeStruct keeps __proto__ and constructor as ordinary members', () => {
  const entry = (key: string) => {
    const name = Buffer.from(key)
    const body = `0a${name.length.toString(16).padStart(2, '0')}${name.toString('hex')}12031a0178`
    return `0a${(body.length / 2).toString(16).padStart(2, '0')}${body}`
  }
  const struct = decodeStruct(reader(entry('__proto__') + entry('constructor')))
  assert.is(Object.getPrototypeOf(struct), Object.prototype)
  assert.equal(Object.entries(struct), [
    ['__proto__', 'x'],
    ['constructor', 'x'],
  ])
})

test('decodeStruct reads an entry without key or value, and passes over unknown fields', () => {
  assert.equal(decodeStruct(reader('0a00')), { '': null })
  assert.equal(decodeStruct(reader('10050a0a0a016112031a016218051001')), { a: 'b' })
  assert.equal(decodeValue(reader('38051a0161')), 'a')
})

test('decodeValue of a value cut at any byte is a BAD_PROTOBUF', () => {
  for (const [, hex] of values)
    for (let cut = 2; cut < hex.length; cut += 2)
      assert.is(
        codeOf(() => decodeValue(reader(hex.slice(0, cut)))),
        'BAD_PROTOBUF',
        `${hex} cut at ${cut / 2}`,
      )
})

test('decodeValue of lists nested 100,000 deep throws and does not end the process', () => {
  const depth = 100_000
  const parts: Buffer[] = []
  let length = 0
  for (let level = 0; level < depth; level++) {
    const writer = new ByteWriter()
    // A list in a value in a list: field 6 of Value, then field 1 of ListValue.
    writer.byte(level % 2 === 0 ? 0x32 : 0x0a)
    writer.varint(length)
    const head = writer.take()
    parts.push(head)
    length += head.length
  }
  const bytes = Buffer.concat(parts.reverse())
  assert.instance(
    thrownBy(() => decodeList(new ByteReader(bytes))),
    RangeError,
  )
})

test('encodeValue of an object that holds itself throws', () => {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  assert.instance(
    thrownBy(() => encoded(loop)),
    RangeError,
  )
})

test('decodeValue of random bytes gives a value or a BAD_PROTOBUF', () => {
  const random = createRandom(5)
  for (let run = 0; run < 30_000; run++) {
    const bytes = random.bytes(random.below(30))
    const error = thrownBy(() => decodeValue(new ByteReader(bytes)))
    if (error !== undefined) assert.instance(error, KongPluginError, `${bytes.toString('hex')}: ${error}`)
  }
})

test.run()
