import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeText } from '../../src/wire/text.ts'
import { decodeWord } from '../../src/wire/words.ts'

/** A word is kept when it comes a second time, and found from the third on. */
const often = (bytes: Buffer, start = 0, end = bytes.length) =>
  Array.from({ length: 4 }, () => decodeWord(bytes, start, end))

test('decodeWord gives what the bytes say, at the first time and each other', () => {
  for (const word of [
    '',
    'a',
    'host',
    'x-forwarded-for',
    '__proto__',
    'é',
    '€uro',
    'n'.repeat(40),
    'n'.repeat(41),
  ])
    assert.equal(often(Buffer.from(word)), Array(4).fill(word))
  assert.equal(often(Buffer.from('xhostx'), 1, 5), Array(4).fill('host'))
})

test('decodeWord keeps bytes that are no UTF-8, also where their characters are as many', () => {
  for (const hex of ['ff', '61ff62', 'c3a9ff', 'e282'])
    assert.equal(often(Buffer.from(hex, 'hex')), Array(4).fill(decodeText(Buffer.from(hex, 'hex'))), hex)
  assert.is(decodeWord(Buffer.of(0x61, 0xff), 0, 2), 'a\udcff')
})

test('decodeWord never takes one of 200,000 words for another', () => {
  for (let round = 0; round < 2; round++)
    for (let index = 0; index < 100_000; index++) {
      const word = `${index.toString(36)}-${(index * 7919) % 1000}`
      assert.is(decodeWord(Buffer.from(word), 0, word.length), word)
    }
})

test('decodeWord does not see later changes of the bytes', () => {
  const bytes = Buffer.from('x-first')
  const first = often(bytes, 0, 7)
  bytes.write('x-other')
  assert.equal([...first, ...often(bytes, 0, 7)], [...Array(4).fill('x-first'), ...Array(4).fill('x-other')])
})

test.run()
