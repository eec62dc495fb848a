import { writeKongVersion } from '../../../build/check/kong-version.ts'
import type { Setting } from './settings.ts'
import type { Setup } from './setup.ts'

const width = 100

/**
 * Sentences as lines of comment, each after `lead`, no longer than 100 columns where words allow. A description may have
 * lines of its own, which must not end the comment.
 */
export function comment(text: string, lead = '# '): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/[\s\p{Cc}]+/u)) {
    if (line !== '' && lead.length + line.length + 1 + word.length > width) {
      lines.push(lead + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, lead + line]
}

/** What this is and for which Kong, and what is worth knowing of the two together. */
export function opening({ title, kong, notes }: Setup, about: string, lead = '# '): string[] {
  return [
    ...comment(`${title}; for Kong ${writeKongVersion(kong)}. ${about}`, lead),
    ...notes.flatMap((note) => comment(`Note: ${note}`, lead)),
  ]
}

/** Each setting as `write` has it, under its comment; one that is optional is a comment itself. */
export function listSettings(
  settings: readonly Setting[],
  write: (setting: Setting) => string,
  indent = '',
): string[] {
  return settings.flatMap((setting) => [
    ...(setting.why === undefined ? [] : comment(setting.why, `${indent}# `)),
    `${indent}${setting.optional ? '# ' : ''}${write(setting)}`,
  ])
}

/** As an environment variable of Kong. */
export function variable({ name }: Setting): string {
  return `KONG_${name.toUpperCase()}`
}
