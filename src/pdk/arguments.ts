import { fault } from '../errors.ts'
import { setMember } from '../set-member.ts'
import { plainJson } from './plain-json.ts'

/** One parameter of a PDK function: what Kong calls it, and the check that runs before anything is sent. */
export interface Argument {
  readonly name: string
  readonly optional?: true
  /** Takes all remaining arguments, each checked alone. */
  readonly rest?: true
  /** What MsgPack:1 sends when it is left out before others that are given; without it such a call is refused. */
  readonly gap?: unknown
  /** Gives the value to send, or throws BAD_ARGUMENT. `where` names the function for the sentence. */
  readonly check: (value: unknown, where: string) => unknown
}

const parameter = (name: string, want: string, fits: (value: unknown) => boolean): Argument => ({
  name,
  check(value, where) {
    if (!fits(value)) throw fault('BAD_ARGUMENT', where, name, want, value)
    return value
  },
})

/** The same parameter, left out at will: `undefined` is sent as "not given". */
export const optional = <A extends Argument>(argument: A): A & { optional: true } => ({
  ...argument,
  optional: true,
  check: (value, where) => (value === undefined ? undefined : argument.check(value, where)),
})

/** The same parameter with the value that is sent when it is left out. */
export const defaulted = <A extends Argument>(argument: A, value: unknown): A & { optional: true } => ({
  ...argument,
  optional: true,
  check: (given, where) => argument.check(given === undefined ? value : given, where),
})

export const text = (name: string): Argument =>
  parameter(name, 'a string', (value) => typeof value === 'string')

/** A string that is one of a few, or that a pattern describes; `want` completes "must be". */
export const word = (name: string, want: string, fits: (value: string) => boolean): Argument =>
  parameter(name, want, (value) => typeof value === 'string' && fits(value))

export const choice = (name: string, choices: readonly string[]): Argument =>
  word(name, `one of ${choices.join(', ')}`, (value) => choices.includes(value))

export const flag = (name: string): Argument =>
  parameter(name, 'true or false', (value) => typeof value === 'boolean')

export const integer = (name: string, min: number, max: number): Argument =>
  parameter(
    name,
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  )

export const number = (name: string): Argument =>
  parameter(name, 'a finite number', (value) => Number.isFinite(value))

/** How many headers or arguments to read: Kong raises outside 1..1000 and takes 100 when nothing is said. */
export const count = (name: string): Argument => defaulted(integer(name, 1, 1000), 100)

/** Text or bytes; text goes out as UTF-8. */
export const bytes = (name: string): Argument =>
  parameter(
    name,
    'a string, a Buffer or a Uint8Array',
    (value) => typeof value === 'string' || value instanceof Uint8Array,
  )

/** Any JSON value; what a dialect cannot carry is refused by that dialect. `undefined` is sent as nil. */
export const json = (name: string): Argument => ({
  name,
  check: (value, where) => plainJson(value, name, where),
})

/** The same parameter, sent as plain JSON. */
const plain = (argument: Argument): Argument => ({
  ...argument,
  check: (value, where) => plainJson(argument.check(value, where), argument.name, where),
})

/** An object whose shape Kong itself checks (an entity, options). */
export const object = (name: string): Argument => plain(parameter(name, 'an object', isObject))

/** A header's value: text, number, boolean, or a list of them for several lines. */
export const headerValue = (name: string): Argument => ({
  name,
  check: (value, where) => lines(name, value, where),
})

/** One line of a header. */
export const headerLine = (name: string): Argument => ({
  name,
  check(value, where) {
    if (Array.isArray(value))
      throw fault('BAD_ARGUMENT', where, name, 'a string, a finite number or a boolean', value)
    return line(name, value, where)
  },
})

/** Header names with their values, as `{ 'x-a': '1', 'x-b': ['2', '3'] }`. */
export const headers = (name: string): Argument => table(name, lines)

/** Query arguments: text or number, `true` for a bare flag, or a list of them; `false` leaves one out. */
export const query = (name: string): Argument => table(name, queryValue)

/** The parts of a log line: text as it is, everything else as JSON text, since Lua prints tables as addresses. */
export const logParts = (name: string): Argument => ({ name, rest: true, check: (value) => printable(value) })

/** The same parameter, with an empty text in its place when it is left out before others that are given. */
export const emptyGap = <A extends Argument>(argument: A): A & { gap: string } => ({ ...argument, gap: '' })

/** All remaining arguments, each checked like this one. */
export const rest = <A extends Argument>(argument: A): A & { rest: true } => ({ ...argument, rest: true })

export const textOrObject = (name: string): Argument =>
  plain(parameter(name, 'a string or an object', (value) => typeof value === 'string' || isObject(value)))

/** An object or a list. */
export const container = (name: string): Argument =>
  plain(parameter(name, 'an object or a list', (value) => Array.isArray(value) || isObject(value)))

export const objects = (name: string): Argument =>
  plain(parameter(name, 'a list of objects', (value) => Array.isArray(value) && value.every(isObject)))

/** The body of an answer: text, bytes, or an object or list, which the row turns into JSON text. */
export const exitBody = (name: string): Argument =>
  emptyGap(
    plain(
      parameter(
        name,
        'a string, a Buffer, a Uint8Array, an object or a list',
        (value) =>
          typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value) || isObject(value),
      ),
    ),
  )

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/**
 * A value in the form that Lua prints as JavaScript does. LuaJIT writes numbers with `%.14g`, so
 * 9007199254740991 would become 9.007199254741e+15: such numbers, and `false`, which ProtoBuf:1 turns into nil,
 * go as text.
 */
export function scalar(value: string | number | boolean): string | number | true {
  if (value === true || typeof value === 'string') return value
  if (value === false) return 'false'
  const size = Math.abs(value)
  const same = Number(value.toPrecision(14)) === value && (size === 0 || (size >= 1e-4 && size < 1e14))
  return same && !Object.is(value, -0) ? value : String(value)
}

function printable(value: unknown): string | number | true {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return scalar(value)
  if (value instanceof Error) return value.stack ?? value.message
  if (typeof value === 'object' && value !== null) {
    try {
      return JSON.stringify(value) ?? String(value)
    } catch {
      return Object.prototype.toString.call(value)
    }
  }
  return String(value)
}

function lines(name: string, value: unknown, where: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => line(`${name}[${index}]`, item, where))
  return line(name, value, where)
}

function line(name: string, value: unknown, where: string): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return scalar(value as string | number | boolean)
  throw fault('BAD_ARGUMENT', where, name, 'a string, a finite number, a boolean or a list of them', value)
}

function queryValue(name: string, value: unknown, where: string): unknown {
  if (Array.isArray(value))
    return value.filter((item) => item !== false).map((item, index) => line(`${name}[${index}]`, item, where))
  return value === false ? undefined : line(name, value, where)
}

function table(name: string, check: (name: string, value: unknown, where: string) => unknown): Argument {
  const shape = parameter(
    name,
    'a plain object of names and values',
    (value) => Object.prototype.toString.call(value) === '[object Object]',
  )
  return {
    name,
    check(value, where) {
      const entries = Object.entries(shape.check(value, where) as object)
      const sent: Record<string, unknown> = {}
      for (const [key, item] of entries) {
        const checked = item === undefined ? undefined : check(`${name}[${JSON.stringify(key)}]`, item, where)
        if (checked !== undefined) setMember(sent, key, checked)
      }
      return sent
    },
  }
}
