/** A field's definition in Kong's form, checked or not. */
export type Definition = { readonly [attribute: string]: unknown }

/** One field of a record: an object with one key. */
export type Entry = { readonly [name: string]: Definition }

/** Errors in the shape of Kong's Admin API: a sentence, or one per field, or one per element (null: none). */
export type Issue = string | Issues | readonly (Issue | null)[]

/** Errors by the name of the field. */
export type Issues = { [field: string]: Issue }

/** Kong's validator can fail without a sentence: a record takes that for success, a list for a failure. */
export const SILENT = Symbol('failed without a sentence')
export type Failure = Issue | typeof SILENT | undefined

export type Table = { [key: string]: unknown }

export interface Schema {
  readonly fields: readonly Entry[]
  readonly entity_checks?: unknown
  /** The plugin's schema, which specializes the fields of the plugins entity. */
  readonly subschema?: Schema
  /** Runs on input that has every field that is not nilable. */
  readonly check?: (input: Table) => Issues
}

export const REQUIRED = 'required field missing'

type Holder = { readonly fields?: unknown }

/** The fields of a record in Kong's order; a name that stands twice comes twice. */
export function* eachField(schema: Holder): Generator<[string, Definition]> {
  for (const entry of Array.isArray(schema.fields) ? schema.fields : []) {
    const [first] = Object.entries(entry as Entry)
    if (first !== undefined) yield first
  }
}

/** The field of a name: the last one, where it stands twice. */
export function fieldOf(schema: Holder, name: string): Definition | undefined {
  let found: Definition | undefined
  // Asked for each field of each schema within a schema: nothing is made only to be looked at.
  for (const entry of Array.isArray(schema.fields) ? schema.fields : [])
    for (const own in entry as Entry) {
      if (own === name) found = (entry as Entry)[own]
      break
    }
  return found
}

/** The field of a name inside records, written with dots. */
export function fieldAt(schema: Holder, path: string): Definition | undefined {
  const dot = path.indexOf('.')
  if (dot === -1) return fieldOf(schema, path)
  const outer = fieldOf(schema, path.slice(0, dot))
  return outer && fieldAt(outer, path.slice(dot + 1))
}

/** Whether a foreign field may refer to this entity of Kong. */
export function isEntity(name: unknown): boolean {
  return typeof name === 'string' && entities.includes(name)
}

const entities = [
  'ca_certificates',
  'certificates',
  'clustering_data_planes',
  'consumers',
  'filter_chains',
  'key_sets',
  'keys',
  'parameters',
  'plugins',
  'routes',
  'services',
  'snis',
  'tags',
  'targets',
  'upstreams',
  'vaults',
  'workspaces',
]
