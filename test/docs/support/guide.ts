import { readFileSync } from 'node:fs'

/** The public names of what a guide moves from: facts with their source, as data. */
export interface NameList {
  readonly source: string
  readonly version: string
  readonly commit: string
  readonly about: string
  readonly files: Readonly<Record<string, readonly string[]>>
}

/** A row of a guide's tables, by the heads of its columns; `name` is the first code span of the first cell. */
export interface GuideRow {
  readonly name: string
  readonly here: readonly string[]
  readonly cells: Readonly<Record<string, string>>
}

export function namesOf(guide: string): NameList {
  return JSON.parse(readFileSync(`test/move/names/${guide}.json`, 'utf8'))
}

/** Every row of the tables that name what they move from and have a column `here`. */
export function rowsOf(text: string): GuideRow[] {
  const rows: GuideRow[] = []
  let heads: string[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) heads = []
    else if (heads.length === 0) heads = cellsOf(line)
    else if (heads[0] !== '' && heads.includes('here') && !/^[|\s:-]+$/.test(line))
      rows.push(rowOf(heads, cellsOf(line)))
  }
  return rows
}

/** The words in backquotes. */
export function spansOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, span]) => span ?? '')
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function rowOf(heads: readonly string[], parts: readonly string[]): GuideRow {
  const cells = Object.fromEntries(heads.map((head, index) => [head, parts[index] ?? '']))
  return { name: spansOf(parts[0] ?? '')[0] ?? '', here: spansOf(cells.here ?? ''), cells }
}
