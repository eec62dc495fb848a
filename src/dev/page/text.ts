/** Milliseconds, as a person reads them. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(2)} ms`
  if (milliseconds < 100) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  return `${(milliseconds / 1000).toFixed(2)} s`
}

/** Bytes, as a person reads them. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte')
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** The time of day, with its milliseconds. */
export function formatTime(time: number): string {
  const date = new Date(time)
  const two = (part: number) => String(part).padStart(2, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** "1 call", "2 calls". */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** What a status means, in words. */
export function statusWords(status: number): string {
  if (status < 200) return 'information'
  if (status < 300) return 'success'
  if (status < 400) return 'redirect'
  return status < 500 ? 'client error' : 'server error'
}

/**
 * Text whose signs without a shape can be seen: control characters, and marks that would turn the direction of the text
 * around them. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(hidden, (sign) => {
    if (sign === '\n' || sign === '\t') return sign
    const code = sign.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    return code === 0x7f ? '\u2421' : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

const hidden = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu
