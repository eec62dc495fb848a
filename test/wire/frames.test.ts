import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { ByteWriter } from '../../src/wire/bytes.ts'
import { FrameDecoder, writeFrame } from '../../src/wire/frames.ts'
import { createRandom } from './random.ts'

const frameOf = (body: Buffer, announced = body.length) => {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(announced)
  return Buffer.concat([head, body])
}

/** What a decoder gives for some pieces: the body in hex, or the code of an error. */
function read(pieces: readonly Buffer[], limit = 100): string[] {
  const decoder = new FrameDecoder(limit)
  return pieces.flatMap((piece) => [...decoder.push(piece)].map(shown))
}

const shown = (frame: Buffer | KongPluginError) =>
  frame instanceof KongPluginError ? frame.code : frame.toString('hex')

const bodies = ['', '61', '', '', '6162636465', '00000000', 'ff'.repeat(100), '62']
const stream = Buffer.concat(bodies.map((hex) => frameOf(Buffer.from(hex, 'hex'))))

test('writeFrame writes what FrameDecoder is tested with', () => {
  const writer = new ByteWriter()
  for (const hex of bodies) writeFrame(writer, Buffer.from(hex, 'hex'))
  assert.is(writer.take().toString('hex'), stream.toString('hex'))
})

test('FrameDecoder gives the same frames at every cut in two', () => {
  for (let cut = 0; cut <= stream.length; cut++)
    assert.equal(read([stream.subarray(0, cut), stream.subarray(cut)]), bodies, `cut at ${cut}`)
})

test('FrameDecoder gives the same frames at every cut in three of a short stream', () => {
  const short = Buffer.concat(['', '61', '626364', ''].map((hex) => frameOf(Buffer.from(hex, 'hex'))))
  for (let first = 0; first <= short.length; first++)
    for (let second = first; second <= short.length; second++)
      assert.equal(
        read([short.subarray(0, first), short.subarray(first, second), short.subarray(second)]),
        ['', '61', '626364', ''],
        `cuts at ${first} and ${second}`,
      )
})

test('FrameDecoder gives the same frames byte by byte, with empty pieces between', () => {
  const pieces = [...stream].flatMap((byte) => [Buffer.of(byte), Buffer.alloc(0)])
  assert.equal(read(pieces), bodies)
})

test('FrameDecoder reports a frame over the limit in its place and reads on behind it, at every cut', () => {
  const bytes = Buffer.concat([
    frameOf(Buffer.from('a')),
    frameOf(Buffer.alloc(101, 1)),
    frameOf(Buffer.from('b')),
    frameOf(Buffer.alloc(250, 2)),
    frameOf(Buffer.alloc(0)),
  ])
  const expected = ['61', 'FRAME_TOO_LONG', '62', 'FRAME_TOO_LONG', '']
  for (let cut = 0; cut <= bytes.length; cut++)
    assert.equal(read([bytes.subarray(0, cut), bytes.subarray(cut)]), expected, `cut at ${cut}`)
  assert.equal(read([...bytes].map((byte) => Buffer.of(byte))), expected)
})

test('FrameDecoder takes a frame as long as the limit', () => {
  assert.equal(read([frameOf(Buffer.alloc(7, 1))], 7), ['01010101010101'])
  assert.equal(read([frameOf(Buffer.alloc(8, 1))], 7), ['FRAME_TOO_LONG'])
})

test('FrameDecoder says with which length and limit it refused', () => {
  const [error] = [...new FrameDecoder(67_108_864).push(Buffer.from('7c0c7005', 'hex'))]
  assert.is(
    (error as KongPluginError).message,
    "Cannot read a frame of 91,229,308 bytes as the limit is 67,108,864: raise frameLimit or check the peer's byte order",
  )
})

test('FrameDecoder allocates nothing for a length that was only announced', () => {
  const before = process.memoryUsage()
  const decoders = Array.from({ length: 64 }, () => new FrameDecoder(0xffff_ffff))
  for (const decoder of decoders) assert.equal([...decoder.push(Buffer.from('ffffffff61', 'hex'))], [])
  const after = process.memoryUsage()
  assert.ok(after.arrayBuffers - before.arrayBuffers < 1_000_000)
  assert.ok(decoders.every((decoder) => !decoder.atBoundary))
})

test('FrameDecoder.atBoundary is true between frames only', () => {
  const bytes = Buffer.concat([
    frameOf(Buffer.from('abc')),
    frameOf(Buffer.alloc(101)),
    frameOf(Buffer.alloc(0)),
  ])
  const boundaries = [0, 7, 112, 116]
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoder = new FrameDecoder(100)
    for (const _ of decoder.push(bytes.subarray(0, cut)));
    assert.is(decoder.atBoundary, boundaries.includes(cut), `after ${cut} bytes`)
  }
})

test('FrameDecoder gives the same frames in random cuts of random streams', () => {
  const random = createRandom(2)
  for (let run = 0; run < 300; run++) {
    const contents = Array.from({ length: random.below(8) }, () => random.bytes(random.below(60)))
    const bytes = Buffer.concat(contents.map((body) => frameOf(body)))
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.below(20)
      pieces.push(bytes.subarray(at, end))
      at = end
    }
    assert.equal(
      read(pieces),
      contents.map((body) => body.toString('hex')),
    )
  }
})

test.run()
