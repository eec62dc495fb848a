import { printable } from '../inspect/printable.ts'
import type { Check } from './check.ts'

/**
 * The blocks of `krakend check-plugin`, each with what to do; then the notes, and the count as the last line. Names
 * come from the binary, the image and the lock file, so none may begin a line of its own.
 */
export function reportText({ binary, platform, kong, image, incompatibilities, notes }: Check): string {
  const count = incompatibilities.length
  return [
    printable(`${binary} on ${platform} with Kong ${kong}${image === null ? '' : `, image ${image}`}`),
    ...incompatibilities.flatMap(({ name, have, want, advice }) => [
      '',
      printable(name),
      `\thave: ${printable(have)}`,
      `\twant: ${printable(want)}`,
      `\t${printable(advice)}`,
    ]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `note: ${printable(note)}`)]),
    '',
    count === 0 ? 'No incompatibilities found!' : `${count} incompatibility(ies) found`,
  ].join('\n')
}

export function reportJson(check: Check): string {
  return JSON.stringify(check, null, 2)
}
