import { LuaError } from './lua-pattern.ts'

/** A value as Lua's `tostring` writes it; a table has an address there, which nobody can repeat. */
export function luaText(value: unknown): string {
  if (typeof value === 'number') return luaNumber(value)
  if (typeof value === 'object' && value !== null) return 'table'
  return value === null ? 'null' : value === undefined ? 'nil' : String(value)
}

/** `table.concat(list, ', ')`. */
export function luaList(list: readonly unknown[]): string {
  return list
    .map((entry) => {
      if (typeof entry === 'string' || typeof entry === 'number') return luaText(entry)
      throw new LuaError(`invalid value (${luaType(entry)}) in table for 'concat'`)
    })
    .join(', ')
}

/** `'a', 'b'`, and `('a'), ('b', 'c')` for lists inside. */
export function quotedList(words: readonly unknown[]): string {
  return words
    .map((word) => (Array.isArray(word) ? `(${quotedList(word)})` : `'${luaText(word)}'`))
    .join(', ')
}

/** `string.format` of a message with one value; `%%` is a percent sign, anything else raises as in Lua. */
export function luaFormat(message: string, value: string): string {
  let used = false
  return message.replace(/%(.?)/gs, (_, directive: string) => {
    if (directive === '%') return '%'
    if (directive !== 's') throw new LuaError(`invalid option '%${directive}' to 'format'`)
    if (used) throw new LuaError("bad argument #3 to 'format' (no value)")
    used = true
    return value
  })
}

export function luaType(value: unknown): string {
  if (value === undefined) return 'nil'
  if (value === null) return 'userdata'
  return typeof value === 'object' ? 'table' : typeof value
}

/** Fourteen significant digits, as C's `%.14g` writes them. */
function luaNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const [digits, power] = value.toExponential(13).split('e') as [string, string]
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 14) return String(Number(value.toPrecision(14)))
  const sign = exponent < 0 ? '-' : '+'
  return `${trimZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
}
