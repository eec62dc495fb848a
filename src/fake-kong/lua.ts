import { decodeText } from '../wire/text.ts'
import { Raised } from './answer.ts'
import type { Headers } from './world.ts'

/** A Lua string as text; numbers and booleans as Lua's `tostring` has them. */
export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return decodeText(Buffer.from(value))
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : `${Number(value.toPrecision(14))}`
  return String(value)
}

export function bytesOf(value: unknown): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(textOf(value ?? ''))
}

export function tableOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Raised('expected a table')
  return value as Record<string, unknown>
}

export function memberOf(table: Readonly<Record<string, unknown>>, key: unknown): unknown {
  return Object.hasOwn(table, textOf(key)) ? table[textOf(key)] : undefined
}

/** Kong reads `X_A` and `x-a` alike. */
export function headerName(name: unknown): string {
  return textOf(name).toLowerCase().replaceAll('_', '-')
}

export function firstHeader(headers: Headers, name: unknown): string | undefined {
  return headers[headerName(name)]?.[0]
}

/** The first headers, as the Lua table that Kong makes of them: text, or a list where a name stood several times. */
export function headerTable(headers: Headers, most: unknown): Record<string, string | string[]> {
  const pairs = Object.entries(headers).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  )
  return grouped(pairs.slice(0, countOf(most)))
}

export function setHeader(headers: Headers, name: unknown, value: unknown): void {
  headers[headerName(name)] = [value].flat().map(textOf)
}

export function addHeader(headers: Headers, name: unknown, value: unknown): void {
  const key = headerName(name)
  headers[key] = [...(headers[key] ?? []), ...[value].flat().map(textOf)]
}

export function setHeaders(headers: Headers, table: unknown): void {
  for (const [name, value] of Object.entries(tableOf(table))) setHeader(headers, name, value)
}

/** The arguments of a query text, in its order; a bare name is `true`. */
export function queryPairs(query: string): (readonly [string, string | true])[] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [unescaped(part), true] : [unescaped(part.slice(0, at)), unescaped(part.slice(at + 1))]
    })
}

export function queryTable(query: string, most: unknown): Record<string, unknown> {
  return grouped<string | true>(queryPairs(query).slice(0, countOf(most)))
}

/** A table of arguments as query text, with the names sorted as Kong does. */
export function queryText(args: unknown): string {
  return Object.entries(tableOf(args))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => [value].flat().map((item) => [name, item] as const))
    .filter(([, item]) => item !== false)
    .map(([name, item]) => (item === true ? escaped(name) : `${escaped(name)}=${escaped(textOf(item))}`))
    .join('&')
}

function grouped<V>(pairs: readonly (readonly [string, V])[]): Record<string, V | V[]> {
  const table: Record<string, V | V[]> = {}
  for (const [name, value] of pairs)
    table[name] = Object.hasOwn(table, name) ? ([table[name] as V | V[], value].flat() as V[]) : value
  return table
}

function countOf(most: unknown): number {
  if (most === undefined) return 100
  if (typeof most !== 'number' || most < 1 || most > 1000) throw new Raised(`expected 1 to 1000, got ${most}`)
  return most
}

function unescaped(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return bytes === text ? text : decodeText(Buffer.from(bytes, 'latin1'))
}

function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
