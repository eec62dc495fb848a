import { posix } from 'node:path'

const here = String.raw`(?:__dirname|import\.meta\.dirname)`
const literal = String.raw`(?:'[^'\n]*'|"[^"\n]*")`
const joiner = String.raw`(?:\(0,\s*[\w$.]+\.(?:join|resolve)\)|(?:require\(\s*['"](?:node:)?path['"]\s*\)\s*\.\s*|(?:[\w$]+\s*\.\s*)*)(?<![\w$])(?:join|resolve))`

/** The ways to write a path beside the running file; what is between them and `.wasm` are literals. */
const forms = new RegExp(
  [
    String.raw`(?<url>new URL\(\s*(?<relative>${literal})\s*,\s*import\.meta\.url\s*\))`,
    String.raw`(?:(?<![\w$.])${joiner}\(\s*${here}(?<parts>(?:\s*,\s*${literal})+)\s*\))`,
    String.raw`(?:${here}\s*\+\s*(?<added>${literal}))`,
    String.raw`(?:\x60\$\{${here}\}(?<tail>[^\x60$\n]*)\x60)`,
    String.raw`(?:(?<![\w$.])require\.resolve\(\s*(?<resolved>(?:'\.[^'\n]*'|"\.[^"\n]*"))\s*\))`,
  ].join('|'),
  'g',
)

/**
 * A text in which each path to a `.wasm` file beside it is what `replace` makes of the file's name; where that is
 * nothing, the path stays. Lines keep their numbers.
 */
export async function embedPaths(
  text: string,
  replace: (name: string) => Promise<string | undefined>,
): Promise<{ replaced: string; names: Set<string> }> {
  const names = new Set<string>()
  let replaced = ''
  let done = 0
  for (const match of text.matchAll(forms)) {
    const { url, relative, parts, added, tail, resolved } = match.groups ?? {}
    const written = relative ?? parts ?? added ?? resolved
    const name = posix.join('.', ...(written === undefined ? [tail ?? ''] : stringsOf(written)))
    const path = name.endsWith('.wasm') ? await replace(name) : undefined
    if (path === undefined) continue
    names.add(posix.basename(name))
    const expression = url === undefined ? path : `require("node:url").pathToFileURL(${path})`
    replaced += text.slice(done, match.index) + expression + '\n'.repeat(match[0].split('\n').length - 1)
    done = match.index + match[0].length
  }
  return { replaced: replaced + text.slice(done), names }
}

function stringsOf(literals: string): string[] {
  return [...literals.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '')
}

export interface Place {
  readonly name: string
  readonly line: number
  readonly column: number
  readonly length: number
  readonly lineText: string
}

/** The names of `.wasm` files in a text that are neither imported nor among those embedded from it. */
export function unexplained(text: string, embedded: ReadonlySet<string>): Place[] {
  const quoted = /(?<!\b(?:from|import|require)[\s(]*)(['"`])([\w@./-]+\.wasm)\1/g
  const places = [...text.matchAll(quoted)].map(({ 0: { length }, 2: name = '', index }) => {
    const start = text.lastIndexOf('\n', index) + 1
    const end = text.indexOf('\n', index)
    const lineText = text.slice(start, end < 0 ? undefined : end)
    const line = text.slice(0, index).split('\n').length
    return { name, line, column: index - start, length, lineText: lineText.length > 200 ? '' : lineText }
  })
  return places.filter(
    ({ name }, at) =>
      !embedded.has(posix.basename(name)) && places.findIndex((place) => place.name === name) === at,
  )
}
