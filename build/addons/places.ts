export interface Place {
  readonly name: string
  readonly line: number
  readonly column: number
  readonly length: number
  readonly lineText: string
}

/** Where a text has what the pattern finds, outside of comments; its group `name` names it. */
export function placesOf(text: string, pattern: RegExp): Place[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: { length }, groups, index }) => {
    const start = text.lastIndexOf('\n', index) + 1
    if (/^\s*(\/\/|\/\*|\*)/.test(text.slice(start, index))) return []
    const end = text.indexOf('\n', index)
    const lineText = text.slice(start, end < 0 ? undefined : end)
    const line = text.slice(0, index).split('\n').length
    const quoted = lineText.length > 200 ? '' : lineText
    return [{ name: groups?.name ?? '', line, column: index - start, length, lineText: quoted }]
  })
}

/** Stands before a string that esbuild follows by itself, or does not. */
export const notImported = String.raw`(?<!\b(?:from|import|require)[\s(]*)`
