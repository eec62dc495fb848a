import { setMember } from '../set-member.ts'
import type { Definition, Failure, Issue, Issues, Schema, Table } from './definition.ts'
import { eachField, fieldOf, isEntity, REQUIRED, SILENT } from './definition.ts'
import { runEntityChecks } from './entity-checks.ts'
import { checkJson } from './json-schema.ts'
import { LuaError } from './lua-pattern.ts'
import { isReference, isSequence, isTable, listOf, own, pairs, tableOf, truthy } from './lua-table.ts'
import { luaText, luaType } from './lua-text.ts'
import { copyOf } from './plain.ts'
import { validatorNames, validators } from './validators.ts'

/** Checks a whole table; no errors means that Kong takes it. */
export function validate(schema: Schema, input: Table): Issues {
  const errors: Issues = {}
  for (const [key, value] of Object.entries(input)) {
    const failure = validateMember(schema, input, key, value)
    if (failure !== undefined && failure !== SILENT) setMember(errors, key, failure)
  }
  for (const [name, field] of eachField(schema)) {
    if (truthy(field.required) && (own(input, name) ?? null) === null) setMember(errors, name, REQUIRED)
  }
  runEntityChecks({ schema, input, errors, validateField })
  if (schema.check !== undefined) runCheck(schema, schema.check, input, errors)
  return errors
}

function validateMember(schema: Schema, input: Table, key: string, value: unknown): Failure {
  const field = fieldOf(schema, key)
  const special = schema.subschema && fieldOf(schema.subschema, key)
  const used = special ?? field
  if (field?.type === 'json' || special?.type === 'json') return validateJson(used!, value)
  if (field?.type === 'self') return validateSelf(input, value)
  if (key === 'updated_at') return undefined
  if (field === undefined) return 'unknown field'
  return validateField(used!, value)
}

/** An attribute of a field's definition that the definition itself describes: its default. */
function validateSelf(definition: Table, value: unknown): Failure {
  try {
    return validateField(definition, value)
  } catch (error) {
    if (error instanceof LuaError) return 'error in schema prevents from validating this field'
    throw error
  }
}

/** Checks one value; undefined means that Kong takes it. */
export function validateField(field: Definition, value: unknown): Failure {
  if (value === null) return validateNull(field)
  if (field.eq === null) return ownMessage(field) ?? 'value must be null'
  if (truthy(field.abstract)) return 'error in schema definition: abstract field was not specialized'
  let used = field
  switch (field.type) {
    case 'array':
    case 'set': {
      if (!isSequence(value)) return `expected ${field.type === 'set' ? 'a set' : 'an array'}`
      const failure = validateElements(field, listOf(value))
      if (failure !== undefined) return failure
      break
    }
    case 'map': {
      if (!isTable(value)) return 'expected a map'
      for (const [key, entry] of pairs(value)) {
        const failure =
          validateField(required(field.keys), key) ?? validateField(required(field.values), entry)
        if (failure !== undefined) return failure
      }
      break
    }
    case 'record': {
      if (!isTable(value)) return 'expected a record'
      const record = recordSchema(field)
      const errors = validate(record, fill(record, tableOf(value)))
      if (Object.keys(errors).length > 0) return errors
      break
    }
    case 'foreign': {
      const failure = validateForeign(field, value)
      if (failure !== undefined) return failure
      break
    }
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'expected an integer'
      break
    case 'string':
      if (typeof value !== 'string') return 'expected a string'
      if (!truthy(field.len_min)) used = { ...field, len_min: 1 }
      if (truthy(field.referenceable) && isReference(value)) return undefined
      break
    case 'function':
      return 'expected a function'
    case 'number':
    case 'boolean':
      if (typeof value !== field.type) return `expected a ${field.type}`
      break
    case 'json':
      return SILENT
    case 'any':
      if (field.json_schema_document === true && !isTable(value)) return 'schema must be a table'
      break
    default:
      return `invalid type: ${luaText(field.type)}`
  }
  return runValidators(used, value)
}

function validateNull(field: Definition): Failure {
  if (field.ne === null) return ownMessage(field) ?? 'value must not be null'
  if (field.eq !== undefined && field.eq !== null) return `value must be ${luaText(field.eq)}`
  return truthy(field.required) ? REQUIRED : undefined
}

function validateElements(field: Definition, list: readonly unknown[]): Failure {
  const elements = required(field.elements)
  const errors: (Issue | null)[] = []
  let failed = false
  for (const [index, element] of list.entries()) {
    const failure = validateField(elements, element)
    if (failure === undefined) continue
    failed = true
    if (failure === SILENT) continue
    while (errors.length < index) errors.push(null)
    errors.push(failure)
  }
  return failed ? errors : undefined
}

