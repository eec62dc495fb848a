import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeText, encodeText } from '../../src/wire/text.ts'
import { createRandom } from './random.ts'

const survives = (bytes: Buffer) =>
  assert.is(encodeText(decodeText(bytes)).toString('hex'), bytes.toString('hex'))

test('decodeText reads valid UTF-8 as it is', () => {
  const samples: [hex: string, text: string][] = [
    ['', ''],
    ['61', 'a'],
    ['c3a9', 'é'],
    ['e282ac', '€'],
    ['f09f9880', '😀'],
    ['efbfbd', '\ufffd'],
    ['61efbfbd62', 'a\ufffdb'],
    ['00', '\0'],
    ['efbbbf61', '\ufeffa'],
  ]
  for (const [hex, text] of samples) {
    assert.is(decodeText(Buffer.from(hex, 'hex')), text, hex)
    assert.is(encodeText(text).toString('hex'), hex)
  }
})

test('decodeText turns each byte outside valid UTF-8 into one surrogate from U+DC80 on', () => {
  const samples: [hex: string, text: string][] = [
    ['ff', '\udcff'],
    ['80', '\udc80'],
    ['61e962', 'a\udce9b'],
    ['c3', '\udcc3'],
    ['e282', '\udce2\udc82'],
    ['c080', '\udcc0\udc80'], // an overlong NUL
    ['eda080', '\udced\udca0\udc80'], // a surrogate written as UTF-8
    ['f4908080', '\udcf4\udc90\udc80\udc80'], // beyond U+10FFFF
    ['f8888080', '\udcf8\udc88\udc80\udc80'],
    ['efbfbdff', '\ufffd\udcff'],
    ['ffc3a9', '\udcffé'],
  ]
  for (const [hex, text] of samples) {
    assert.is(decodeText(Buffer.from(hex, 'hex')), text, hex)
    assert.is(encodeText(text).toString('hex'), hex)
  }
})

test('decodeText reads the part of a buffer that it is told to', () => {
  const bytes = Buffer.from('ff61e9c3a9ff', 'hex')
  assert.is(decodeText(bytes, 1, 2), 'a')
  assert.is(decodeText(bytes, 1, 3), 'a\udce9')
  assert.is(decodeText(bytes, 3, 5), 'é')
  assert.is(decodeText(bytes, 3, 4), '\udcc3')
})

test('encodeText of a surrogate that stands for no byte gives U+FFFD', () => {
  assert.is(encodeText('a\ud800b').toString('hex'), '61efbfbd62')
  assert.is(encodeText('\udc00').toString('hex'), 'efbfbd')
  assert.is(encodeText('\udc7f').toString('hex'), 'efbfbd')
  assert.is(encodeText('\udd00').toString('hex'), 'efbfbd')
})

test('encodeText takes a pair whose second half looks like an escaped byte for one character', () => {
  // U+1F480 is the pair D83D DC80.
  assert.is(encodeText('\u{1f480}').toString('hex'), 'f09f9280')
  assert.is(encodeText('\udcff\u{1f480}\udcfe').toString('hex'), 'fff09f9280fe')
})

test('decodeText and encodeText keep every sequence of up to two bytes', () => {
  for (let first = 0; first < 256; first++) {
    survives(Buffer.of(first))
    for (let second = 0; second < 256; second++) survives(Buffer.of(first, second))
  }
})

test('decodeText and encodeText keep random bytes, alone and between valid text', () => {
  const random = createRandom(1)
  const pieces = ['a', 'é', '€', '😀', '\ufffd'].map((text) => Buffer.from(text))
  for (let run = 0; run < 20_000; run++) {
    survives(random.bytes(random.below(12)))
    survives(
      Buffer.concat([pieces[random.below(5)]!, random.bytes(random.below(4)), pieces[random.below(5)]!]),
    )
  }
})

test.run()
