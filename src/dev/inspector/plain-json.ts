import { isUtf8 } from 'node:buffer'
import { textOf } from '../../fake-kong/lua.ts'
import { encodeText } from '../../wire/text.ts'

/** Characters of one text that are kept. */
const longestText = 4096
/** Characters of a whole value, roughly. */
const largestValue = 65_536
const deepest = 24

/** A value, and about how many characters it takes. */
export interface PlainJson {
  readonly value: unknown
  readonly size: number
}

/**
 * A Lua value as JSON. Bytes that are no text become `{ $base64, size }`, long text ends with a note of its length, and what
 * is beyond a size in all is left out.
 */
export function plainJson(value: unknown): PlainJson {
  const budget = { left: largestValue }
  const plain = reduced(value, budget, 0)
  return { value: plain, size: largestValue - budget.left }
}

interface Budget {
  left: number
}

function reduced(value: unknown, budget: Budget, depth: number): unknown {
  budget.left -= 8
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return text(value, budget)
  if (value instanceof Uint8Array) return bytes(Buffer.from(value), budget)
  if (typeof value === 'boolean' || Number.isFinite(value)) return value
  if (typeof value !== 'object') return text(String(value), budget)
  if (depth === deepest || budget.left < 0) return '…'
  return Array.isArray(value) ? items(value, budget, depth) : members(value, budget, depth)
}

function items(list: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const kept: unknown[] = []
  for (const item of list) {
    if (budget.left < 0) {
      kept.push(`… (${list.length - kept.length} more)`)
      break
    }
    kept.push(reduced(item, budget, depth + 1))
  }
  return kept
}

/** Keys of a Lua table that are numbers become text. */
function members(table: object, budget: Budget, depth: number): object {
  const entries: (readonly [unknown, unknown])[] =
    table instanceof Map ? [...table] : Object.entries(table).filter(([, member]) => member !== undefined)
  const kept: [string, unknown][] = []
  for (const [key, member] of entries) {
    if (budget.left < 0) {
      kept.push(['…', `${entries.length - kept.length} more`])
      break
    }
    kept.push([cutText(textOf(key), budget), reduced(member, budget, depth + 1)])
  }
  return Object.fromEntries(kept)
}

function bytes(value: Buffer, budget: Budget): unknown {
  if (isUtf8(value)) return cutText(value.toString(), budget)
  budget.left -= Math.min(value.length, longestText)
  return { $base64: value.subarray(0, longestText).toString('base64'), size: value.length }
}

/** Bytes that are no UTF-8 stand in a Lua string as lone surrogates. */
function text(value: string, budget: Budget): unknown {
  return value.isWellFormed() ? cutText(value, budget) : bytes(encodeText(value), budget)
}

function cutText(value: string, budget: Budget): string {
  budget.left -= Math.min(value.length, longestText)
  return shortText(value)
}

/** A text of at most 4,096 characters, and a note of its length where it was longer. */
export function shortText(value: string): string {
  if (value.length <= longestText) return value
  const start = value.slice(0, longestText).replace(/[\ud800-\udbff]$/, '')
  return `${start}… (${value.length.toLocaleString('en-US')} characters)`
}
