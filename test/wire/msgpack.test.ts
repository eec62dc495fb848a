import { Packr, Unpackr } from 'msgpackr'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { MessageDecoder } from '../../src/wire/msgpack.ts'
import { encodeMessage } from '../../src/wire/msgpack-writer.ts'
import { createRandom, type Random } from './random.ts'
import { codeOf, thrownBy } from './thrown.ts'

const limit = 1_000_000

function decode(pieces: readonly Buffer[], most = limit): unknown[] {
  const decoder = new MessageDecoder(most)
  return pieces.flatMap((piece) => [...decoder.push(piece)])
}
const decodeHex = (hex: string, most = limit) => decode([Buffer.from(hex, 'hex')], most)

/** Each form of the MsgPack specification, by hand. */
const forms: [hex: string, value: unknown][] = [
  ['00', 0],
  ['7f', 127],
  ['ff', -1],
  ['e0', -32],
  ['80', {}],
  ['81a16101', { a: 1 }],
  ['90', []],
  ['93010203', [1, 2, 3]],
  ['a0', ''],
  ['a2c3a9', 'é'],
  ['a1ff', '\udcff'],
  ['c0', undefined],
  ['c2', false],
  ['c3', true],
  ['c400', Buffer.alloc(0)],
  ['c402ff00', Buffer.of(255, 0)],
  ['c50002ff00', Buffer.of(255, 0)],
  ['c600000002ff00', Buffer.of(255, 0)],
  ['ca3fc00000', 1.5],
  ['cb3ff8000000000000', 1.5],
  ['cc80', 128],
  ['cd0100', 256],
  ['ce80000000', 2 ** 31],
  ['cf0000000100000000', 2 ** 32],
  ['d080', -128],
  ['d18000', -32768],
  ['d280000000', -(2 ** 31)],
  ['d3ffffffff00000000', -(2 ** 32)],
  ['d9026162', 'ab'],
  ['da00026162', 'ab'],
  ['db000000026162', 'ab'],
  ['dc0002c2c3', [false, true]],
  ['dd00000002c2c3', [false, true]],
  ['de0001a161c3', { a: true }],
  ['df00000001a161c3', { a: true }],
  ['8101a162', { 1: 'b' }],
]

test('MessageDecoder reads every form of the specification', () => {
  for (const [hex, value] of forms) assert.equal(decodeHex(hex), [value], hex)
})

test('MessageDecoder reads every form at every cut, and one after another', () => {
  const all = Buffer.from(forms.map(([hex]) => hex).join(''), 'hex')
  const expected = forms.map(([, value]) => value)
  for (let cut = 0; cut <= all.length; cut++)
    assert.equal(decode([all.subarray(0, cut), all.subarray(cut)]), expected, `cut at ${cut}`)
  assert.equal(decode([...all].map((byte) => Buffer.of(byte))), expected)
})

test('MessageDecoder gives nothing for a message cut at any byte', () => {
  for (const [hex] of forms)
    for (let cut = 0; cut < hex.length; cut += 2)
      assert.equal(decodeHex(hex.slice(0, cut)), [], `${hex} at ${cut}`)
})

test('MessageDecoder refuses extensions of every form, and the type that does not exist', () => {
  for (const hex of ['d40100', 'd5010000', 'd60100000000', `d701${'00'.repeat(8)}`, `d801${'00'.repeat(16)}`])
    assert.is(
      codeOf(() => decodeHex(hex)),
      'BAD_MSGPACK',
      hex,
    )
  for (const hex of ['c70101ff', 'c8000101ff', 'c90000000101ff', '91c70001', 'c1', '91c1'])
    assert.is(
      codeOf(() => decodeHex(hex)),
      'BAD_MSGPACK',
      hex,
    )
})

test('MessageDecoder refuses a key that is no text and no number', () => {
  for (const hex of ['819001', '818001', '8181a8746f537472696e670101', '81c001', '81c4016101'])
    assert.is(
      codeOf(() => decodeHex(hex)),
      'BAD_MSGPACK',
      hex,
    )
})

