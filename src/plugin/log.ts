import { stripVTControlCharacters } from 'node:util'

/** Where the runtime writes what it has to say: one line an entry. */
export interface Log {
  error(message: string, about?: About): void
  warn(message: string, about?: About): void
  info(message: string, about?: About): void
  debug(message: string, about?: About): void
}

/** What an entry is about, for who reads entries as records: the message says it too. */
export interface About {
  readonly plugin: string
  readonly phase?: string
  readonly instance: number
}

/** A message as one line: breaks as ` | `, no control characters, at most so many bytes of UTF-8. */
export function oneLine(message: string, longest: number): string {
  // What is cut off anyway is not searched either: an author may log megabytes.
  const start = message.slice(0, longest * 4)
  const line = stripVTControlCharacters(start)
    .split(/[\r\n]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' | ')
    .replace(/\p{Cc}/gu, ' ')
  const bytes = Buffer.from(line, 'utf8')
  if (bytes.length <= longest && start.length === message.length) return line
  let end = Math.min(bytes.length, longest - 3)
  while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)}...`
}
