/** Columns of a line of code. */
const width = 110

/** A piece of code that stands in a value as it is. */
export class Code {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A value as TypeScript: on one line where it fits behind `before` columns, members indented from `indent` on. */
export function literal(value: unknown, indent = '', before = indent.length): string {
  const line = onOneLine(value)
  if (before + line.length <= width || !isComposite(value)) return line
  const inner = `${indent}  `
  const members = Array.isArray(value)
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, member]) => {
        const key = `${keyText(name)}: `
        return `${key}${literal(member, inner, inner.length + key.length)}`
      })
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${members.map((member) => `${inner}${member},\n`).join('')}${indent}${close}`
}

function onOneLine(value: unknown): string {
  if (value instanceof Code) return value.text
  if (typeof value === 'string') return quoted(value)
  if (!isComposite(value)) return String(value)
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`
  const members = Object.entries(value).map(([name, member]) => `${keyText(name)}: ${onOneLine(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Code)
}

/** A key `__proto__` would set what an object inherits from. */
function keyText(name: string): string {
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** A text as a string literal that shows as what it is: nothing in it ends it, or hides, or changes the order of letters. */
export function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const inside = text.replace(unsafe, (char) => {
    if (char === mark || char === '\\') return `\\${char}`
    if (char === "'" || char === '"') return char
    return short[char] ?? escaped(char.codePointAt(0) ?? 0)
  })
  return `${mark}${inside}${mark}`
}

/** Quotes, backslashes, controls, line ends of Unicode, what is not seen, and halves of pairs. */
const unsafe = /['"\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(code: number): string {
  const hex = code.toString(16)
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`
}
