import { decodeText } from './text.ts'

const longest = 40
/** A power of two. */
const places = 1024
const known: (string | undefined)[] = new Array(places).fill(undefined)
/** Of the name that came last on each place and was not known: what it is told by. */
const seen = new Int32Array(places)

/**
 * `decodeText` for names, of which the same few come all the time: one that was read before is found again without a new
 * string. How many are kept is fixed. A name is kept when it comes a second time: one that never does, as clients may send,
 * costs little more than `decodeText`, and drives none out.
 */
export function decodeWord(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0 || length > longest) return decodeText(bytes, start, end)
  let hash = length
  for (let index = start; index < end; index++) hash = (Math.imul(hash, 31) + bytes[index]!) | 0
  const place = (hash ^ (hash >>> 15)) & (places - 1)
  const word = known[place]
  if (word !== undefined && isSame(word, bytes, start, length)) return word
  // Two that fall on one place would drive each other out in every message: the second has the place beside it.
  const other = known[place ^ 1]
  if (other !== undefined && isSame(other, bytes, start, length)) return other
  const text = decodeText(bytes, start, end)
  if (seen[place] !== hash) seen[place] = hash
  // One of more bytes than characters is not found again, as its bytes are no characters.
  else if (text.length === length) known[word === undefined ? place : place ^ 1] = asName(text)
  return text
}

function isSame(word: string, bytes: Buffer, start: number, length: number): boolean {
  if (word.length !== length) return false
  for (let index = 0; index < length; index++)
    if (word.charCodeAt(index) !== bytes[start + index]) return false
  return true
}

/** The same text as the runtime keeps it for the names of members, which it need not look up any more. */
function asName(text: string): string {
  return Object.keys({ [text]: 0 })[0]!
}
