// What is known about each PDK function, measured on Kong; kept apart from src so that it can judge src.
import { readFileSync } from 'node:fs'
import type { DialectName } from './conversation.ts'

export interface Fact {
  readonly name: string
  readonly path: string
  readonly phases: readonly string[]
  readonly protobuf?: { readonly takes: string; readonly gives: string }
}

const facts = new Map(
  (JSON.parse(readFileSync(new URL('../pdk/pdk-facts.json', import.meta.url), 'utf8')) as Fact[]).map(
    (fact) => [fact.name, fact] as const,
  ),
)

export function factOf(method: string, dialect: DialectName): Fact | undefined {
  const fact = facts.get(method)
  return dialect === 'ProtoBuf:1' && fact?.protobuf === undefined ? undefined : fact
}
