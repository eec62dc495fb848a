/** Raised where Lua itself would raise while Kong checks a config: the request to the Admin API ends in a 500. */
export class LuaError extends Error {
  override readonly name = 'LuaError'
}

/**
 * Compiles a Lua 5.1 pattern as LuaJIT reads it. The result tells whether a text holds a match, byte by byte,
 * as `string.match` does. Throws a LuaError with Lua's own sentence where the pattern is malformed.
 */
export function compileLuaPattern(pattern: string): (text: string) => boolean {
  const source = bytesOf(pattern)
  const anchored = source.startsWith('^')
  const items = parse(source, anchored ? 1 : 0)
  return (text) => {
    const subject = bytesOf(text)
    const lastStart = anchored ? 0 : subject.length
    for (let start = 0; start <= lastStart; start++) {
      if (run({ subject, items, captures: [] }, start, 0)) return true
    }
    return false
  }
}

type Test = (code: number) => boolean

type Item =
  | { kind: 'one'; test: Test; repeat: '' | '*' | '+' | '-' | '?' }
  | { kind: 'open'; position: boolean }
  | { kind: 'close' | 'end' }
  | { kind: 'back'; index: number }
  | { kind: 'balance'; open: number; close: number }
  | { kind: 'frontier'; test: Test }

interface Match {
  readonly subject: string
  readonly items: readonly Item[]
  readonly captures: readonly Capture[]
}

interface Capture {
  readonly start: number
  /** -1 while it is open. */
  readonly end: number
}

const MOST_CAPTURES = 32

/** Lua's patterns and `#` see bytes, so a text is read as one character per byte. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function parse(source: string, from: number): Item[] {
  const items: Item[] = []
  const open: number[] = []
  const closed = new Set<number>()
  let captures = 0
  let at = from
  while (at < source.length) {
    const char = source[at]!
    const next = source[at + 1]
    if (char === '(') {
      if (captures === MOST_CAPTURES) throw new LuaError('too many captures')
      captures++
      const position = next === ')'
      if (position) closed.add(captures)
      else open.push(captures)
      items.push({ kind: 'open', position })
      at += position ? 2 : 1
    } else if (char === ')') {
      const index = open.pop()
      if (index === undefined) throw new LuaError('invalid pattern capture')
      closed.add(index)
      items.push({ kind: 'close' })
      at++
    } else if (char === '$' && next === undefined) {
      items.push({ kind: 'end' })
      at++
    } else if (char === '%' && next === 'b') {
      if (at + 3 >= source.length) throw new LuaError('unbalanced pattern')
      items.push({ kind: 'balance', open: source.charCodeAt(at + 2), close: source.charCodeAt(at + 3) })
      at += 4
    } else if (char === '%' && next === 'f') {
      if (source[at + 2] !== '[') throw new LuaError("missing '[' after '%f' in pattern")
      const single = parseSingle(source, at + 2)
      items.push({ kind: 'frontier', test: single.test })
      at = single.next
    } else if (char === '%' && next !== undefined && next >= '0' && next <= '9') {
      const index = Number(next)
      if (!closed.has(index)) throw new LuaError('invalid capture index')
      items.push({ kind: 'back', index })
      at += 2
    } else {
      const single = parseSingle(source, at)
      const suffix = source[single.next]
      const repeat = suffix === '*' || suffix === '+' || suffix === '-' || suffix === '?' ? suffix : ''
      items.push({ kind: 'one', test: single.test, repeat })
      at = single.next + repeat.length
    }
  }
  if (open.length > 0) throw new LuaError('unfinished capture')
  return items
}

function parseSingle(source: string, at: number): { test: Test; next: number } {
  const char = source[at]!
  if (char === '.') return { test: () => true, next: at + 1 }
  if (char === '[') return parseSet(source, at)
  if (char !== '%') return { test: isCode(source.charCodeAt(at)), next: at + 1 }
  const letter = source[at + 1]
  if (letter === undefined) throw new LuaError("malformed pattern (ends with '%')")
  return { test: classOf(letter), next: at + 2 }
}

/** A `]` that stands first is a member, `%` takes the next character along, and a range may end in any character. */
function parseSet(source: string, at: number): { test: Test; next: number } {
  const negated = source[at + 1] === '^'
  const first = at + (negated ? 2 : 1)
  let end = first
  do {
    if (end >= source.length) throw new LuaError("malformed pattern (missing ']')")
    if (source[end++] === '%') end++
  } while (source[end] !== ']')
  const tests: Test[] = []
  let member = first
  while (member < end) {
    if (source[member] === '%') {
      tests.push(classOf(source[member + 1]!))
      member += 2
    } else if (source[member + 1] === '-' && member + 2 < end) {
      const [low, high] = [source.charCodeAt(member), source.charCodeAt(member + 2)]
      tests.push((code) => code >= low && code <= high)
      member += 3
    } else {
      tests.push(isCode(source.charCodeAt(member)))
      member++
    }
  }
  return { test: (code) => tests.some((test) => test(code)) !== negated, next: end + 1 }
}

