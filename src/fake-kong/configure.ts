import type { DumpSchema } from '../schema/check.ts'
import { checkConfig } from '../schema/index.ts'
import type { ConfiguredPlugin } from './worker.ts'

/** What the Admin API answers with status 400. */
export interface AdminError {
  /** Kong's number of it. */
  readonly code: 2
  /** Kong's name of it. */
  readonly name: 'schema violation'
  /** All errors in one sentence. */
  readonly message: string
  /** The errors by field, as deep as the fields are. */
  readonly fields: unknown
}

export type Configured =
  | { readonly ok: true; readonly plugin: ConfiguredPlugin & { readonly protocols: readonly string[] } }
  | { readonly ok: false; readonly error: AdminError }

/**
 * A plugin's configuration through Kong's own checks: as Kong sends it to the plugin server, with the schema's defaults
 * and without absent fields, or the Admin API's refusal. `given` may hold `protocols`, `consumer` and the like too.
 */
export function configure(
  schema: DumpSchema,
  given: { readonly config?: object; readonly [field: string]: unknown },
): Configured {
  const verdict = checkConfig(schema, { ...given, config: given.config ?? {} })
  if (!verdict.ok) return { ok: false, error: refusal(verdict.crash ?? verdict.errors) }
  const { config, protocols } = verdict.plugin
  return {
    ok: true,
    plugin: { name: schema.name, config: withoutNulls(config ?? {}) as object, protocols },
  }
}

function refusal(errors: unknown): AdminError {
  const lines = typeof errors === 'string' ? [errors] : linesOf(errors as object)
  const count = lines.length === 1 ? 'schema violation' : `${lines.length} schema violations`
  return { code: 2, name: 'schema violation', message: `${count} (${lines.join('; ')})`, fields: errors }
}

/** One line for each field and each field of a record; what lies deeper is printed as a Lua table. */
function linesOf(errors: object): string[] {
  const { '@entity': whole, ...fields } = errors as Readonly<Record<string, unknown>>
  const general = Object.values((whole ?? {}) as object).map(String)
  const single = sorted(fields).flatMap(([field, error]) =>
    isObject(error)
      ? sorted(error).map(([inner, value]) => `${field}.${inner}: ${printed(value, '')}`)
      : [`${field}: ${String(error)}`],
  )
  return [...general, ...single]
}

function printed(value: unknown, indent: string): string {
  if (!isObject(value)) return indent === '' ? String(value) : JSON.stringify(value)
  const inside = `${indent}  `
  const entries = Array.isArray(value)
    ? value.map((item) => printed(item, inside))
    : sorted(value).map(([key, item]) => `${keyText(key)} = ${printed(item, inside)}`)
  return `{\n${entries.map((entry) => `${inside}${entry}`).join(',\n')}\n${indent}}`
}

function keyText(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : `["${key}"]`
}

function sorted(members: object): [string, unknown][] {
  return Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  )
}
