export type JsonText =
  | { readonly ok: true; readonly value: unknown }
  /** Both count from 1. */
  | { readonly ok: false; readonly line: number; readonly column: number; readonly reason: string }

/** JSON as a person writes it, or where it first goes wrong: browsers do not all say where. */
export function readJson(text: string): JsonText {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    const { at, reason } = findFault(text) ?? { at: text.length, reason: String(error) }
    const before = text.slice(0, at).split('\n')
    return { ok: false, line: before.length, column: (before.at(-1) ?? '').length + 1, reason }
  }
}

interface Fault {
  readonly at: number
  readonly reason: string
}

/** Walks over tokens with what may come next; `open` holds the objects and lists around it. */
function findFault(text: string): Fault | undefined {
  const open: ('{' | '[')[] = []
  let wanted: Wanted = 'a value'
  let at = 0
  for (;;) {
    at += lengthOf(/[ \t\r\n]*/y, text, at)
    const sign = text[at]
    if (sign === undefined)
      return wanted === 'the end' ? undefined : { at, reason: `${wanted} is missing here` }
    const length = tokenLength(text, at)
    if (length === 0) return { at, reason: badToken(sign, wanted) }
    const next = follow(sign, wanted, open)
    if (next === undefined)
      return { at, reason: `${wanted} was expected, not ${text.slice(at, at + Math.min(length, 20))}` }
    wanted = next
    at += length
  }
}

type Wanted =
  | 'a value'
  | 'a value or ]'
  | 'a key in double quotes'
  | 'a key in double quotes or }'
  | 'a colon'
  | 'a comma or }'
  | 'a comma or ]'
  | 'the end'

function follow(sign: string, wanted: Wanted, open: ('{' | '[')[]): Wanted | undefined {
  const after = () => (open.length === 0 ? 'the end' : open.at(-1) === '{' ? 'a comma or }' : 'a comma or ]')
  if ((sign === '}' && wanted.endsWith('or }')) || (sign === ']' && wanted.endsWith('or ]'))) {
    open.pop()
    return after()
  }
  if (sign === ',' && wanted.startsWith('a comma'))
    return open.at(-1) === '{' ? 'a key in double quotes' : 'a value'
  if (sign === ':') return wanted === 'a colon' ? 'a value' : undefined
  if (wanted.startsWith('a key')) return sign === '"' ? 'a colon' : undefined
  if (!wanted.startsWith('a value') || '}],'.includes(sign)) return undefined
  if (sign !== '{' && sign !== '[') return after()
  open.push(sign)
  return sign === '{' ? 'a key in double quotes or }' : 'a value or ]'
}

function tokenLength(text: string, at: number): number {
  return lengthOf(
    /[{}[\]:,]|"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)\b/uy,
    text,
    at,
  )
}

function badToken(sign: string, wanted: Wanted): string {
  if (sign === '"') return 'this text in quotes has no end on its line, or an escape that JSON does not know'
  if (sign === "'") return 'texts stand in double quotes'
  return `${wanted} was expected`
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}
