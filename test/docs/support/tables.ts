import { kongVersions } from './kong-versions-page.ts'

/** A table of a page, with the heading that it stands below. */
export interface Table {
  readonly heading: string
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** All tables of a page, in their order. */
export function tablesOf(page: string): Table[] {
  const tables: { heading: string; heads: string[]; rows: string[][] }[] = []
  let heading = ''
  let inside = false
  for (const line of page.split('\n')) {
    if (line.startsWith('#')) heading = line.replace(/^#+ /, '')
    if (line.startsWith('|') && !inside) tables.push({ heading, heads: cellsOf(line), rows: [] })
    else if (line.startsWith('|') && !/^[|-]+$/.test(line)) tables.at(-1)?.rows.push(cellsOf(line))
    inside = line.startsWith('|')
  }
  return tables
}

/** The versions of `3.0 to 3.4` or `3.5`; none where it is no such range. */
export function rangeOf(text: string): string[] {
  const [first = '', last = first] = text.split(' to ')
  const [from, to] = [kongVersions.indexOf(first), kongVersions.indexOf(last)]
  return from < 0 || to < from ? [] : kongVersions.slice(from, to + 1)
}

function cellsOf(line: string): string[] {
  return line.split(' | ').map((cell) => cell.replace(/^\| ?|\s*\|$/g, '').trim())
}
