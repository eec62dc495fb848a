import { Route } from '../../src/protocol/protobuf/messages.ts'
import { ByteReader, ByteWriter } from '../../src/wire/bytes.ts'
import { FrameDecoder, writeFrame } from '../../src/wire/frames.ts'
import { MessageDecoder } from '../../src/wire/msgpack.ts'
import { encodeMessage } from '../../src/wire/msgpack-writer.ts'
import { decode, encode } from '../../src/wire/protobuf.ts'
import { decodeStruct, encodeStruct } from '../../src/wire/struct.ts'
import { headers, route } from './answers.ts'
import type { HotPath } from './hot-paths.ts'
import { refuse } from './kong.ts'

const limit = 65_536

/** The codecs by themselves; those that read bytes as they come get them whole, and in pieces that fit nowhere. */
export function codecs(): HotPath[] {
  const frames = sixteenFrames()
  const message = encodeMessage([0, 1, 'plugin.StepMultiMap', [{ EventId: 1, Data: headers }]])
  return [
    repeated('16 frames, whole', readFrames([frames])),
    repeated('16 frames, in pieces of 7 bytes', readFrames(piecesOf(frames, 7))),
    repeated('a route, written and read as ProtoBuf', () => {
      const writer = new ByteWriter()
      encode(writer, Route, route)
      decode(new ByteReader(writer.take()), Route)
    }),
    repeated('headers, written and read as Struct', () => {
      const writer = new ByteWriter()
      encodeStruct(writer, headers, 'headers', refuse)
      decodeStruct(new ByteReader(writer.take()))
    }),
    repeated('headers, written as MsgPack', () => {
      encodeMessage(headers)
    }),
    repeated('headers, read as MsgPack', readMessages([message])),
    repeated('headers, read as MsgPack in pieces of 7 bytes', readMessages(piecesOf(message, 7))),
  ]
}

function repeated(name: string, once: () => void): HotPath {
  return {
    name,
    writes: () => 0,
    run(times) {
      for (let done = 0; done < times; done++) once()
    },
  }
}

function readFrames(pieces: readonly Buffer[]): () => void {
  const decoder = new FrameDecoder(limit)
  return () => {
    for (const piece of pieces) {
      decoder.feed(piece)
      while (decoder.next() !== undefined);
    }
  }
}

function readMessages(pieces: readonly Buffer[]): () => void {
  const decoder = new MessageDecoder(limit)
  return () => {
    for (const piece of pieces) for (const _message of decoder.push(piece));
  }
}

/** Frames of 0 to 150 bytes, as the answers to one request are. */
function sixteenFrames(): Buffer {
  const writer = new ByteWriter()
  for (let index = 0; index < 16; index++) writeFrame(writer, Buffer.alloc(index * 10))
  return writer.take()
}

function piecesOf(bytes: Buffer, length: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += length) pieces.push(bytes.subarray(at, at + length))
  return pieces
}
