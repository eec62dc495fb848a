import type { Definition } from './definition.ts'
import { schemaFault } from './errors.ts'
import { compileLuaPattern, LuaError } from './lua-pattern.ts'

/** Throws for a pattern that raises in Kong, and for one that is a regular expression and silently never matches. */
export function refuseBadPatterns(path: string, field: Definition): void {
  for (const [attribute, pattern] of patternsOf(field)) {
    const regex = regexPart(pattern)
    if (regex !== undefined) throw schemaFault('BAD_PATTERN', path, attribute, pattern, regex)
    try {
      compileLuaPattern(pattern)
    } catch (error) {
      if (!(error instanceof LuaError)) throw error
      throw schemaFault(
        'BAD_PATTERN',
        path,
        attribute,
        pattern,
        `this one raises "${error.message}" there; mend it`,
      )
    }
  }
}

function patternsOf(field: Definition): (readonly [attribute: string, pattern: string])[] {
  const { match, not_match, match_all, match_none, match_any } = field as {
    match?: string
    not_match?: string
    match_all?: { pattern: string }[]
    match_none?: { pattern: string }[]
    match_any?: { patterns: string[] }
  }
  const found: [string, string | undefined][] = [
    ['match', match],
    ['not_match', not_match],
  ]
  for (const rule of match_all ?? []) found.push(['match_all', rule.pattern])
  for (const rule of match_none ?? []) found.push(['match_none', rule.pattern])
  for (const pattern of match_any?.patterns ?? []) found.push(['match_any', pattern])
  return found.flatMap(([attribute, pattern]) =>
    pattern === undefined ? [] : [[attribute, pattern] as const],
  )
}

/** What a regular expression says, and Lua in its own way; `\b` has no near relative. */
const escapes: Record<string, string> = { d: '%d', D: '%D', w: '[%w_]', W: '[^%w_]', s: '%s', S: '%S' }

/** Why a pattern is a regular expression rather than a Lua pattern, or undefined. */
function regexPart(pattern: string): string | undefined {
  const letter = /\\([dDwWsSbB])/.exec(pattern)?.[1]
  if (letter !== undefined) {
    const lua = escapes[letter] ?? '%f[%w]'
    return `\\${letter} is a backslash and a letter there; write ${lua}`
  }
  const sign = /\\([.+*?()[{}|^$/-])/.exec(pattern)?.[1]
  if (sign !== undefined) {
    return `\\${sign} does not escape there; write ${'{}|/'.includes(sign) ? sign : `%${sign}`}`
  }
  const group = /\(\?(?:[:=!]|<[=!])/.exec(pattern)?.[0]
  if (group !== undefined) return `${group} is no group there; use match_any or match_none for alternatives`
  const count = /[\])\w.]\{\d+(?:,\d*)?\}/.exec(pattern)?.[0].slice(1)
  if (count !== undefined)
    return `${count} is no repetition there; repeat the class, or use len_min and len_max`
  return undefined
}
