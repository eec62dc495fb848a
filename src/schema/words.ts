import type { Definition, Entry } from './definition.ts'
import type { FieldType } from './field.ts'

/** What Kong knows about one attribute of a field. */
export interface Word {
  /** Kong's own field definition of the attribute's argument. */
  readonly argument: Definition
  /** The types on which it works; on others it does nothing, or raises when a config is checked. */
  readonly on: readonly FieldType[]
  /** Kong itself refuses it elsewhere. */
  readonly enforced?: true
}

export const fieldTypes: readonly FieldType[] = [
  'array',
  'set',
  'string',
  'number',
  'boolean',
  'integer',
  'foreign',
  'map',
  'record',
  'function',
  'json',
]

const any = fieldTypes
const lists: readonly FieldType[] = ['array', 'set']
const numbers: readonly FieldType[] = ['number', 'integer']
const scalars: readonly FieldType[] = ['string', 'number', 'integer']
const sized: readonly FieldType[] = ['array', 'set', 'string', 'map']
const columns: readonly FieldType[] = ['string', 'number', 'integer', 'foreign']
const text: readonly FieldType[] = ['string']

const aString: Definition = { type: 'string', nilable: true }
const aNumber: Definition = { type: 'number', nilable: true }
const anInteger: Definition = { type: 'integer', nilable: true }
const aBoolean: Definition = { type: 'boolean', nilable: true }
const anything: Definition = { type: 'any', nilable: true }
const aFunction: Definition = { type: 'function', nilable: true }
const listOf = (elements: Definition): Definition => ({ type: 'array', elements, nilable: true })
const recordOf = (fields: readonly Entry[], more: object = {}): Definition => ({
  type: 'record',
  fields,
  nilable: true,
  ...more,
})
const rules = listOf(recordOf([{ pattern: { type: 'string', required: true } }, { err: { type: 'string' } }]))

/** A field's definition as Kong's metaschema reads it; filled below, as it contains itself. */
const fieldSchema: Entry[] = []
const inner: Definition = { type: 'record', fields: fieldSchema }

export const fieldList: Definition = {
  type: 'array',
  elements: {
    type: 'map',
    keys: { type: 'string' },
    values: {
      type: 'record',
      fields: fieldSchema,
      entity_checks: [
        {
          conditional: {
            if_field: 'unique_across_ws',
            if_match: { eq: true },
            then_field: 'unique',
            then_match: { eq: true, required: true },
          },
        },
      ],
    },
    required: true,
    len_eq: 1,
  },
}

/** The validators, by Kong's name. */
export const validatorWords = {
  between: {
    argument: { type: 'array', elements: { type: 'number' }, len_eq: 2, nilable: true },
    on: numbers,
    enforced: true,
  },
  eq: { argument: anything, on: [...scalars, 'boolean', 'foreign'] },
  ne: { argument: anything, on: [...scalars, 'boolean', 'foreign'] },
  gt: { argument: aNumber, on: numbers },
  len_eq: { argument: anInteger, on: sized, enforced: true },
  len_min: { argument: anInteger, on: [...sized, 'foreign'] },
  len_max: { argument: anInteger, on: [...sized, 'foreign'] },
  match: { argument: aString, on: text, enforced: true },
  not_match: { argument: aString, on: text },
  match_all: { argument: rules, on: text },
  match_none: { argument: rules, on: text },
  match_any: {
    argument: recordOf([
      { patterns: { type: 'array', elements: { type: 'string' }, required: true } },
      { err: { type: 'string' } },
    ]),
    on: text,
  },
  starts_with: { argument: aString, on: text },
  one_of: { argument: listOf({ type: 'any' }), on: scalars, enforced: true },
  not_one_of: { argument: listOf({ type: 'any' }), on: scalars },
  contains: { argument: anything, on: lists, enforced: true },
  is_regex: { argument: aBoolean, on: text, enforced: true },
  timestamp: { argument: aBoolean, on: numbers, enforced: true },
  uuid: { argument: aBoolean, on: text, enforced: true },
  custom_validator: { argument: aFunction, on: [] },
  mutually_exclusive_subsets: {
    argument: listOf({ type: 'array', elements: { type: 'string' } }),
    on: lists,
  },
} satisfies Record<string, Word>

const draft4: Definition = { type: 'any', json_schema_document: true }

