import type { ValidateFunction } from 'ajv'
import { type Finding, findingOf } from './refusal.ts'

/** Kong reads no more, and leaves out the rest without a word. */
const most = 1000

type Lists = Readonly<Record<string, readonly (string | true)[]>>

/** What is there beside it nobody would have checked. */
export function tooMany(place: 'query' | 'headers', lists: Lists): Finding[] {
  const count = Object.values(lists).reduce((sum, list) => sum + list.length, 0)
  if (count < most) return []
  return [{ in: place, where: '', what: `has ${most} values or more`, expected: { maxValues: most - 1 } }]
}

/** Checks query arguments or headers: one value is a scalar for the schema, several are a list. */
export function checkValues(
  place: 'query' | 'headers',
  check: ValidateFunction | undefined,
  lists: Lists,
): Finding[] {
  if (check === undefined) return []
  const values = Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.length === 1 ? list[0] : [...list]]),
  )
  return check(values) ? [] : (check.errors ?? []).map((error) => findingOf(place, error))
}

/**
 * Headers as a service may take them: without those that the client names in Connection, which Kong drops behind all
 * plugins, and with X_Shop as one more X-Shop, as Kong passes it on and many a service reads both alike.
 */
export function headersForService(
  headers: Readonly<Record<string, readonly string[]>>,
): Record<string, string[]> {
  const named = (headers.connection ?? []).flatMap((value) => value.toLowerCase().split(','))
  const dropped = new Set(named.map((name) => name.trim()))
  const left = new Map<string, string[]>()
  for (const [name, values] of Object.entries(headers)) {
    const key = headerName(name)
    if (!dropped.has(name)) left.set(key, [...(left.get(key) ?? []), ...values])
  }
  return Object.fromEntries(left)
}

export function headerName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
