import type { Check } from './check.ts'

/** The blocks of `krakend check-plugin`, each with what to do; then the notes, and the count as the last line. */
export function reportText({ binary, platform, kong, image, incompatibilities, notes }: Check): string {
  const count = incompatibilities.length
  return [
    `${binary} on ${platform} with Kong ${kong}${image === null ? '' : `, image ${image}`}`,
    ...incompatibilities.flatMap(({ name, have, want, advice }) => [
      '',
      name,
      `\thave: ${have}`,
      `\twant: ${want}`,
      `\t${advice}`,
    ]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `note: ${note}`)]),
    '',
    count === 0 ? 'No incompatibilities found!' : `${count} incompatibility(ies) found`,
  ].join('\n')
}

export function reportJson(check: Check): string {
  return JSON.stringify(check, null, 2)
}