test('MessageDecoder keeps __proto__ as an ordinary member', () => {
  const [value] = decodeHex(`81a9${Buffer.from('__proto__').toString('hex')}81a16101`) as [object]
  assert.is(Object.getPrototypeOf(value), Object.prototype)
  assert.equal(Object.entries(value), [['__proto__', { a: 1 }]])
})

test('MessageDecoder reads what msgpackr packs', () => {
  const random = createRandom(6)
  const packers = [
    new Packr({ useRecords: false, variableMapSize: true }),
    new Packr({ useRecords: false, useFloat32: 3 }),
  ]
  for (let run = 0; run < 3000; run++) {
    const value = randomValue(random, 4)
    for (const packer of packers)
      assert.equal(decode([Buffer.from(packer.pack(value))], 100_000_000), [value])
  }
})

test('MessageDecoder reads what msgpackr packs in random cuts', () => {
  const random = createRandom(7)
  const packer = new Packr({ useRecords: false })
  for (let run = 0; run < 500; run++) {
    const values = Array.from({ length: 1 + random.below(4) }, () => randomValue(random, 2))
    const bytes = Buffer.concat(values.map((value) => Buffer.from(packer.pack(value))))
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.below(30)
      pieces.push(Buffer.from(bytes.subarray(at, end)))
      at = end
    }
    assert.equal(decode(pieces, 100_000_000), values)
  }
})

test('MessageDecoder keeps the bytes of a message while later pieces arrive', () => {
  const decoder = new MessageDecoder(limit)
  const first = [...decoder.push(Buffer.from('92c4036162', 'hex'))]
  const [message] = [...decoder.push(Buffer.from('63c0c403', 'hex'))] as [[Buffer, undefined]]
  const last = [...decoder.push(Buffer.from('78797a', 'hex'))]
  assert.equal(first, [])
  assert.is(message[0].toString(), 'abc')
  assert.equal(last, [Buffer.from('xyz')])
})

test('MessageDecoder refuses a text or bin that announces more than the limit', () => {
  for (const hex of ['dbffffffff', 'c6ffffffff', '91db000f4241'])
    assert.is(
      codeOf(() => decodeHex(`${hex}61`)),
      'MESSAGE_TOO_LONG',
      hex,
    )
})

test('MessageDecoder allocates nothing for a count that was only announced', () => {
  const before = process.memoryUsage()
  for (const hex of [
    'ddffffffff',
    'dfffffffff',
    'ddffffffffddffffffffdfffffffff',
    'db000f0000',
    'c9000f000005',
  ])
    for (let count = 0; count < 20; count++) assert.equal(decodeHex(`${hex}61`), [])
  const after = process.memoryUsage()
  assert.ok(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers < 8_000_000)
})

test('MessageDecoder refuses a message that grows over the limit while it arrives', () => {
  const decoder = new MessageDecoder(1000)
  assert.equal([...decoder.push(Buffer.from('ddffffffff', 'hex'))], [])
  assert.is(
    codeOf(() => {
      for (let count = 0; count < 20; count++) for (const _ of decoder.push(Buffer.alloc(100)));
    }),
    'MESSAGE_TOO_LONG',
  )
})

test('MessageDecoder refuses containers nested 100,000 deep and does not end the process', () => {
  for (const level of ['91', '81a161', 'dc0001', 'de0001a161']) {
    const bytes = Buffer.from(`${level.repeat(100_000)}c0`, 'hex')
    const error = thrownBy(() => decode([bytes]))
    assert.ok(error instanceof KongPluginError || error instanceof RangeError, `${level}: ${error}`)
  }
})

test('MessageDecoder of random bytes gives messages, BAD_MSGPACK or MESSAGE_TOO_LONG', () => {
  const random = createRandom(8)
  for (let run = 0; run < 50_000; run++) {
    const bytes = random.bytes(random.below(40))
    const error = thrownBy(() => decode([bytes]))
    if (error !== undefined) assert.instance(error, KongPluginError, `${bytes.toString('hex')}: ${error}`)
  }
})

