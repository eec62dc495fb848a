import { type Ajv, str } from 'ajv'
import formats from 'ajv-formats'

/**
 * Adds the formats, and bounds what a client could hold a process up with: as all errors of a body are collected, ajv
 * itself would go on with what is too long already.
 */
export function boundKeywords(ajv: Ajv): Ajv {
  formats.default(ajv)
  const url = ajv.formats.url as RegExp
  ajv.addFormat('url', (text: string) => text.length <= mostOfUrl && url.test(text))
  ajv.removeKeyword('pattern')
  ajv.addKeyword({
    keyword: 'pattern',
    type: 'string',
    schemaType: 'string',
    compile(pattern: string, { maxLength = Number.POSITIVE_INFINITY }) {
      const expression = new RegExp(pattern, 'u')
      // A character may take two units of a text, not more.
      return (text: string) => text.length > 2 * maxLength || expression.test(text)
    },
    error: { message: ({ schema }) => str`must match pattern "${schema}"` },
  })
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (wanted: boolean) => (items: unknown[]) =>
      !wanted || new Set(items.map(canonical)).size === items.length,
    error: { message: 'must NOT have duplicate items' },
  })
  return ajv
}

/** Its expression takes time with the square of a text's length. */
const mostOfUrl = 8192

/** One text for all that JSON Schema calls equal, whatever the order of its members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`,
  )
  return `{${members.sort().join()}}`
}
