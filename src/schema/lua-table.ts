import type { Table } from './definition.ts'

/*
 * JSON as Lua sees it: null is ngx.null, undefined is nil, an array or an object is a table, and an empty one is
 * both. Only undefined and false are false, so that `required: null` makes a field required.
 */

/** Lua's idea of true. */
export function truthy(value: unknown): boolean {
  return value !== undefined && value !== false
}

export function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

export function isSequence(value: unknown): boolean {
  return Array.isArray(value) || (isTable(value) && Object.keys(value).length === 0)
}

/** The list part of a table. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A list's keys count from 1. */
export function pairs(table: object): (readonly [string | number, unknown])[] {
  return Array.isArray(table)
    ? table.map((entry, index) => [index + 1, entry] as const)
    : Object.entries(table)
}

/** A table whose keys are all text, as error messages name them. */
export function tableOf(value: object): Table {
  return Array.isArray(value)
    ? Object.fromEntries(pairs(value).map(([key, entry]) => [String(key), entry]))
    : (value as Table)
}

/** A reference into a vault, which Kong resolves later. */
export function isReference(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('{vault://') && value.endsWith('}')
}

/** A member of a table or of one of our own; what every object inherits (`constructor`) is none. */
export function own<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
