import { hopByHop } from '../../fake-kong/headers.ts'
import type { Headers } from '../../fake-kong/world.ts'
import { setMember } from '../../set-member.ts'
import { decodeText, encodeText } from '../../wire/text.ts'

/** The pairs that node:http gives, whose characters are bytes, as Kong's text. */
export function readHeaders(raw: readonly string[]): Headers {
  const headers: Headers = {}
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = textOfBytes(raw[index] as string).toLowerCase()
    const present = Object.hasOwn(headers, name) ? headers[name] : undefined
    setMember(headers, name, [...(present ?? []), textOfBytes(raw[index + 1] as string)])
  }
  return headers
}

/** Names and values in turn, as node:http writes them. What may not stand in a header is escaped, as in nginx. */
export function writtenHeaders(headers: Headers): string[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    name === '' ? [] : values.flatMap((value) => [writtenName(name), writtenValue(value)]),
  )
}

/** The headers without those of one connection, which each side has of its own. */
export function withoutHopByHop(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)))
}

/** Text of node:http, one character a byte. */
export function textOfBytes(latin1: string): string {
  return decodeText(Buffer.from(latin1, 'latin1'))
}

/** The same the other way: what node:http writes one byte a character. */
export function bytesOfText(text: string): string {
  return encodeText(text).toString('latin1')
}

/** A request's target: nothing in it may end the line. */
export function writtenPath(path: string): string {
  return bytesOfText(path).replace(/[^\x21-\x7e\x80-\xff]/g, escaped)
}

function writtenName(name: string): string {
  return bytesOfText(name).replace(/[^\w!#$%&'*+.^`|~-]/g, escaped)
}

function writtenValue(value: string): string {
  return bytesOfText(value).replace(/[^\t\x20-\x7e\x80-\xff]/g, escaped)
}

function escaped(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