test('MessageDecoder of a damaged request gives messages or an error of ours', () => {
  const random = createRandom(9)
  const whole =
    '9400cd103cb2706c7567696e2e48616e646c654576656e749182a94576656e744e616d65a772657772697465aa496e7374616e6365496401'
  for (let run = 0; run < 30_000; run++) {
    const bytes = Buffer.from(whole, 'hex')
    for (let count = random.below(3); count >= 0; count--)
      bytes[random.below(bytes.length)] = random.below(256)
    const error = thrownBy(() => decode([bytes]))
    if (error !== undefined) assert.instance(error, KongPluginError, `${bytes.toString('hex')}: ${error}`)
  }
})

test('encodeMessage writes the forms of the specification', () => {
  const samples: [value: unknown, hex: string][] = [
    [undefined, 'c0'],
    [null, 'c0'],
    [true, 'c3'],
    [false, 'c2'],
    [5, '05'],
    [-5, 'fb'],
    [1.5, 'cb3ff8000000000000'],
    ['é', 'a2c3a9'],
    [Buffer.of(1, 255), 'c40201ff'],
    [new Uint8Array([1, 2, 3]).subarray(1), 'c4020203'],
    [[], '90'],
    [{}, '80'],
    [[1, undefined, 5, 'a'], '9401c005a161'],
    [{ a: { b: [] } }, '81a16181a16290'],
  ]
  for (const [value, hex] of samples) assert.is(encodeMessage(value).toString('hex'), hex)
})

test('encodeMessage writes text with escaped bytes as text, as a member, in a list and as a key', () => {
  assert.is(encodeMessage('\udcff').toString('hex'), 'a1ff')
  assert.is(encodeMessage(['a\udcff']).toString('hex'), '91a261ff')
  assert.is(encodeMessage({ a: '\udcff' }).toString('hex'), '81a161a1ff')
  assert.is(encodeMessage({ '\udcff': 1, b: 2 }).toString('hex'), '82a1ff01a16202')
  assert.is(encodeMessage('\udcff'.repeat(32)).toString('hex'), `d920${'ff'.repeat(32)}`)
})

test('MessageDecoder reads what encodeMessage writes, bytes outside UTF-8 in texts and keys included', () => {
  const value = { '\udcff': ['a\udc80'.repeat(200), { 'x\udcc3': Buffer.of(255) }, ''] }
  const decoder = new MessageDecoder(1_000_000)
  assert.equal([...decoder.push(encodeMessage(value))], [value])
})

test('encodeMessage writes __proto__ as an ordinary member', () => {
  const value = JSON.parse('{"__proto__": 1}')
  assert.is(encodeMessage(value).toString('hex'), `81a9${Buffer.from('__proto__').toString('hex')}01`)
})

test('encodeMessage writes what msgpackr reads, and does not reuse what it gave out', () => {
  const random = createRandom(10)
  const reader = new Unpackr({ useRecords: false, mapsAsObjects: true })
  const kept: [bytes: Buffer, value: unknown][] = []
  for (let run = 0; run < 2000; run++) {
    const value = randomValue(random, 4)
    kept.push([encodeMessage(value), value])
  }
  for (const [bytes, value] of kept) assert.equal(reader.unpack(bytes), value)
})

test.run()

/** A value that JSON could hold, or bytes. */
function randomValue(random: Random, depth: number): unknown {
  const kind = random.below(depth > 0 ? 9 : 7)
  if (kind === 0) return random.below(2) === 0
  if (kind === 1) return random.below(2 ** 31) * (random.below(2) === 0 ? 1 : -1)
  if (kind === 2) return random.below(1_000_000) / 64
  if (kind === 3) return ['', 'a', 'é€😀', '\ufffd'][random.below(4)]
  if (kind === 4) return 'x'.repeat([31, 32, 255, 256, 65_535, 65_536][random.below(6)]!)
  if (kind === 5) return random.bytes(random.below(300))
  if (kind === 6) return (random.below(2 ** 31) + 1) * 2 ** random.below(21)
  const length = random.below(20)
  if (kind === 7) return Array.from({ length }, () => randomValue(random, depth - 1))
  return Object.fromEntries(
    Array.from({ length }, (_, index) => [`key ${index}`, randomValue(random, depth - 1)]),
  )
}
