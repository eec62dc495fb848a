import type { Definition, Entry, Issue, Schema, Table } from './definition.ts'
import { eachField, fieldOf, isEntity } from './definition.ts'
import { fill, validate } from './engine.ts'
import { LuaError } from './lua-pattern.ts'
import { isTable, truthy } from './lua-table.ts'
import { luaText } from './lua-text.ts'
import { checkFields } from './meta-check.ts'
import { entityCheckList, fieldList, shorthandList } from './words.ts'

/** The `Schema` of a `-dump`. */
export interface DumpSchema {
  /** How Kong calls the plugin. */
  readonly name: string
  /** Objects with one key each: `config`, and `protocols`, `consumer` and the like. */
  readonly fields: readonly Entry[]
  /** Rules over several fields. */
  readonly entity_checks?: readonly unknown[]
}

/** Kong's answer: its errors, and with `crash` the Lua error with which it fails instead of answering. */
export interface Refusal {
  /** Kong does not take it. */
  readonly ok: false
  /** As in the answer of the Admin API. */
  readonly errors: Issue
  /** A sentence of Lua. */
  readonly crash?: string
}

/** What Kong says of a schema. */
export type SchemaVerdict =
  | {
      /** Kong starts with it. */
      readonly ok: true
    }
  | Refusal

/** What Kong says of a plugin: how it stores it, or why not. */
export type ConfigVerdict =
  | {
      /** Kong takes it. */
      readonly ok: true
      /** What Kong stores, and sends to the plugin server. */
      readonly plugin: StoredPlugin
    }
  | Refusal

/** A plugin as Kong stores it: defaults filled in, null for every field that is absent. */
export interface StoredPlugin {
  /** How Kong calls the plugin. */
  readonly name: string
  /** With defaults, and null for what is absent. */
  readonly config?: { readonly [field: string]: unknown } | null
  /** Of the routes that it runs on. */
  readonly protocols: readonly string[]
  readonly [field: string]: unknown
}

/**
 * What Kong answers to a `Schema` of a `-dump`, whatever it is: the verdict and the errors of its metaschema, or
 * one sentence where the schema does not fit the plugins entity.
 * @example checkSchema({ name: 'x', fields: [{ foo: { type: 'string' } }] })
 * // { ok: false, errors: "error in definition of 'x': foo: cannot create a new field" }
 */
export function checkSchema(schema: unknown): SchemaVerdict {
  if (!isTable(schema)) return { ok: false, errors: 'expected an input table' }
  return guarded(() => {
    const errors = validate(metaSubschema, (Array.isArray(schema) ? {} : schema) as Table)
    if (Object.keys(errors).length > 0) return { ok: false, errors }
    const misfit = findMisfit(schema as DumpSchema)
    return misfit === undefined ? { ok: true } : { ok: false, errors: misfit }
  })
}

/**
 * What Kong answers to a plugin (`config`, `protocols`, `consumer`...) of a schema: the plugin as it stores it,
 * or its errors. A schema that Kong refuses gives the refusal of the schema.
 *
 * Nearest, not equal: `is_regex` asks JavaScript's RegExp instead of PCRE, and `json` fields are held against the
 * common part of JSON Schema draft 4, in sentences of our own.
 */
export function checkConfig(
  schema: DumpSchema,
  plugin: { readonly [field: string]: unknown },
): ConfigVerdict {
  const verdict = checkSchema(schema)
  if (!verdict.ok) return verdict
  return guarded(() => {
    const specialized = { ...pluginEntity, subschema: withRecordsRequired(schema) }
    const stored = fill(specialized, { ...plugin, name: schema.name })
    const errors = validate(specialized, stored)
    if (Object.keys(errors).length > 0) return { ok: false, errors }
    return { ok: true, plugin: stored as StoredPlugin & Table }
  })
}

function guarded<V>(run: () => V): V | Refusal {
  try {
    return run()
  } catch (error) {
    if (error instanceof LuaError) return { ok: false, errors: {}, crash: error.message }
    throw error
  }
}

const metaSubschema: Schema = {
  fields: [
    { name: { type: 'string', required: true } },
    { fields: fieldList },
    { entity_checks: entityCheckList },
    { shorthand_fields: shorthandList },
    {
      transformations: {
        type: 'array',
        nilable: true,
        elements: {
          type: 'record',
          fields: [
            { input: { type: 'array', elements: { type: 'string' } } },
            { needs: { type: 'array', elements: { type: 'string' } } },
            { on_write: { type: 'function' } },
            { on_read: { type: 'function' } },
          ],
          entity_checks: [{ at_least_one_of: ['on_write', 'on_read'] }],
        },
      },
    },
    { check: { type: 'function', nilable: true } },
  ],
  check: checkFields,
}

const httpProtocols = ['grpc', 'grpcs', 'http', 'https'] as const

/** The protocols that a plugin of Kong 3.x may name. */
export const knownProtocols = [...httpProtocols, 'tcp', 'tls', 'tls_passthrough', 'udp'] as const

/** The plugins entity, without the members that Kong makes up itself (id, created_at, updated_at). */
const pluginEntity: Schema = {
  fields: [
    { name: { type: 'string', required: true } },
    { instance_name: { type: 'string' } },
    { route: { type: 'foreign', reference: 'routes', default: null } },
    { service: { type: 'foreign', reference: 'services', default: null } },
    { consumer: { type: 'foreign', reference: 'consumers', default: null } },
    { config: { type: 'record', abstract: true } },
    {
      protocols: {
        type: 'set',
        required: true,
        default: httpProtocols,
        elements: { type: 'string', one_of: knownProtocols },
      },
    },
    { enabled: { type: 'boolean', required: true, default: true } },
    { tags: { type: 'set', elements: { type: 'string' } } },
  ],
}

/** Fields of the entity that a schema may specialize, beside those above. */
const madeUp: Schema = {
  fields: [
    { id: { type: 'string' } },
    { created_at: { type: 'integer' } },
    { updated_at: { type: 'integer' } },
  ],
}

function findMisfit(schema: DumpSchema): string | undefined {
  const inner = withRecordsRequired(schema)
  for (const [, field] of eachField(inner)) {
    if (field.type === 'foreign' && !isEntity(field.reference)) {
      return `schema refers to an invalid foreign entity: ${luaText(field.reference)}`
    }
  }
  for (const [name, field] of eachField(inner)) {
    const parent = fieldOf(pluginEntity, name) ?? fieldOf(madeUp, name)
    const where = `error in definition of '${schema.name}': ${name}`
    if (parent === undefined) return `${where}: cannot create a new field`
    if (!isCompatible(parent, field)) return `${where}: cannot change type in a specialized field`
  }
  return undefined
}

function isCompatible(parent: Definition, field: Definition): boolean {
  if (parent.type === 'record' && field.type === 'json') return true
  if (parent.type !== field.type) return false
  if (parent.type !== 'set') return true
  return (parent.elements as Definition).type === (field.elements as Definition).type
}

/** Kong makes the records of a plugin required, so that it fills what is inside them. */
function withRecordsRequired<S extends { readonly fields: readonly Entry[] }>(schema: S): S {
  const fields = [...eachField(schema)].map(([name, field]): Entry => {
    if (field.type !== 'record') return { [name]: field }
    if (truthy(field.abstract) && field.fields === undefined) {
      throw new LuaError("attempt to index field 'fields' (a nil value)")
    }
    const nested = withRecordsRequired({ fields: field.fields as Entry[] })
    return { [name]: { ...field, ...nested, required: field.required === undefined ? true : field.required } }
  })
  return { ...schema, fields }
}
