import type { Dialect } from '../pdk/phases.ts'
import { defaults } from '../plugin/plugin.ts'
import { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { FrameDecoder } from '../wire/frames.ts'
import { MessageDecoder } from '../wire/msgpack.ts'
import { encodeMessage } from '../wire/msgpack-writer.ts'
import { decode, encode } from '../wire/protobuf.ts'
import { RpcCall, RpcReturn } from './protobuf/messages.ts'

/** Asking a server for the plugins that it serves, which starts no instance and runs no handler. */
export interface NamesQuestion {
  readonly bytes: Buffer
  /** The names, once the answer is whole; throws where it is none. */
  read(chunk: Buffer): string[] | undefined
}

export function askNames(dialect: Dialect): NamesQuestion {
  return dialect === 'ProtoBuf:1' ? askProtobuf() : askMsgpack()
}

function askProtobuf(): NamesQuestion {
  const out = new ByteWriter()
  const start = out.beginFrame()
  encode(out, RpcCall, { sequence: 1, cmd_get_plugin_names: {} })
  out.endFrame(start)
  const decoder = new FrameDecoder(defaults.frameLimit)
  return {
    bytes: out.take(),
    read(chunk) {
      const [frame] = decoder.push(chunk)
      if (frame === undefined) return undefined
      if (!Buffer.isBuffer(frame)) throw frame
      const { plugin_names: answer } = decode(new ByteReader(frame), RpcReturn)
      return namesIn((answer as { names?: unknown } | undefined)?.names)
    },
  }
}

function askMsgpack(): NamesQuestion {
  const decoder = new MessageDecoder(defaults.frameLimit)
  return {
    bytes: encodeMessage([0, 1, 'plugin.GetStatus', []]),
    read(chunk) {
      decoder.feed(chunk)
      const message = decoder.next()
      if (message === undefined) return undefined
      const reply = message.value() as { 3?: { Plugins?: object } | null } | null
      return namesIn(Object.keys(reply?.[3]?.Plugins ?? {}))
    },
  }
}

function namesIn(names: unknown): string[] {
  if (Array.isArray(names) && names.length > 0) return names.map(String)
  throw new Error('it names no plugin')
}
