import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteReader, ByteWriter } from '../../src/wire/bytes.ts'
import { codeOf } from './thrown.ts'

const written = (write: (writer: ByteWriter) => void): string => {
  const writer = new ByteWriter()
  write(writer)
  return writer.take().toString('hex')
}
const readerOf = (hex: string) => new ByteReader(Buffer.from(hex, 'hex'))

const numbers: [value: number, hex: string][] = [
  [0, '00'],
  [1, '01'],
  [127, '7f'],
  [128, '8001'],
  [300, 'ac02'],
  [16383, 'ff7f'],
  [16384, '808001'],
  [2 ** 31 - 1, 'ffffffff07'],
  [2 ** 31, '8080808008'],
  [2 ** 32 - 1, 'ffffffff0f'],
  [2 ** 32, '8080808010'],
  [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  [2 ** 53, '8080808080808010'],
  [-1, 'ffffffffffffffffff01'],
  [-2, 'feffffffffffffffff01'],
  [-(2 ** 31), '80808080f8ffffffff01'],
  [-(2 ** 53), '80808080808080f0ff01'],
  [-(2 ** 63), '80808080808080808001'],
]

test('ByteWriter.varint writes the bytes of ProtoBuf, negative numbers in ten', () => {
  for (const [value, hex] of numbers)
    assert.is(
      written((writer) => writer.varint(value)),
      hex,
      `${value}`,
    )
})

test('ByteReader.signed reads them back, one after another', () => {
  const all = readerOf(numbers.map(([, hex]) => hex).join(''))
  for (const [value, hex] of numbers) {
    assert.is(readerOf(hex).signed(), value, hex)
    assert.is(all.signed(), value, `${hex} among others`)
  }
  assert.ok(all.done)
})

test('ByteReader.varint reads unsigned numbers, also those with needless zero digits', () => {
  assert.is(readerOf('8000').varint(), 0)
  assert.is(readerOf('ac8200').varint(), 300)
  assert.is(readerOf('ffffffffffffffffff01').varint(), 2 ** 64)
})

test('ByteReader.varint refuses a number of eleven bytes and one that is cut', () => {
  assert.is(
    codeOf(() => readerOf('ffffffffffffffffffff01').varint()),
    'BAD_PROTOBUF',
  )
  for (const hex of ['', '80', 'ffff'])
    assert.is(
      codeOf(() => readerOf(hex).varint()),
      'BAD_PROTOBUF',
      hex,
    )
})

test('every ByteReader read past the end is a BAD_PROTOBUF, also inside a larger buffer', () => {
  const bytes = Buffer.from('05616263646566676869', 'hex')
  const reads: ((reader: ByteReader) => unknown)[] = [
    (reader) => reader.bytes(),
    (reader) => reader.text(),
    (reader) => reader.message(),
    (reader) => reader.double(),
    (reader) => reader.skipField(1),
    (reader) => reader.skipField(2),
    (reader) => reader.skipField(5),
  ]
  for (const read of reads)
    assert.is(
      codeOf(() => read(new ByteReader(bytes, 0, 3))),
      'BAD_PROTOBUF',
      String(read),
    )
})

test('ByteReader refuses a length that is larger than any buffer', () => {
  for (const length of ['ffffffff0f', 'ffffffffffffffffff01'])
    for (const read of ['bytes', 'text', 'message'] as const)
      assert.is(
        codeOf(() => readerOf(`${length}6161`)[read]()),
        'BAD_PROTOBUF',
      )
})

test('ByteReader.skipField refuses wire types that carry no size', () => {
  for (const wireType of [3, 4, 6, 7])
    assert.is(
      codeOf(() => readerOf('0000').skipField(wireType)),
      'BAD_PROTOBUF',
    )
})

test('ByteReader.skipField passes over each wire type', () => {
  for (const [wireType, hex] of [
    [0, 'ff01'],
    [1, '0102030405060708'],
    [2, '03616263'],
    [5, '01020304'],
  ] as const) {
    const reader = readerOf(`${hex}2a`)
    reader.skipField(wireType)
    assert.is(reader.varint(), 42)
  }
})

test('ByteWriter.double and ByteReader.double are IEEE 754, little-endian', () => {
  for (const [value, hex] of [
    [1, '000000000000f03f'],
    [-2.5, '00000000000004c0'],
    [Number.NaN, '000000000000f87f'],
  ] as const) {
    assert.is(
      written((writer) => writer.double(value)),
      hex,
    )
    assert.ok(Object.is(readerOf(hex).double(), value))
  }
})

test('ByteWriter.text writes a byte length and the bytes, whatever the length of the text', () => {
  for (const length of [0, 1, 39, 40, 41, 42, 43, 127, 128, 16_383, 16_384, 70_000])
    for (const letter of ['a', 'é', '€']) {
      const body = Buffer.from(letter.repeat(length), 'utf8')
      const head =
        body.length < 128
          ? [body.length]
          : body.length < 16_384
            ? [(body.length % 128) + 128, body.length >> 7]
            : [(body.length % 128) + 128, ((body.length >> 7) % 128) + 128, body.length >> 14]
      assert.is(
        written((writer) => writer.text(letter.repeat(length))),
        Buffer.concat([Buffer.from(head), body]).toString('hex'),
        `${letter} x ${length}`,
      )
    }
})

test('ByteWriter.text writes escaped bytes as those bytes', () => {
  assert.is(
    written((writer) => writer.text('a\udcff\u{1f480}')),
    '0661fff09f9280',
  )
})

test('ByteWriter grows over its first size without losing a byte', () => {
  const hex = written((writer) => {
    for (let at = 0; at < 5000; at++) {
      writer.byte(at % 251)
      writer.bytes(Buffer.of(255, 254))
    }
  })
  let expected = ''
  for (let at = 0; at < 5000; at++) expected += `${(at % 251).toString(16).padStart(2, '0')}fffe`
  assert.is(hex, expected)
})

test('ByteWriter.endMessage writes the length of its content at every size around a longer length', () => {
  for (const before of [0, 1, 380, 381, 382, 383, 384, 500, 511])
    for (const size of [0, 1, 127, 128, 129, 16_383, 16_384, 2_097_152]) {
      const writer = new ByteWriter()
      writer.bytes(Buffer.alloc(before, 1))
      const start = writer.beginMessage()
      const body = Buffer.alloc(size, 7)
      writer.bytes(body)
      writer.endMessage(start)
      writer.byte(9)
      const taken = writer.take()
      const reader = new ByteReader(taken, before)
      assert.is(taken.subarray(0, before).compare(Buffer.alloc(before, 1)), 0)
      assert.is(reader.bytes().compare(body), 0, `${before} + ${size}`)
      assert.is(reader.varint(), 9)
      assert.ok(reader.done)
    }
})

test('ByteWriter.cutTo forgets what came after, and take starts anew', () => {
  const writer = new ByteWriter()
  writer.byte(1)
  const { length } = writer
  writer.text('no')
  writer.cutTo(length)
  writer.byte(2)
  const first = writer.take()
  writer.byte(3)
  assert.is(first.toString('hex'), '0102')
  assert.is(writer.take().toString('hex'), '03')
})

test('ByteWriter.beginFrame and endFrame make a little-endian length', () => {
  const hex = written((writer) => {
    const start = writer.beginFrame()
    writer.bytes(Buffer.alloc(258, 5))
    writer.endFrame(start)
    writer.endFrame(writer.beginFrame())
  })
  assert.is(hex, `02010000${'05'.repeat(258)}00000000`)
})

test.run()
