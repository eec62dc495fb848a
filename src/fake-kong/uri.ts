import { decodeText, encodeText } from '../wire/text.ts'
import { escapeBytes } from './query.ts'

/** Characters that mean something in a path: their escapes stay. */
const reserved = new Set("!*'();:@&=+$,/?%#[]")

/** A path as Kong shows it: needless escapes undone, `//`, `/./` and `/../` resolved. */
export function normalizedPath(path: string): string {
  const plain = path.includes('%') ? unescapePlain(path) : path
  if (!plain.includes('.') && !plain.includes('//')) return plain
  const kept: string[] = []
  const segments = plain.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') kept.pop()
    else if (segment !== '.' && segment !== '') kept.push(segment)
    if (last && (segment === '..' || segment === '.' || segment === '')) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** A path that may go out: what is neither reserved nor plain becomes %XX. */
export function escapedPath(path: string): string {
  return escapeBytes(path, /[!#$&'()*+,/:;=?@[\\\]A-Za-z0-9\-_.~%]/)
}

function unescapePlain(path: string): string {
  const latin = encodeText(path)
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (whole, hex) => {
      const char = String.fromCharCode(Number.parseInt(hex, 16))
      return reserved.has(char) ? whole.toUpperCase() : char
    })
  return decodeText(Buffer.from(latin, 'latin1'))
}
