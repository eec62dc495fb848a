import { setMember } from '../set-member.ts'
import { decodeText } from '../wire/text.ts'
import { Raised } from './answer.ts'
import { bytesOf, entriesOf, isTable, listIn, luaType, textOf } from './lua.ts'

/** The arguments of a query text, in its order; a bare name is `true`. nginx passes over those without a name. */
export function queryPairs(query: string): (readonly [string, string | true])[] {
  return query
    .split('&')
    .filter((part) => part !== '' && !part.startsWith('='))
    .map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [unescaped(part), true] : [unescaped(part.slice(0, at)), unescaped(part.slice(at + 1))]
    })
}

export function queryTable(query: string, most: number): Record<string, unknown> {
  return grouped<string | true>(queryPairs(query).slice(0, most))
}

/** A table of arguments as query text: one piece for each name, sorted as text. */
export function queryText(args: object): string {
  return entriesOf(args)
    .map(([name, value]) => {
      if (luaType(name) !== 'string') throw new Raised('arg keys must be strings')
      return argumentText(escaped(name), value)
    })
    .sort((a, b) => (a < b ? -1 : 1))
    .join('&')
}

function argumentText(name: string, value: unknown): string {
  if (value === true) return name
  if (value === false) return ''
  if (!isTable(value)) return `${name}=${escaped(value)}`
  return listIn(value)
    .map((item) => {
      if (isTable(item)) throw new Raised('attempt to use table as query arg value')
      return argumentText(name, item)
    })
    .filter((piece) => piece !== '')
    .join('&')
}

/** Pairs as a Lua table: a name that stands several times has a list. */
export function grouped<V>(pairs: readonly (readonly [string, V])[]): Record<string, V | V[]> {
  const table: Record<string, V | V[]> = {}
  for (const [name, value] of pairs)
    setMember(table, name, Object.hasOwn(table, name) ? [table[name] as V | V[], value].flat() : value)
  return table
}

function unescaped(text: string): string {
  if (!/[+%]/.test(text)) return text
  const latin = bytesOf(text)
    .toString('latin1')
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decodeText(Buffer.from(latin, 'latin1'))
}

function escaped(value: unknown): string {
  return escapeBytes(textOf(value), /[A-Za-z0-9\-._~]/)
}

/** Writes every byte as %XX that is not one of the safe characters. */
export function escapeBytes(text: string, safe: RegExp): string {
  return bytesOf(text)
    .toString('latin1')
    .replace(/[\s\S]/g, (char) => (char < '\x80' && safe.test(char) ? char : `%${hexOf(char.charCodeAt(0))}`))
}

function hexOf(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}
