import type { Definition, Failure } from './definition.ts'
import { SILENT } from './definition.ts'
import { validateField } from './engine.ts'
import { schemaFault } from './errors.ts'
import { LuaError } from './lua-pattern.ts'
import { own } from './lua-table.ts'
import { isObject } from './plain.ts'
import { refuseBadPatterns } from './refuse-patterns.ts'
import { validatorWords, words } from './words.ts'

/** A null, a function, NaN and their like cannot stand in the dump, or mean something else there. */
export function refuseNonJson(path: string, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) refuseNonJson(`${path}[${index}]`, element)
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) refuseNonJson(`${path}.${name}`, member)
  } else {
    throw schemaFault('NOT_JSON', path, value)
  }
}

const onlyTrue = ['is_regex', 'timestamp', 'uuid']
const lengths = ['len_eq', 'len_min', 'len_max']
const ownWalk = ['type', 'default', 'elements', 'keys', 'values', 'fields', 'entity_checks']

/** Throws for an argument that Kong would refuse, or with which the attribute could never work. */
export function refuseBadAttribute(path: string, attribute: string, value: unknown, field: Definition): void {
  if (ownWalk.includes(attribute)) return
  const refuse = (why: string) => schemaFault('BAD_ATTRIBUTE', path, attribute, value, why)
  if (attribute === 'abstract' && value === true) throw schemaFault('NO_ABSTRACT', path)
  if (attribute === 'description' && typeof value === 'string') {
    const bytes = Buffer.byteLength(value)
    if (bytes < 10 || bytes > 500) throw schemaFault('BAD_DESCRIPTION', path, bytes)
  }
  const failure = failureOf(words[attribute]!.argument, value)
  if (failure !== undefined) throw refuse(`Kong would answer "${failure}" and not start`)
  if (onlyTrue.includes(attribute) && value !== true) {
    throw refuse('Kong applies the rule whatever the value is; write true or leave it out')
  }
  if (lengths.includes(attribute) && (value as number) < 0) throw refuse('a length is 0 or more')
  if (attribute === 'between' && (value as number[])[0]! > (value as number[])[1]!) {
    throw refuse('the first number must not be above the second')
  }
  if (attribute === 'one_of' || attribute === 'not_one_of') {
    if ((value as unknown[]).length === 0) throw refuse('give at least one value')
    for (const choice of value as unknown[]) refuseForeignValue(choice, field, refuse)
  }
  if (attribute === 'eq' || attribute === 'ne') refuseForeignValue(value, field, refuse)
  if (attribute === 'unique_across_ws' && value === true && field.unique !== true) {
    throw refuse('it needs unique: true beside it')
  }
}

/** Kong compares without conversion, so that a value of another type can never be equal. */
function refuseForeignValue(value: unknown, field: Definition, refuse: (why: string) => Error): void {
  const failure = failureOf(
    field.type === 'string' ? { type: 'string', len_min: 0 } : { type: field.type },
    value,
  )
  if (failure !== undefined)
    throw refuse(`${JSON.stringify(value)} is never a value of a field of type ${field.type}`)
}

/** What Kong would say against a value of a field, in one sentence. */
export function failureOf(field: Definition, value: unknown): string | undefined {
  try {
    const failure: Failure = validateField(field, value)
    if (failure === undefined || failure === SILENT) return undefined
    return typeof failure === 'string' ? failure : JSON.stringify(failure)
  } catch (error) {
    if (error instanceof LuaError) return error.message
    throw error
  }
}

/** The rules of a match in an entity check, run on a field of the config. */
export function refuseBadMatch(path: string, match: Definition, field: Definition | undefined): void {
  for (const [attribute, value] of Object.entries(match)) {
    refuseNonJson(`${path}.${attribute}`, value)
    const word = own(validatorWords as typeof words, attribute)
    if (word === undefined && !['required', 'elements', 'keys', 'values'].includes(attribute)) {
      throw schemaFault('UNKNOWN_ATTRIBUTE', path, attribute)
    }
    if (word !== undefined && field !== undefined) {
      const type = field.type as string
      if (!(word.on as readonly string[]).includes(type)) {
        throw schemaFault('WRONG_ATTRIBUTE', path, attribute, type, word.on)
      }
      refuseBadAttribute(path, attribute, value, field)
    }
  }
  refuseBadPatterns(path, match)
}
