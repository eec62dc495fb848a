import { setMember } from '../set-member.ts'
import { Raised } from './answer.ts'
import { entriesOf, isTable, listIn, luaType, textOf } from './lua.ts'
import { grouped } from './query.ts'
import type { Headers } from './world.ts'

/** Kong reads `X_A` and `x-a` alike. */
export function headerName(name: unknown): string {
  return textOf(name).toLowerCase().replaceAll('_', '-')
}

export function firstHeader(headers: Headers, name: unknown): string | undefined {
  const key = headerName(name)
  if (Object.hasOwn(headers, key)) return headers[key]?.[0]
  return Object.entries(headers).find(([own]) => headerName(own) === key)?.[1][0]
}

/** The same where Kong reads no more header lines than it does unless it is told how many. */
export function firstOfHundred(headers: Headers, name: unknown): string | undefined {
  const key = headerName(name)
  return linesOf(headers, 100).find(([own]) => headerName(own) === key)?.[1]
}

/** The first header lines as a Lua table: text, or a list where a name stood several times. */
export function headerTable(headers: Headers, most: number): Record<string, string | string[]> {
  return grouped(linesOf(headers, most))
}

function linesOf(headers: Headers, most: number): (readonly [string, string])[] {
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  )
  return lines.slice(0, most)
}

/** Raises where Kong refuses a header's name or value. */
export function checkHeader(name: unknown, value: unknown): string {
  if (luaType(name) !== 'string')
    throw new Raised(`invalid header name ${quoted(name)}: got ${luaType(name)}, expected string`)
  checkValue(textOf(name), value, 'array of string, string, number or boolean')
  return textOf(name)
}

/** The same for a whole table of headers; gives its pairs. */
export function checkHeaders(table: unknown): readonly (readonly [string, unknown])[] {
  if (!isTable(table)) throw new Raised('headers must be a table')
  return entriesOf(table).map(([name, value]) => {
    if (luaType(name) !== 'string')
      throw new Raised(`invalid header name ${quoted(name)}: got ${luaType(name)}, expected string`)
    checkValue(textOf(name), value, 'string, number, boolean or array of strings')
    return [textOf(name), value]
  })
}

function checkValue(name: string, value: unknown, expected: string): void {
  const type = luaType(value)
  if (type === 'table') {
    const odd = listIn(value).find((item) => luaType(item) !== 'string')
    if (odd !== undefined)
      throw new Raised(`invalid header value in array ${quoted(name)}: got ${luaType(odd)}, expected string`)
  } else if (type !== 'string' && type !== 'number' && type !== 'boolean')
    throw new Raised(`invalid header value for ${quoted(name)}: got ${type}, expected ${expected}`)
}

/** The lines that Kong makes of a value: nginx would drop an empty one, so that it becomes a space. */
export function headerLines(value: unknown): string[] {
  const lines = isTable(value) ? listIn(value) : [value]
  return lines.map((line) => textOf(line) || ' ')
}

export function setHeader(headers: Headers, name: string, lines: readonly string[]): void {
  clearHeader(headers, name)
  if (lines.length > 0) setMember(headers, name.toLowerCase(), [...lines])
}

export function addHeader(headers: Headers, name: string, lines: readonly string[]): void {
  const key = name.toLowerCase()
  const present = Object.hasOwn(headers, key) ? headers[key] : undefined
  setMember(headers, key, [...(present ?? []), ...lines])
}

export function clearHeader(headers: Headers, name: string): void {
  delete headers[name.toLowerCase()]
}

function quoted(value: unknown): string {
  return `"${textOf(value).replace(/["\\\n]/g, '\\$&')}"`
}

/** Headers of one connection, which no proxy passes on. */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
