import { isUtf8 } from 'node:buffer'

export interface Edits {
  readonly add: Readonly<Record<string, string | undefined>>
  readonly remove: readonly string[]
}

/** Whether a body is JSON that can be read as it is; one that is compressed cannot. */
export function isPlainJson(type: string | undefined, encoding: string | undefined): boolean {
  return /^application\/([\w.-]+\+)?json *(;|$)/i.test(type ?? '') && /^(identity)?$/i.test(encoding ?? '')
}

/** The body with members added and removed; `undefined` when it is not one JSON object, or stays as it is. */
export function editJson(body: Buffer, { add, remove }: Edits): string | undefined {
  const members = parseObject(body)
  if (members === undefined) return undefined
  const added = Object.entries(add)
  const kept = Object.entries(members).filter(([name]) => !remove.includes(name))
  if (added.length === 0 && kept.length === Object.keys(members).length) return undefined
  return JSON.stringify(Object.fromEntries([...kept, ...added]))
}

function parseObject(body: Buffer): object | undefined {
  if (!isUtf8(body)) return undefined
  try {
    const value: unknown = JSON.parse(body.toString('utf8'), keepNumbers)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

// In Node 22 and later, but not in TypeScript's libraries yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }

/** Numbers that JavaScript cannot hold, such as 12345678901234567890, go out as they came in. */
function keepNumbers(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? rawJSON(source)
    : value
}
