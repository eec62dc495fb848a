import { encodeText } from '../wire/text.ts'
import { Raised } from './answer.ts'
import { entriesOf, luaType, numberText, textOf } from './lua.ts'

/** A Lua value as Kong's cjson writes it: `/` escaped, an empty table as `{}`, nothing about order promised. */
export function jsonText(value: unknown): string {
  const type = luaType(value)
  if (type === 'string') return quoted(textOf(value))
  if (type === 'number') {
    if (!Number.isFinite(value)) throw new Raised('Cannot serialise number: must not be NaN or Infinity')
    return numberText(value as number, 16)
  }
  if (type !== 'table') return value === true || value === false ? String(value) : 'null'
  const entries = entriesOf(value as object)
  if (entries.length > 0 && entries.every(([key]) => typeof key === 'number')) return list(entries)
  const members = entries.map(([key, member]) => `${quoted(textOf(key))}:${jsonText(member)}`)
  return `{${members.join(',')}}`
}

export function jsonBytes(value: unknown): Buffer {
  return encodeText(jsonText(value))
}

/** cjson fills holes with null, as long as the list is not sparse. */
function list(entries: readonly (readonly [unknown, unknown])[]): string {
  const items = new Map(entries)
  const length = Math.max(...entries.map(([key]) => key as number))
  if (length > 10 && length > 2 * items.size)
    throw new Raised('Cannot serialise table: excessively sparse array')
  return `[${Array.from({ length }, (_, index) => jsonText(items.get(index + 1))).join(',')}]`
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u(dc[89a-f][0-9a-f])|\/|\x7f/g, (match, hex?: string) => {
    // A byte that is not UTF-8 goes out as it is.
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (match === '/') return '\\/'
    return match === '\x7f' ? '\\u007f' : match
  })
}
