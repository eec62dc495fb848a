import type { Header } from '../inspector/record.ts'

export type HeaderLines =
  | { readonly ok: true; readonly headers: readonly Header[] }
  /** `line` counts from 1. */
  | { readonly ok: false; readonly line: number; readonly reason: string }

/** Headers as a person writes them, one `name: value` a line. */
export function readHeaders(text: string): HeaderLines {
  const headers: Header[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const colon = line.indexOf(':')
    if (colon === -1) return { ok: false, line: index + 1, reason: 'has no colon: write it as name: value' }
    const name = line.slice(0, colon).trim()
    if (!token.test(name))
      return { ok: false, line: index + 1, reason: `has the name "${name}", which no header can have` }
    headers.push([name, line.slice(colon + 1).trim()])
  }
  return { ok: true, headers }
}

/** The same text from headers. */
export function writeHeaders(headers: readonly Header[]): string {
  return headers.map(([name, value]) => `${name}: ${value}`).join('\n')
}

/** The headers of a request that belong to it and not to the connection that it came on. */
export function portableHeaders(headers: readonly Header[]): readonly Header[] {
  return headers.filter(([name]) => !ofConnection.has(name.toLowerCase()))
}

const token = /^[\w!#$%&'*+.^`|~-]+$/
const ofConnection = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding'])