function validateJson(field: Definition, value: unknown): Failure {
  const { inline } = (field.json_schema ?? {}) as { inline?: unknown }
  return inline === undefined ? undefined : checkJson(value, inline)
}

function validateForeign(field: Definition, value: unknown): Failure {
  if (!isEntity(field.reference)) throw new LuaError("attempt to index local 'field_schema' (a nil value)")
  if (typeof value !== 'string' && !isTable(value)) {
    throw new LuaError(`attempt to index local 'pk' (a ${luaType(value)} value)`)
  }
  const id = typeof value === 'string' ? undefined : tableOf(value).id
  if (!truthy(id)) return { id: 'missing primary key' }
  if (id === null) return { id: REQUIRED }
  const failure = validateField({ type: 'string', uuid: true }, id)
  return failure === undefined || failure === SILENT ? undefined : { id: failure }
}

function runValidators(field: Definition, value: unknown): Failure {
  for (const name of validatorNames) {
    const argument = field[name]
    if (argument === undefined) continue
    const message = validators[name](value, argument, field)
    if (message !== undefined) return ownMessage(field) ?? message
  }
  return undefined
}

function runCheck(schema: Schema, check: (input: Table) => Issues, input: Table, errors: Issues): void {
  let complete = true
  for (const [name, field] of eachField(schema)) {
    if (own(input, name) !== undefined || truthy(field.nilable)) continue
    setMember(errors, name, 'field required for entity check')
    complete = false
  }
  if (complete) Object.assign(errors, check(input))
}

/** A copy of a table with defaults and generated values filled in, and null in every other field left out. */
export function fill(schema: Schema, data: Table): Table {
  const filled = copyOf(data)
  for (const [name] of eachField(schema)) {
    const field = (schema.subschema && fieldOf(schema.subschema, name)) ?? fieldOf(schema, name)!
    const given = own(filled, name)
    const value = adjust(field, given === undefined && truthy(field.auto) ? generate(name, field) : given)
    if (value !== undefined) setMember(filled, name, value)
  }
  return filled
}

function adjust(field: Definition, value: unknown): unknown {
  if (truthy(field.abstract)) return value
  if (field.type === 'record') {
    if (value !== null && (value !== undefined || field.required === true)) {
      const given = truthy(value) ? value : missing(field)
      return isTable(given) ? fill(recordSchema(field), tableOf(given)) : given
    }
  } else if (isTable(value)) {
    return adjustEntries(field, value)
  }
  return value === undefined ? missing(field) : value
}

function adjustEntries(field: Definition, value: object): unknown {
  if ((field.type === 'array' || field.type === 'set') && isSequence(value)) {
    const list = field.type === 'set' ? [...new Set(listOf(value))] : listOf(value)
    return list.map((element) => adjust(field.elements as Definition, element))
  }
  const inside = field.type === 'map' ? field.values : undefined
  if (inside === undefined || Array.isArray(value)) return value
  const entries: Table = {}
  for (const [key, entry] of Object.entries(value))
    setMember(entries, key, adjust(inside as Definition, entry))
  return entries
}

function missing(field: Definition): unknown {
  if (field.default !== undefined) {
    const isList = field.type === 'array' || field.type === 'set'
    return isList && isSequence(field.default) ? copyOf(listOf(field.default)) : copyOf(field.default)
  }
  if (truthy(field.nilable)) return undefined
  if (field.required !== true) return null
  if (truthy(field.abstract)) return undefined
  return field.type === 'record' ? fill(recordSchema(field), {}) : undefined
}

function generate(name: string, field: Definition): unknown {
  if (truthy(field.uuid)) return crypto.randomUUID()
  if (field.type === 'string') return crypto.randomUUID().replaceAll('-', '')
  if (name !== 'created_at' && name !== 'updated_at') return undefined
  if (field.type === 'number') return Date.now() / 1000
  return field.type === 'integer' ? Math.floor(Date.now() / 1000) : undefined
}

function recordSchema(field: Definition): Schema {
  const broken =
    !isTable(field.fields) ||
    [...eachField(field)].some(([, inner]) => inner.type === 'foreign' && !isEntity(inner.reference))
  if (broken) throw new LuaError("attempt to index local 'field_schema' (a nil value)")
  return field as unknown as Schema
}

function required(field: unknown): Definition {
  if (!isTable(field)) throw new LuaError(`attempt to index a ${luaType(field)} value`)
  return { ...field, required: true }
}

function ownMessage(field: Definition): string | undefined {
  return truthy(field.err) ? String(field.err) : undefined
}