const otherWords = {
  type: { argument: { type: 'string', one_of: fieldTypes, required: true }, on: any },
  required: { argument: aBoolean, on: any },
  reference: { argument: aString, on: ['foreign'] },
  description: { argument: { type: 'string', len_min: 10, len_max: 500, nilable: true }, on: any },
  examples: { argument: listOf({ type: 'any' }), on: any },
  auto: { argument: aBoolean, on: scalars },
  unique: { argument: aBoolean, on: columns, enforced: true },
  unique_across_ws: { argument: aBoolean, on: columns, enforced: true },
  on_delete: {
    argument: { type: 'string', one_of: ['restrict', 'cascade', 'null'], nilable: true },
    on: ['foreign'],
  },
  default: { argument: { type: 'self', nilable: true }, on: any },
  abstract: {
    argument: aBoolean,
    on: ['string', 'number', 'integer', 'record', 'array', 'set', 'map'],
    enforced: true,
  },
  generate_admin_api: { argument: aBoolean, on: any },
  immutable: { argument: aBoolean, on: any },
  err: { argument: aString, on: any },
  encrypted: { argument: aBoolean, on: any },
  referenceable: { argument: aBoolean, on: any },
  json_schema: {
    argument: recordOf(
      [
        { namespace: { type: 'string', one_of: ['proxy-wasm-filters'] } },
        { parent_subschema_key: { type: 'string' } },
        { optional: { type: 'boolean' } },
        { inline: draft4 },
        { default: draft4 },
      ],
      {
        entity_checks: [
          { at_least_one_of: ['inline', 'namespace', 'parent_subschema_key'] },
          { mutually_required: ['namespace', 'parent_subschema_key'] },
          {
            mutually_exclusive_sets: {
              set1: ['inline'],
              set2: ['namespace', 'parent_subschema_key', 'optional'],
            },
          },
        ],
      },
    ),
    on: ['json'],
    enforced: true,
  },
  transient: { argument: aBoolean, on: [...scalars, 'array', 'set', 'boolean'], enforced: true },
  deprecation: {
    argument: recordOf([
      { message: { type: 'string', required: true } },
      { removal_in_version: { type: 'string', required: true } },
      { old_default: { type: 'any' } },
      {
        replaced_with: {
          type: 'array',
          elements: {
            type: 'record',
            fields: [
              { path: { type: 'array', len_min: 1, required: true, elements: { type: 'string' } } },
              { reverse_mapping_function: { type: 'function' } },
            ],
          },
        },
      },
    ]),
    on: any,
  },
} satisfies Record<string, Word>

const names: Definition = { type: 'array', elements: { type: 'string' } }
const matchers: Entry[] = []
const aMatch: Definition = { type: 'record', fields: matchers }
const optional: Definition = { type: 'string' }

/** The entity checks, by Kong's name, with the arguments that they take. */
export const entityCheckWords: Record<string, Definition> = {
  at_least_one_of: names,
  conditional_at_least_one_of: {
    type: 'record',
    fields: [
      { if_field: optional },
      { if_match: aMatch },
      { then_at_least_one_of: names },
      { then_err: optional },
      { else_match: aMatch },
      { else_then_at_least_one_of: names },
      { else_then_err: optional },
    ],
  },
  only_one_of: names,
  distinct: names,
  conditional: {
    type: 'record',
    fields: [
      { if_field: optional },
      { if_match: aMatch },
      { then_field: optional },
      { then_match: aMatch },
      { then_err: optional },
    ],
  },
  custom_entity_check: {
    type: 'record',
    fields: [
      { field_sources: names },
      { fn: { type: 'function' } },
      { run_with_missing_fields: { type: 'boolean' } },
      { run_with_invalid_fields: { type: 'boolean' } },
    ],
  },
  mutually_required: names,
  mutually_exclusive: names,
  mutually_exclusive_sets: { type: 'record', fields: [{ set1: names }, { set2: names }] },
}

export const entityCheckList: Definition = {
  type: 'array',
  elements: {
    type: 'record',
    fields: entriesOf(entityCheckWords),
    entity_checks: [{ only_one_of: Object.keys(entityCheckWords) }],
  },
  nilable: true,
}

const shorthandFields: Entry[] = []

/** A shorthand needs a Lua function, so that no dump can hold one that Kong takes. */
export const shorthandList: Definition = {
  type: 'array',
  elements: {
    type: 'map',
    keys: { type: 'string' },
    values: { type: 'record', fields: shorthandFields },
    required: true,
    len_eq: 1,
  },
  nilable: true,
}

const nested = {
  elements: { argument: inner, on: lists },
  keys: { argument: inner, on: ['map'] },
  values: { argument: inner, on: ['map'] },
  fields: { argument: fieldList, on: ['record'] },
  entity_checks: { argument: entityCheckList, on: ['record'] },
  shorthand_fields: { argument: shorthandList, on: [] },
} satisfies Record<string, Word>

/** Every attribute of a field that Kong 3.9 knows. */
export const words: { readonly [attribute: string]: Word } = { ...otherWords, ...validatorWords, ...nested }

fieldSchema.push(...entriesOf(mapArguments(words)))
shorthandFields.push(...fieldSchema, { func: { type: 'function', required: true } })
matchers.push(
  { required: aBoolean },
  { elements: inner },
  { keys: inner },
  { values: inner },
  ...entriesOf(mapArguments(validatorWords)),
)

function mapArguments(table: { readonly [attribute: string]: Word }): Record<string, Definition> {
  return Object.fromEntries(Object.entries(table).map(([name, word]) => [name, word.argument]))
}

function entriesOf(table: Record<string, Definition>): Entry[] {
  return Object.entries(table).map(([name, definition]) => ({ [name]: definition }))
}
