/** What else than its value tells whether a service reads a JSON text as it was checked; `undefined` where nothing does. */
export function doubtAbout(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let isName = false
  for (let at = 0; at < text.length; at++)
    switch (text[at]) {
      case '{':
      case '[':
        isName = text[at] === '{'
        open.push(isName ? new Set() : undefined)
        if (open.length > mostDepth) return `is nested deeper than ${mostDepth}`
        break
      case '}':
      case ']':
        open.pop()
        break
      case ',':
        isName = open.at(-1) !== undefined
        break
      case '"': {
        const end = endOfString(text, at)
        const names = isName ? open.at(-1) : undefined
        const name: string = names === undefined ? '' : JSON.parse(text.slice(at, end))
        if (names?.has(name)) return `has the member ${JSON.stringify(name)} twice`
        names?.add(name)
        isName = false
        at = end - 1
      }
    }
  return undefined
}

/** What calls itself for each level, in a check or in a service, has an end. */
const mostDepth = 500

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
