import { type MessageName, values } from './messages.ts'
import { ownBytes } from './ours.ts'
import type { Codec, Subject } from './subject.ts'

/** What is used of msgpackr. */
interface Library {
  readonly Packr: new (options: {
    useRecords: boolean
  }) => { pack(value: unknown): Buffer; unpack(bytes: Uint8Array): unknown }
}

const names = ['MsgPack step with 10 headers', 'MsgPack reply with a call'] as const

/** msgpackr, with its native helper where npm has installed that. */
export function msgpackrSubject(load: NodeJS.Require): Subject {
  const library: Library = load('msgpackr')
  const packr = new library.Packr({ useRecords: false })
  const codec = (name: MessageName): Codec => {
    const [value, bytes] = [values[name], ownBytes(name)]
    return {
      write: () => packr.pack(value),
      read: () => packr.unpack(bytes),
      again: (other) => packr.pack(packr.unpack(other)),
    }
  }
  return { name: 'msgpackr', codecs: Object.fromEntries(names.map((name) => [name, codec(name)])) }
}
