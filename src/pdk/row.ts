import type { Argument } from './arguments.ts'
import type { Dialect, Phase } from './phases.ts'
import type { Result } from './results.ts'

/** ProtoBuf messages that carry a call's arguments (pluginsocket.proto of Kong 3.9). */
export type Takes =
  | 'Empty'
  | 'String'
  | 'Int'
  | 'Bool'
  | 'KV'
  | 'Struct'
  | 'ListValue'
  | 'ByteString'
  | 'Target'
  | 'ConsumerSpec'
  | 'AuthenticateArgs'
  | 'ExitArgs'

/** ProtoBuf messages that carry a call's result. */
export type Gives =
  | 'Empty'
  | 'String'
  | 'Int'
  | 'Number'
  | 'Bool'
  | 'Value'
  | 'Struct'
  | 'ByteString'
  | 'RawBodyResult'
  | 'UriCapturesResult'
  | 'Route'
  | 'Service'
  | 'Consumer'
  | 'AuthenticatedCredential'
  | 'MemoryStats'

/** One function of Kong's PDK as it is reached from outside: the row of the table. */
export interface Row {
  /** Kong's own name, as it goes over the wire: `kong.request.get_header`. */
  readonly name: string
  /** The phases in which Kong 3.9.1 answers it. */
  readonly phases: readonly Phase[]
  readonly args: readonly Argument[]
  /** Looks at all arguments together after each was checked alone: gives what to send, or throws BAD_ARGUMENT. */
  readonly finish?: (args: readonly unknown[], where: string) => readonly unknown[]
  readonly result: Result
  /** First Kong version with the function. */
  readonly since: string
  /** Present where ProtoBuf:1 has the function; MsgPack:1 has them all. */
  readonly protobuf?: { readonly takes: Takes; readonly gives: Gives; readonly since: string }
  /** Absent from the open-source gateway. */
  readonly edition?: 'enterprise'
  /** Kong ends the event with this call and never answers it. */
  readonly ends?: true
  /**
   * Over this dialect the call goes out under another row, as Kong cannot answer it itself: the arguments for
   * that row, and what its result means here.
   */
  readonly instead?: {
    readonly dialect: Dialect
    readonly row: Row
    readonly args: (args: readonly unknown[]) => readonly unknown[]
    readonly result: (result: unknown, args: readonly unknown[]) => unknown
  }
  /** The last step on our side, for rows that give the same answer in a handier form. */
  readonly then?: (result: unknown) => unknown
}

/** A row that knows the type of the function an author sees. */
export type Method<F, R extends Row = Row> = R & { readonly call: F }

/**
 * Types a row: `method<(name: string) => Promise<string>>()({ name, phases, ... })`. The function type is
 * written out, as names of parameters cannot be inferred from values and are what an editor shows.
 */
export function method<F extends (...args: never[]) => Promise<unknown>>() {
  return <const R extends Row>(row: R): Method<F, R> => row as Method<F, R>
}

/** The same call with its result in another form: `mapped<() => Promise<string>>()(getRawBody, toText)`. */
export function mapped<F extends (...args: never[]) => Promise<unknown>>() {
  return <R extends Row>(row: R, then: (result: unknown) => unknown) =>
    ({ ...row, then }) as unknown as Omit<R, 'call'> & { readonly then: typeof then; readonly call: F }
}

/** The dialects that have a row. */
export function dialectsOf(row: Row): readonly Dialect[] {
  return row.protobuf === undefined ? ['MsgPack:1'] : ['ProtoBuf:1', 'MsgPack:1']
}
