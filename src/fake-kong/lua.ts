import { decodeText, encodeText } from '../wire/text.ts'
import { Raised } from './answer.ts'

/** Lua's word for the type of a value; cjson's null is userdata. */
export function luaType(value: unknown): string {
  if (value === undefined) return 'nil'
  if (value === null) return 'userdata'
  if (typeof value === 'string' || value instanceof Uint8Array) return 'string'
  return typeof value === 'object' ? 'table' : typeof value
}

export function isTable(value: unknown): value is object {
  return luaType(value) === 'table'
}

/** A Lua string as text; all else as Lua's `tostring` has it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return decodeText(Buffer.from(value))
  if (typeof value === 'number') return numberText(value)
  if (value === undefined) return 'nil'
  if (value === null) return 'userdata: NULL'
  return typeof value === 'object' ? 'table: 0x7f0000000000' : String(value)
}

/** A number as C's `%.14g` prints it, which is Lua's own form; Kong's JSON has 16 digits. */
export function numberText(value: number, digits = 14): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const [mantissa = '', power = '0'] = value.toExponential(digits - 1).split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < digits) return shortened(value.toFixed(digits - 1 - exponent))
  const sign = exponent < 0 ? '-' : '+'
  return `${shortened(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function shortened(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** The bytes of a Lua string. */
export function bytesOf(value: unknown): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : encodeText(textOf(value ?? ''))
}

/**
 * A decoded argument as Lua holds it. A nil in a table is no member at all: a list with a nil inside becomes a table
 * with a hole.
 */
export function luaValue(value: unknown): unknown {
  if (value === null) return undefined
  if (!isTable(value)) return value
  if (Array.isArray(value)) return luaList(value.map(luaValue))
  const members = Object.entries(value).map(([key, member]) => [key, luaValue(member)] as const)
  return Object.fromEntries(members.filter(([, member]) => member !== undefined))
}

/** A list as Lua holds it: dense, or a Map by index where a nil stands inside. */
export function luaList(items: readonly unknown[]): unknown[] | Map<number, unknown> {
  const present = items.flatMap((item, index) => (item === undefined ? [] : [[index + 1, item] as const]))
  return present.length === 0 || present.at(-1)?.[0] === present.length
    ? present.map(([, item]) => item)
    : new Map(present)
}

/** The arguments that reach a function: Lua's `unpack` stops at the first nil. */
export function unpacked(args: readonly unknown[]): unknown[] {
  const values = args.map(luaValue)
  const end = values.indexOf(undefined)
  return end < 0 ? values : values.slice(0, end)
}

/** The members of a Lua table under 1, 2, 3 and so on, as `ipairs` gives them. */
export function listIn(table: unknown): readonly unknown[] {
  if (Array.isArray(table)) return table
  if (!(table instanceof Map)) return []
  const items: unknown[] = []
  for (let index = 1; table.has(index); index++) items.push(table.get(index))
  return items
}

/** All members of a Lua table, as `pairs` gives them. */
export function entriesOf(table: object): readonly (readonly [unknown, unknown])[] {
  if (table instanceof Map) return [...table]
  if (Array.isArray(table)) return table.map((item, index) => [index + 1, item])
  return Object.entries(table).filter(([, member]) => member !== undefined)
}

export function memberOf(table: Readonly<Record<string, unknown>>, key: unknown): unknown {
  return Object.hasOwn(table, textOf(key)) ? table[textOf(key)] : undefined
}

export function checkString(value: unknown, sentence: string): string {
  if (luaType(value) !== 'string') throw new Raised(sentence)
  return textOf(value)
}

/** A limit of a count, as `max_headers`; nil is Kong's default. */
export function checkCount(value: unknown, name: string): number {
  if (value === undefined) return 100
  if (typeof value !== 'number') throw new Raised(`${name} must be a number`)
  if (value < 1) throw new Raised(`${name} must be >= 1`)
  if (value > 1000) throw new Raised(`${name} must be <= 1000`)
  return value
}

export function checkInteger(value: unknown, name: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Raised(`${name} must be an integer`)
  if (value < min || value > max)
    throw new Raised(`${name} must be an integer between ${min} and ${max}: given ${textOf(value)}`)
  return value
}
