import type { Executable } from '../executable/facts.ts'

/**
 * The highest version of each family of symbols that an executable wants, as `{ GLIBC: '2.28' }`. Names without a
 * number, as GLIBC_PRIVATE, have none.
 */
export function highestVersions({ wantedVersions }: Executable): Readonly<Record<string, string>> {
  const highest = new Map<string, string>()
  for (const name of Object.values(wantedVersions).flat()) {
    const [, family, version] = /^(\w+)_(\d+(?:\.\d+)*)$/.exec(name) ?? []
    if (family === undefined || version === undefined) continue
    const known = highest.get(family)
    if (known === undefined || compareVersions(version, known) > 0) highest.set(family, version)
  }
  return Object.fromEntries([...highest].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Below, at or above 0 as `a` is older than, equal to or newer than `b`: 2.9 is older than 2.28. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let index = 0; index < Math.max(left!.length, right!.length); index++) {
    const difference = (left![index] ?? 0) - (right![index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
