import { hopByHop } from '../../fake-kong/headers.ts'
import type { Header, RecordedHandler, RecordedRequest } from './record.ts'

/** Names in lower case; a list where a header stands several times. */
export function linesByName(headers: readonly Header[]): Record<string, string | string[]> {
  const lines = new Map<string, string[]>()
  for (const [given, value] of headers) {
    const name = given.toLowerCase()
    lines.set(name, [...(lines.get(name) ?? []), value])
  }
  return Object.fromEntries(
    [...lines].map(([name, values]) => [name, values.length === 1 ? (values[0] as string) : values]),
  )
}

export function isOfConnection(name: string): boolean {
  return ofConnection.has(name.toLowerCase())
}

export function ownHandlers({ handlers }: RecordedRequest, plugin: string): readonly RecordedHandler[] {
  return handlers.filter((handler) => handler.plugin === plugin)
}

const ofConnection = new Set([...hopByHop, 'expect'])
