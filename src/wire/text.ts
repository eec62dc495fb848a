import { isUtf8 } from 'node:buffer'

/**
 * Text that keeps its bytes. Kong's strings are bytes: headers, paths and query values need not be UTF-8. A byte
 * that is not part of valid UTF-8 becomes the lone surrogate U+DC80..U+DCFF (as in Python's "surrogateescape",
 * PEP 383), and such a surrogate becomes that byte again, so what was read can be sent on undamaged.
 */
export function decodeText(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', start, end)
  // U+FFFD stands for a broken byte, or for itself: only then is a closer look needed.
  if (!text.includes('\ufffd') || isUtf8(bytes.subarray(start, end))) return text
  return decodeBroken(bytes.subarray(start, end))
}

/** The bytes of a text, escaped ones included; any other lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(text, 'utf8') : encodeBroken(text)
}

function decodeBroken(bytes: Buffer): string {
  let text = ''
  let position = 0
  while (position < bytes.length) {
    const length = sequenceLength(bytes, position)
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + bytes[position]!)
      position += 1
    } else {
      text += bytes.toString('utf8', position, position + length)
      position += length
    }
  }
  return text
}

/** The length of the valid UTF-8 sequence at a position, or 0. */
function sequenceLength(bytes: Buffer, position: number): number {
  const first = bytes[position]!
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0
  const end = position + length
  return length > 0 && end <= bytes.length && isUtf8(bytes.subarray(position, end)) ? length : 0
}

function encodeBroken(text: string): Buffer {
  const parts: Buffer[] = []
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0xd800 || unit > 0xdfff) continue
    if (unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      index++
      continue
    }
    if (unit < 0xdc80 || unit > 0xdcff) continue
    parts.push(Buffer.from(text.slice(start, index), 'utf8'), Buffer.of(unit - 0xdc00))
    start = index + 1
  }
  parts.push(Buffer.from(text.slice(start), 'utf8'))
  return Buffer.concat(parts)
}
