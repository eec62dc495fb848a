import { fault, show } from '../../errors.ts'
import { encodeMessage } from '../../wire/msgpack.ts'

/** `[0, id, method, [args]]`, as Kong sends it. */
export interface Request {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

export function readRequest(message: unknown): Request {
  if (
    !Array.isArray(message) ||
    message[0] !== 0 ||
    typeof message[1] !== 'number' ||
    typeof message[2] !== 'string'
  )
    throw fault('BAD_RPC', `${show(message)} is no request of the form [0, id, method, [args]]`)
  const [, id, method, args] = message
  return { id, method, args: Array.isArray(args) ? args : args === undefined ? [] : [args] }
}

/** `[1, id, error | nil, result]`. */
export function encodeReply(id: number, result: unknown): Buffer {
  return encodeMessage([1, id, undefined, result])
}

export function encodeError(id: number, error: string): Buffer {
  return encodeMessage([1, id, error, undefined])
}
