import type { Definition } from './definition.ts'
import { isEntity } from './definition.ts'
import { fill } from './engine.ts'
import { schemaFault } from './errors.ts'
import { checkJson } from './json-schema.ts'
import { own } from './lua-table.ts'
import { isObject } from './plain.ts'
import { failureOf, refuseBadAttribute, refuseNonJson } from './refuse-attributes.ts'
import { refuseBadChecks } from './refuse-checks.ts'
import { refuseBadPatterns } from './refuse-patterns.ts'
import { fieldTypes, words } from './words.ts'

/** Throws for the first thing in a record that Kong would refuse, or that could never work. */
export function refuseBadRecord(path: string, record: Definition): void {
  if (!Array.isArray(record.fields)) throw schemaFault('MISSING_ATTRIBUTE', path, 'fields', 'record')
  const seen = new Set<string>()
  for (const entry of record.fields as unknown[]) {
    if (!isObject(entry) || Object.keys(entry).length !== 1) throw schemaFault('BAD_KONG_SCHEMA', path, entry)
    const [name, field] = Object.entries(entry)[0]!
    if (name === '') throw schemaFault('EMPTY_NAME', path)
    if (seen.has(name)) throw schemaFault('DUPLICATE_FIELD', `${path}.${name}`)
    seen.add(name)
    refuseBadField(`${path}.${name}`, field)
  }
  if (record.entity_checks !== undefined) refuseBadChecks(path, record.entity_checks, record)
}

const types = fieldTypes.filter((type) => type !== 'function')
const typesAsElement = types.filter((type) => type !== 'json' && type !== 'foreign')

function refuseBadField(path: string, field: unknown, allowed: readonly string[] = types): void {
  if (!isObject(field)) throw schemaFault('NOT_A_FIELD', path, field)
  if (!allowed.includes(field.type as string)) {
    throw schemaFault(
      'UNKNOWN_TYPE',
      path,
      field.type,
      allowed.filter((type) => type !== 'foreign'),
    )
  }
  const type = field.type as string
  for (const [attribute, value] of Object.entries(field)) {
    refuseNonJson(`${path}.${attribute}`, value)
    const word = own(words, attribute)
    if (word === undefined) throw schemaFault('UNKNOWN_ATTRIBUTE', path, attribute)
    if (!(word.on as readonly string[]).includes(type)) {
      throw schemaFault('WRONG_ATTRIBUTE', path, attribute, type, word.on)
    }
    refuseBadAttribute(path, attribute, value, field)
  }
  if (type === 'foreign' && !isEntity(field.reference)) {
    throw schemaFault(
      'BAD_ATTRIBUTE',
      path,
      'reference',
      field.reference,
      'name an entity of Kong, as in "services"',
    )
  }
  refuseBadChildren(path, type, field)
  refuseBadRules(path, field)
  if (field.default !== undefined) refuseBadDefault(path, field)
}

function refuseBadChildren(path: string, type: string, field: Definition): void {
  const inside = (attribute: string, suffix: string) => {
    if (field[attribute] === undefined) throw schemaFault('MISSING_ATTRIBUTE', path, attribute, type)
    refuseBadField(`${path}${suffix}`, field[attribute], attribute === 'keys' ? ['string'] : typesAsElement)
  }
  if (type === 'array' || type === 'set') inside('elements', '[]')
  if (type === 'map') {
    inside('keys', '{key}')
    inside('values', '{value}')
  }
  if (type === 'record') refuseBadRecord(path, field)
  if (type === 'json' && field.json_schema === undefined) {
    throw schemaFault('MISSING_ATTRIBUTE', path, 'json_schema', type)
  }
}

function refuseBadRules(path: string, field: Definition): void {
  const { len_min: least, len_max: most } = field as { len_min?: number; len_max?: number }
  if (least !== undefined && most !== undefined && least > most) {
    throw schemaFault('BAD_ATTRIBUTE', path, 'len_min', least, `len_max is ${most}, so that no value passes`)
  }
  refuseBadPatterns(path, field)
}

function refuseBadDefault(path: string, field: Definition): void {
  const { default: value, ...rest } = field
  const inline = (field.json_schema as { inline?: unknown } | undefined)?.inline
  const failure = field.type === 'json' ? checkJson(value, inline) : failureOf(rest, fillDefault(rest, value))
  if (failure !== undefined) throw schemaFault('BAD_DEFAULT', path, value, failure)
}

/** A default that is a record gets the defaults of its own fields before Kong checks it. */
function fillDefault(field: Definition, value: unknown): unknown {
  return fill({ fields: [{ value: field }] }, { value }).value
}
