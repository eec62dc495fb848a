/**
 * Compiles a regular expression of a route. Kong matches with Rust's `regex`, after PCRE has read the expression too;
 * what either refuses, and could be mistaken here, throws an Error that says why: look-around, references back, escapes
 * that Rust does not know.
 *
 * Nearest, not equal: JavaScript's engine backtracks, so that an expression can take long which Kong matches at once;
 * `\d`, `\w` and `\s` know ASCII (and `\s` Unicode) where Rust knows Unicode; sets inside sets (`[a-z&&[^b]]`) and flags
 * inside the expression are not understood, but for those at its beginning, behind a slash too: `(?i)`,
 * `(?s)`, `(?m)`.
 */
export function compileRegex(source: string, prefix = ''): RegExp {
  const [opening = '', slash = '', flags = ''] = /^(\/?)\(\?([a-zA-Z]+)\)/.exec(source) ?? []
  if (/[^ims]/.test(flags)) throw new Error(`the flags (?${flags}) are not supported`)
  const body = slash + source.slice(opening.length).replace(token, translated)
  const needsUnicode = /\\p\{/i.test(body) ? 'u' : ''
  return new RegExp(prefix + body, [...new Set(flags)].join('') + needsUnicode)
}

/** An escape, the beginning of a group, or a class of POSIX. */
const token = /\\(?:[\s\S]|$)|\(\?(?:P?<?[=!]?)?|\[:\^?[a-z]+:\]/g

function translated(found: string): string {
  if (found.startsWith('\\')) return translatedEscape(found)
  if (found.startsWith('[')) return translatedClass(found)
  if (/[=!]$/.test(found)) throw new Error('look-around is not supported')
  return found === '(?P<' ? '(?<' : found
}

function translatedEscape(found: string): string {
  const letter = found.slice(1)
  if (letter === 'A') return '(?<![\\s\\S])'
  if (letter === 'z') return '(?![\\s\\S])'
  if (letter === 'a') return '\\x07'
  if (/[1-9k]/.test(letter)) throw new Error('backreferences are not supported')
  if (/[A-Za-z0]/.test(letter) && !'dDsSwWbBtnrfvxupP'.includes(letter))
    throw new Error(`unrecognized escape sequence ${found}`)
  return found
}

function translatedClass(named: string): string {
  const isNegated = named.startsWith('[:^')
  const range = classes[named.slice(isNegated ? 3 : 2, -2)]
  if (range === undefined || isNegated) throw new Error(`the class ${named} is not supported`)
  return range
}

const classes: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}
