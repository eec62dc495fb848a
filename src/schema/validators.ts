import { compileLuaPattern, LuaError } from './lua-pattern.ts'
import { luaList, luaText, luaType, quotedList } from './lua-text.ts'
import type { validatorWords } from './words.ts'

/** What Kong says against a value, or undefined where the validator takes it. */
type Validator = (value: unknown, argument: unknown, field: { readonly type?: unknown }) => string | undefined
type Name = Exclude<keyof typeof validatorWords, 'custom_validator'>
interface Rule {
  pattern: string
  err?: string
}

/** Kong's validators with its sentences. */
export const validators: Record<Name, Validator> = {
  between: (value, argument) => {
    const [low, high] = argument as [number, number]
    if (!below(value, low) && !below(high, value)) return undefined
    return `value should be between ${Math.trunc(low)} and ${Math.trunc(high)}`
  },
  eq: (value, wanted) => (value === wanted ? undefined : `value must be ${luaText(wanted)}`),
  ne: (value, wanted) => (value !== wanted ? undefined : `value must not be ${luaText(value)}`),
  gt: (value, limit) => (below(limit, value) ? undefined : `value must be greater than ${luaText(limit)}`),
  len_eq: (value, wanted, field) =>
    lengthOf(value, field) === wanted ? undefined : `length must be ${luaText(wanted)}`,
  len_min: (value, least, field) =>
    lengthOf(value, field) >= (least as number) ? undefined : `length must be at least ${luaText(least)}`,
  len_max: (value, most, field) =>
    lengthOf(value, field) <= (most as number) ? undefined : `length must be at most ${luaText(most)}`,
  match: (value, pattern) => (matches(value, pattern) ? undefined : invalid(value)),
  not_match: (value, pattern) => (matches(value, pattern) ? invalid(value) : undefined),
  match_all: (value, rules) => {
    const broken = (rules as Rule[]).find((rule) => !matches(value, rule.pattern))
    return broken && (broken.err ?? invalid(value))
  },
  match_none: (value, rules) => {
    const broken = (rules as Rule[]).find((rule) => matches(value, rule.pattern))
    return broken && (broken.err ?? invalid(value))
  },
  match_any: (value, argument) => {
    const { patterns, err } = argument as { patterns: string[]; err?: string }
    return patterns.some((pattern) => matches(value, pattern)) ? undefined : (err ?? invalid(value))
  },
  starts_with: (value, start) =>
    String(value).startsWith(String(start)) ? undefined : `should start with: ${luaText(start)}`,
  one_of: (value, choices) =>
    (choices as unknown[]).includes(value) ? undefined : `expected one of: ${luaList(choices as unknown[])}`,
  not_one_of: (value, choices) =>
    (choices as unknown[]).includes(value)
      ? `must not be one of: ${luaList(choices as unknown[])}`
      : undefined,
  contains: (list, wanted) =>
    (list as unknown[]).includes(wanted) ? undefined : `expected to contain: ${luaText(wanted)}`,
  is_regex: (value) => (isRegex(String(value)) ? undefined : `not a valid regex: ${luaText(value)}`),
  timestamp: (value) => (below(0, value) ? undefined : 'expected a valid timestamp'),
  uuid: (value) => (uuid.test(String(value)) ? undefined : 'expected a valid UUID'),
  mutually_exclusive_subsets: (list, subsets) => {
    const home = new Map<unknown, unknown>()
    for (const subset of subsets as string[][]) for (const member of subset) home.set(member, subset)
    const used = new Set((list as unknown[]).map((value) => home.get(value)).filter(Boolean))
    return used.size <= 1 ? undefined : `these sets are mutually exclusive: ${quotedList([...used])}`
  },
}

/** The order in which Kong runs them: it answers with the first that fails. */
export const validatorNames: readonly Name[] = [
  'eq',
  'ne',
  'not_one_of',
  'one_of',
  'gt',
  'timestamp',
  'uuid',
  'is_regex',
  'between',
  'len_eq',
  'len_min',
  'len_max',
  'starts_with',
  'not_match',
  'match_none',
  'match',
  'match_all',
  'match_any',
  'contains',
  'mutually_exclusive_subsets',
]

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function below(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right
  throw new LuaError(`attempt to compare ${luaType(left)} with ${luaType(right)}`)
}

/** Lua's `#`: bytes of a string, the list part of a table; in a map Kong counts every entry. */
function lengthOf(value: unknown, field: { readonly type?: unknown }): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return field.type === 'map' ? value.length * 2 : value.length
  if (typeof value !== 'object' || value === null) {
    throw new LuaError(`attempt to get length of local 'value' (a ${luaType(value)} value)`)
  }
  return field.type === 'map' ? Object.keys(value).length : 0
}

function matches(value: unknown, pattern: unknown): boolean {
  if (typeof value !== 'string' || typeof pattern !== 'string') {
    throw new LuaError(`bad argument #1 to 'match' (string expected, got ${luaType(pattern)})`)
  }
  return compileLuaPattern(pattern)(value)
}

/** Kong asks PCRE; JavaScript's own grammar is the nearest one here, and it knows no options like `(?i)`. */
function isRegex(source: string): boolean {
  try {
    new RegExp(source.replace(/^\(\?[imsx]+\)/, ''))
    return true
  } catch {
    return false
  }
}

function invalid(value: unknown): string {
  return `invalid value: ${luaText(value)}`
}
