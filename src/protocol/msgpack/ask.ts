import { fault } from '../../errors.ts'
import type { Prepared } from '../../pdk/client.ts'
import { bytes } from '../../pdk/results.ts'
import type { Row } from '../../pdk/row.ts'
import { ByteWriter } from '../../wire/bytes.ts'
import { writeMapHeader, writeValue } from '../../wire/msgpack-writer.ts'
import type { Refuse } from '../../wire/struct.ts'
import { encodeText } from '../../wire/text.ts'

/** A row over MsgPack:1: the `Data` that asks for it, and how its answer is read. */
export interface PreparedCall extends Prepared {
  /** The arguments as Kong takes them, in memory of their own: the call may have to wait for its turn. */
  readonly args: (args: readonly unknown[]) => readonly unknown[]
  /** Writes `{ Method, Args }`. */
  readonly write: (writer: ByteWriter, args: readonly unknown[]) => void
  /** Kong 2.8 sends bodies as text, later ones as bytes. */
  readonly read: (raw: unknown) => unknown
}

export function prepare(row: Row): PreparedCall {
  const refuse: Refuse = (path, value, remedy) => {
    throw fault('NOT_CARRIED', row.name, path, value, 'MsgPack:1', remedy)
  }
  const head = headOf(row.name)
  return {
    row,
    args: (args) => withoutHoles(row, args, refuse),
    write(writer, args) {
      writer.bytes(head)
      writeValue(writer, args)
    },
    read: row.result === bytes ? (raw) => bytes(typeof raw === 'string' ? encodeText(raw) : raw) : row.result,
  }
}

/** All of `{ Method, Args }` that stands before the arguments. */
function headOf(name: string): Buffer {
  const writer = new ByteWriter()
  writeMapHeader(writer, 2)
  for (const text of ['Method', name, 'Args']) writeValue(writer, text)
  return writer.take()
}

/**
 * Kong cuts the arguments at the first nil (the border of a Lua table): trailing ones are left out, one before
 * others is replaced where the row says by what, and refused otherwise. A list inside with a nil in it is refused too:
 * Kong keeps it as a table with a hole, which is no list any more when it comes back.
 */
function withoutHoles(row: Row, args: readonly unknown[], refuse: Refuse): readonly unknown[] {
  let length = args.length
  while (length > 0 && isNil(args[length - 1])) length--
  if (length === args.length && args.every(isScalar)) return args
  const sent: unknown[] = []
  for (let index = 0; index < length; index++) {
    const parameter = row.args[Math.min(index, row.args.length - 1)]
    const name = parameter?.name ?? `argument ${index + 1}`
    const value = args[index]
    if (!isNil(value)) sent.push(carried(value, name, refuse))
    else if (parameter?.gap !== undefined) sent.push(parameter.gap)
    else refuse(name, value, 'give it a value, or leave out what follows it')
  }
  return sent
}

/** The arguments are plain JSON by now: what is left to refuse is a hole, and members that are nil are left out. */
function carried(value: unknown, path: string, refuse: Refuse): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value))
    return value.map((item, index) =>
      isNil(item)
        ? refuse(`${path}[${index}]`, item, 'leave it out')
        : carried(item, `${path}[${index}]`, refuse),
    )
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => !isNil(member))
      .map(([key, member]) => [key, carried(member, `${path}.${key}`, refuse)]),
  )
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function isNil(value: unknown): value is null | undefined {
  return value === null || value === undefined
}
