import { setMember } from '../set-member.ts'

/** A name in Kong's spelling: `lenMin` → `len_min`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The names of an object's members in Kong's spelling; values as they are, undefined ones left out. */
export function snakeKeys(value: object): Record<string, unknown> {
  return mapMembers(value, (member) => member, snakeCase)
}

/** A frozen deep copy without undefined members; what is not JSON stays in it, for `describeSchema` to name. */
export function freezeCopy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(freezeCopy))
  return isObject(value) ? Object.freeze(mapMembers(value, freezeCopy)) : value
}

/** A deep copy that shares nothing with the original. */
export function copyOf<T>(value: T): T
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  return isObject(value) ? mapMembers(value, copyOf) : value
}

/** An object made by a literal or by JSON.parse: not an array, not a Date, not a RegExp, not an instance. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

function mapMembers(
  object: object,
  change: (value: unknown) => unknown,
  rename = (name: string) => name,
): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object)) {
    if (value !== undefined) setMember(members, rename(name), change(value))
  }
  return members
}