const classes: Record<string, Test> = {
  a: (code) => within(code, 'AZaz'),
  c: (code) => code < 32 || code === 127,
  d: (code) => within(code, '09'),
  g: (code) => within(code, '!~'),
  l: (code) => within(code, 'az'),
  p: (code) => within(code, '!/:@[`{~'),
  s: (code) => code === 32 || (code >= 9 && code <= 13),
  u: (code) => within(code, 'AZ'),
  w: (code) => within(code, '09AZaz'),
  x: (code) => within(code, '09AFaf'),
  z: (code) => code === 0,
}

function classOf(letter: string): Test {
  const members = classes[letter.toLowerCase()]
  if (members === undefined) return isCode(letter.charCodeAt(0))
  return letter === letter.toLowerCase() ? members : (code) => !members(code)
}

/** Whether a code lies in one of the ranges, each given by its two ends. */
function within(code: number, ends: string): boolean {
  for (let at = 0; at < ends.length; at += 2) {
    if (code >= ends.charCodeAt(at) && code <= ends.charCodeAt(at + 1)) return true
  }
  return false
}

function isCode(wanted: number): Test {
  return (code) => code === wanted
}

function run(match: Match, at: number, index: number): boolean {
  const item = match.items[index]
  if (item === undefined) return true
  const { subject, captures } = match
  switch (item.kind) {
    case 'end':
      return at === subject.length && run(match, at, index + 1)
    case 'open': {
      const capture = { start: at, end: item.position ? at : -1 }
      return run({ ...match, captures: [...captures, capture] }, at, index + 1)
    }
    case 'close': {
      const last = captures.findLastIndex((capture) => capture.end === -1)
      const capture = { start: captures[last]!.start, end: at }
      return run({ ...match, captures: captures.with(last, capture) }, at, index + 1)
    }
    case 'back': {
      const capture = captures[item.index - 1]!
      const text = subject.slice(capture.start, capture.end)
      return subject.startsWith(text, at) && run(match, at + text.length, index + 1)
    }
    case 'balance': {
      const end = balanceEnd(subject, at, item.open, item.close)
      return end !== -1 && run(match, end, index + 1)
    }
    case 'frontier': {
      const before = at === 0 ? 0 : subject.charCodeAt(at - 1)
      const here = at === subject.length ? 0 : subject.charCodeAt(at)
      return !item.test(before) && item.test(here) && run(match, at, index + 1)
    }
    case 'one':
      return runOne(match, at, index, item)
  }
}

function runOne(match: Match, at: number, index: number, item: Item & { kind: 'one' }): boolean {
  const { subject } = match
  const fits = (where: number) => where < subject.length && item.test(subject.charCodeAt(where))
  switch (item.repeat) {
    case '':
      return fits(at) && run(match, at + 1, index + 1)
    case '?':
      return (fits(at) && run(match, at + 1, index + 1)) || run(match, at, index + 1)
    case '-':
      for (let end = at; ; end++) {
        if (run(match, end, index + 1)) return true
        if (!fits(end)) return false
      }
    default: {
      let end = at
      while (fits(end)) end++
      const least = item.repeat === '+' ? at + 1 : at
      for (; end >= least; end--) if (run(match, end, index + 1)) return true
      return false
    }
  }
}

function balanceEnd(subject: string, at: number, open: number, close: number): number {
  if (subject.charCodeAt(at) !== open) return -1
  let depth = 1
  for (let end = at + 1; end < subject.length; end++) {
    const code = subject.charCodeAt(end)
    if (code === close) {
      if (--depth === 0) return end + 1
    } else if (code === open) {
      depth++
    }
  }
  return -1
}
