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
  const entries = Object.entries(lists)
  const count = entries.reduce((sum, [, list]) => sum + list.length, 0)
  if (count >= most)
    return [{ in: place, where: '', what: `has ${most} values or more`, expected: { maxValues: most - 1 } }]
  const values = Object.fromEntries(
    entries.map(([name, list]) => [name, list.length === 1 ? list[0] : [...list]]),
  )
  return check(values) ? [] : (check.errors ?? []).map((error) => findingOf(place, error))
}
