/**
 * `name: value` in one line. Kong, decK and kubectl read YAML 1.1, in which on, 1_000 and 12:30 are no texts, so every text
 * is in quotes.
 */
export function yamlLine(name: string, value: unknown): string {
  return `${yamlKey(name)}: ${yamlValue(value)}`
}

export function yamlKey(name: string): string {
  return isPlainKey(name) ? name : yamlText(name)
}

/** JSON, which YAML is too but for some characters that it takes for the end of a line, and numbers such as 1e-7. */
export function yamlValue(value: unknown): string {
  if (typeof value === 'string') return yamlText(value)
  if (typeof value === 'number') return String(value).replace(/^(-?\d+)e/, '$1.0e')
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(', ')}]`
  const members = Object.entries(value).map(([name, member]) => `${yamlText(name)}: ${yamlValue(member)}`)
  return `{${members.join(', ')}}`
}

/** A text in quotes, whatever stands in it. */
export function yamlText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isPlainKey(name: string): boolean {
  return /^[A-Za-z_][\w-]*$/.test(name) && !/^(y|yes|n|no|true|false|on|off|null)$/i.test(name)
}
