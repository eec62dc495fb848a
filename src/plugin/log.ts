import { stripVTControlCharacters } from 'node:util'

/** Where the runtime writes what it has to say: one line an entry. */
export interface Log {
  error(message: string): void
  warn(message: string): void
  info(message: string): void
  debug(message: string): void
}

/** A message as one line: breaks as ` | `, no control characters, at most so many bytes of UTF-8. */
export function oneLine(message: string, longest: number): string {
  const line = stripVTControlCharacters(message)
    .trim()
    .replace(/\s*[\r\n]+\s*/g, ' | ')
    .replace(/\p{Cc}/gu, ' ')
  const bytes = Buffer.from(line, 'utf8')
  if (bytes.length <= longest) return line
  let end = longest - 3
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)}...`
}
