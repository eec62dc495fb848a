/** A JSON object as it was read. */
export type Members = Record<string, unknown>

/** Reads one JSON text of UTF-8; numbers that JavaScript cannot hold, such as 12345678901234567890, keep their digits. */
export function parseJson(bytes: Buffer): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('it is not UTF-8')
  }
  try {
    return JSON.parse(text, keepNumber)
  } catch {
    throw new Error('it is not JSON, though its type says so')
  }
}

/** Whether it is an object; numbers that kept their digits are frozen ones, and no objects here. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.isFrozen(value)
}

// In Node 22 and later, but not in TypeScript's libraries yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }

function keepNumber(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? rawJSON(source)
    : value
}
