import { fault, show } from '../../errors.ts'
import type { ByteWriter } from '../../wire/bytes.ts'
import type { MessageReader } from '../../wire/msgpack.ts'
import { encodeMessage, writeArrayHeader, writeValue } from '../../wire/msgpack-writer.ts'

/** `[0, id, method, [argument]]`, as Kong sends it. */
export interface Request {
  readonly id: number
  readonly method: string
  readonly argument: unknown
}

export function readRequest(reader: MessageReader): Request {
  const start = reader.position
  const count = reader.items()
  if (count > 2 && reader.value() === 0) {
    const id = reader.value()
    const method = reader.word()
    if (typeof id === 'number' && typeof method === 'string') {
      const argument = count > 3 ? readArgument(reader) : undefined
      return { id, method, argument }
    }
  }
  reader.back(start)
  throw fault('BAD_RPC', `${show(reader.value())} is no request of the form [0, id, method, [args]]`)
}

/** What Kong's requests about events hold; of other members nothing is kept. */
export interface EventMembers {
  InstanceId: unknown
  EventName: unknown
  EventId: unknown
  Data: unknown
}

/** The only argument there is: of nearly all requests a short map, which is read without looking for a place for each. */
function readArgument(reader: MessageReader): unknown {
  const start = reader.position
  if (reader.items() === 1) {
    const count = reader.members()
    const members: EventMembers = {
      InstanceId: undefined,
      EventName: undefined,
      EventId: undefined,
      Data: undefined,
    }
    let known = 0
    for (; known < count; known++) {
      const name = reader.word()
      if (name === 'Data') members.Data = reader.value()
      else if (name === 'EventId') members.EventId = reader.value()
      else if (name === 'InstanceId') members.InstanceId = reader.value()
      else if (name === 'EventName') members.EventName = reader.word()
      else break
    }
    if (known === count) return members
  }
  reader.back(start)
  const args = reader.value()
  return Array.isArray(args) ? args[0] : args
}

/** Writes `[1, id, nil, `: the result has to follow. */
export function writeReplyHead(writer: ByteWriter, id: number): void {
  writeArrayHeader(writer, 4)
  writer.byte(1)
  writeValue(writer, id)
  writer.byte(nil)
}

/** Writes `[1, id, nil, { EventId, Data: `: the data has to follow. */
export function writeEventHead(writer: ByteWriter, id: number, eventId: unknown): void {
  writeReplyHead(writer, id)
  writer.bytes(eventIdHead)
  writeValue(writer, eventId)
  writer.bytes(dataHead)
}

/** Writes `[1, id, error, nil]`. */
export function writeError(writer: ByteWriter, id: number, error: string): void {
  writeValue(writer, [1, id, error, undefined])
}

const nil = 0xc0
const eventIdHead = Buffer.concat([Buffer.of(0x82), encodeMessage('EventId')])
const dataHead = encodeMessage('Data')
