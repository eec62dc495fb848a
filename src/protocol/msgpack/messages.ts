import { fault, show } from '../../errors.ts'
import type { ByteWriter } from '../../wire/bytes.ts'
import type { MessageReader } from '../../wire/msgpack.ts'
import { writeArrayHeader, writeValue } from '../../wire/msgpack-writer.ts'

/** `[0, id, method, [args]]`, as Kong sends it. */
export interface Request {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

export function readRequest(reader: MessageReader): Request {
  const start = reader.position
  const count = reader.items()
  if (count > 2 && reader.value() === 0) {
    const id = reader.value()
    const method = reader.word()
    const args = count > 3 ? reader.value() : undefined
    if (typeof id === 'number' && typeof method === 'string')
      return { id, method, args: Array.isArray(args) ? args : args === undefined ? [] : [args] }
  }
  reader.back(start)
  throw fault('BAD_RPC', `${show(reader.value())} is no request of the form [0, id, method, [args]]`)
}

/** Writes `[1, id, nil, `: the result has to follow. */
export function writeReplyHead(writer: ByteWriter, id: number): void {
  writeArrayHeader(writer, 4)
  writer.byte(1)
  writeValue(writer, id)
  writer.byte(nil)
}

/** Writes `[1, id, error, nil]`. */
export function writeError(writer: ByteWriter, id: number, error: string): void {
  writeValue(writer, [1, id, error, undefined])
}

const nil = 0xc0
