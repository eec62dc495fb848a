import { readFileSync, statSync } from 'node:fs'
import type { ExcerptOf } from './failures.ts'
import { shortText } from './plain-json.ts'

interface Source {
  readonly stamp: string
  readonly lines: readonly string[]
}

/** Lines before and after the one that is meant. */
const around = 3
/** In bytes: a larger one is no source that a person wrote. */
const largestFile = 1_048_576
const mostFiles = 20

/**
 * Reads lines of source files by the names that stacks give them. Only files that `resolve` names are read, each once until
 * it changes.
 */
export function createExcerpts(resolve: (name: string) => string | undefined): ExcerptOf {
  const sources = new Map<string, Source>()
  return (name, line) => {
    try {
      const path = resolve(name)
      const lines = path === undefined ? [] : linesOf(path, sources)
      if (line < 1 || line > lines.length) return undefined
      const first = Math.max(1, line - around)
      return lines
        .slice(first - 1, line + around)
        .map((text, index) => ({ line: first + index, text: shortText(text) }))
    } catch {
      // The file is gone, or not to be read.
      return undefined
    }
  }
}

function linesOf(path: string, sources: Map<string, Source>): readonly string[] {
  const stats = statSync(path)
  if (!stats.isFile() || stats.size > largestFile) return []
  const stamp = `${stats.mtimeMs} ${stats.size}`
  const known = sources.get(path)
  if (known?.stamp === stamp) return known.lines
  const lines = readFileSync(path, 'utf8').split(/\r?\n/)
  sources.delete(path)
  const [oldest] = sources.keys()
  if (sources.size >= mostFiles && oldest !== undefined) sources.delete(oldest)
  sources.set(path, { stamp, lines })
  return lines
}
