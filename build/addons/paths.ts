import { posix } from 'node:path'

const here = String.raw`(?:__dirname|import\.meta\.dirname)`
const literal = String.raw`(?:'[^'\n]*'|"[^"\n]*")`
const joiner = String.raw`(?:\(0,\s*[\w$.]+\.(?:join|resolve)\)|(?:require\(\s*['"](?:node:)?path['"]\s*\)\s*\.\s*|(?:[\w$]+\s*\.\s*)*)(?<![\w$])(?:join|resolve))`
const moduleUrl = String.raw`new URL\(\s*(?<relative>${literal})\s*,\s*import\.meta\.url\s*\)`

/** The ways to write a path beside the running file, of literals, as parts of a regular expression. */
export const pathForms = [
  String.raw`(?:(?<![\w$.])${joiner}\(\s*${here}(?<parts>(?:\s*,\s*${literal})+)\s*\))`,
  String.raw`(?:${here}(?<added>(?:\s*\+\s*${literal})+))`,
  String.raw`(?:\x60\$\{${here}\}(?<tail>[^\x60$\n]*)\x60)`,
  String.raw`(?:(?<![\w$.])require\.resolve\(\s*(?<resolved>(?:'\.[^'\n]*'|"\.[^"\n]*"))\s*\))`,
].join('|')

/** A URL of a file beside the running one, and the path made of it. */
export const urlForm = `(?<url>${moduleUrl})`
export const urlPathForm = String.raw`(?:(?<![\w$.])(?:[\w$]+\s*\.\s*)*fileURLToPath\(\s*${moduleUrl}\s*\))`

/** The name that one of these forms gives, seen from the folder of the running file. */
export function nameOf(groups: Readonly<Record<string, string | undefined>>): string {
  const { relative, parts, added, tail = '', resolved } = groups
  if (added !== undefined) return posix.join('.', stringsOf(added).join(''))
  const written = relative ?? parts ?? resolved
  return posix.join('.', ...(written === undefined ? [tail] : stringsOf(written)))
}

/** What replaces a piece of a text, with as many lines as it had. */
export function keepLines(piece: string, replacement: string): string {
  return replacement + '\n'.repeat(piece.split('\n').length - 1)
}

function stringsOf(literals: string): string[] {
  return [...literals.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '')
}
