// MsgPack:1 as msgpackr reads and writes it: the tests' judge of what src sends.
import { Packr, Unpackr } from 'msgpackr'

const packr = new Packr({ useRecords: false, variableMapSize: true })

export type Message = readonly unknown[]

export function pack(message: unknown): Buffer {
  return packr.pack(message)
}

/** All complete messages at the start of some bytes, with the length that they take. */
export function cutMessages(bytes: Buffer): { messages: Message[]; ends: number[] } {
  const messages: Message[] = []
  const ends: number[] = []
  if (bytes.length === 0) return { messages, ends }
  const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })
  try {
    unpackr.unpackMultiple(bytes, (item: unknown, _start?: number, end?: number) => {
      messages.push(item as Message)
      ends.push(end ?? bytes.length)
      return undefined
    })
  } catch (error) {
    if (!(error as { incomplete?: boolean }).incomplete) throw error
  }
  return { messages, ends }
}
