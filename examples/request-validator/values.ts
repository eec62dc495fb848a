import type { ValidateFunction } from 'ajv'
import { type Finding, findingOf } from './refusal.ts'

/** Kong reads no more, and leaves out the rest without a word. */
const most = 1000

/** Checks query arguments or headers: one value is a scalar for the schema, several are a list. */
export function checkValues(
  place: 'query' | 'headers',
  check: ValidateFunction | undefined,
  lists: Readonly<Record<string, readonly (string | true)[]>>,
): Finding[] {
  if (check === undefined) return []
  const grouped = new Map<string, (string | true)[]>()
  for (const [name, list] of Object.entries(lists)) {
    const key = place === 'headers' ? headerName(name) : name
    grouped.set(key, [...(grouped.get(key) ?? []), ...list])
  }
  const count = [...grouped.values()].reduce((sum, list) => sum + list.length, 0)
  if (count >= most)
    return [{ in: place, where: '', what: `has ${most} values or more`, expected: { maxValues: most - 1 } }]
  const values = Object.fromEntries(
    [...grouped].map(([name, list]) => [name, list.length === 1 ? list[0] : list]),
  )
  return check(values) ? [] : (check.errors ?? []).map((error) => findingOf(place, error))
}

/** Kong passes X_Shop on, and many a service takes it for X-Shop. */
export function headerName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
