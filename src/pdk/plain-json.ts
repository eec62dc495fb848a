import { fault } from '../errors.ts'
import { setMember } from '../set-member.ts'

/**
 * A value as JSON would hold it, in a copy without getters: `toJSON` is honoured (a Date becomes its text), members
 * that are undefined are left out, bytes stay the bytes they are. What JSON cannot hold is refused
 * before anything is sent; null, false and holes are left to the dialect.
 */
export function plainJson(value: unknown, path: string, where: string, depth = 0): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined)
    return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refusal(value, path, where, 'a finite number')
    return value
  }
  if (typeof value !== 'object') throw refusal(value, path, where)
  if (depth > deepest)
    throw refusal(value, path, where, `nested at most ${deepest} deep, as Kong reads no more`)
  if (value instanceof Uint8Array) return value
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return plainJson((value as { toJSON(): unknown }).toJSON(), path, where, depth + 1)
  if (Array.isArray(value))
    return Array.from(value, (item, index) => plainJson(item, `${path}[${index}]`, where, depth + 1))
  if (Object.prototype.toString.call(value) !== '[object Object]') throw refusal(value, path, where)
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) setMember(copy, key, plainJson(member, `${path}.${key}`, where, depth + 1))
  return copy
}

/** Kong's JSON library goes 1,000 levels deep. */
const deepest = 900

function refusal(value: unknown, path: string, where: string, want = 'a value that JSON can hold'): Error {
  return fault('BAD_ARGUMENT', where, path, want, value)
}
