import { isTable } from './lua-table.ts'
import { luaType } from './lua-text.ts'

/*
 * The part of JSON Schema draft 4 that configs use. Kong runs a whole validator, whose sentences differ in
 * detail; what is not read here ($ref, format, dependencies) passes.
 */

interface Draft4 {
  type?: string | string[]
  enum?: unknown[]
  properties?: Record<string, unknown>
  patternProperties?: Record<string, unknown>
  additionalProperties?: unknown
  required?: string[]
  items?: unknown
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  minimum?: number
  maximum?: number
  allOf?: unknown[]
  anyOf?: unknown[]
  oneOf?: unknown[]
  not?: unknown
}

/** What is wrong with a value under an inline JSON Schema, or undefined. */
export function checkJson(value: unknown, schema: unknown): string | undefined {
  if (!isTable(schema)) return undefined
  const rules = schema as Draft4
  const types = rules.type === undefined ? [] : [rules.type].flat()
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return `wrong type: expected ${types.length === 1 ? types[0] : `one of ${types.join(', ')}`}, got ${jsonType(value)}`
  }
  if (rules.enum && !rules.enum.some((choice) => JSON.stringify(choice) === JSON.stringify(value))) {
    return 'matches none of the enum values'
  }
  return checkCombined(value, rules) ?? checkShape(value, rules)
}

function checkCombined(value: unknown, rules: Draft4): string | undefined {
  const fits = (schema: unknown) => checkJson(value, schema) === undefined
  const broken = rules.allOf
    ?.map((schema) => checkJson(value, schema))
    .find((message) => message !== undefined)
  if (broken !== undefined) return broken
  if (rules.anyOf && !rules.anyOf.some(fits)) return 'object matches none of the required'
  if (rules.oneOf && rules.oneOf.filter(fits).length !== 1) return 'value should match exactly one schema'
  return rules.not !== undefined && fits(rules.not) ? "value wasn't supposed to match schema" : undefined
}

function checkShape(value: unknown, rules: Draft4): string | undefined {
  if (typeof value === 'string') {
    const length = [...value].length
    if (rules.minLength !== undefined && length < rules.minLength)
      return `string too short, expected at least ${rules.minLength}, got ${length}`
    if (rules.maxLength !== undefined && length > rules.maxLength)
      return `string too long, expected at most ${rules.maxLength}, got ${length}`
    if (rules.pattern !== undefined && !new RegExp(rules.pattern).test(value))
      return `failed to match pattern "${rules.pattern}" with "${value}"`
  } else if (typeof value === 'number') {
    if (rules.minimum !== undefined && value < rules.minimum)
      return `expected ${value} to be at least ${rules.minimum}`
    if (rules.maximum !== undefined && value > rules.maximum)
      return `expected ${value} to be at most ${rules.maximum}`
  } else if (Array.isArray(value)) {
    return checkItems(value, rules)
  } else if (isTable(value)) {
    return checkProperties(value as Record<string, unknown>, rules)
  }
  return undefined
}

function checkItems(list: readonly unknown[], rules: Draft4): string | undefined {
  if (rules.minItems !== undefined && list.length < rules.minItems)
    return `expect array to have at least ${rules.minItems} items`
  if (rules.maxItems !== undefined && list.length > rules.maxItems)
    return `expect array to have at most ${rules.maxItems} items`
  for (const [index, item] of list.entries()) {
    const message = checkJson(item, Array.isArray(rules.items) ? rules.items[index] : rules.items)
    if (message !== undefined) return `failed to validate item ${index + 1}: ${message}`
  }
  return undefined
}

function checkProperties(object: Record<string, unknown>, rules: Draft4): string | undefined {
  const absent = rules.required?.find((name) => !Object.hasOwn(object, name))
  if (absent !== undefined) return `property ${absent} is required`
  const patterns = Object.entries(rules.patternProperties ?? {})
  for (const [name, member] of Object.entries(object)) {
    const own = rules.properties && Object.hasOwn(rules.properties, name) ? [rules.properties[name]] : []
    const schemas = [
      ...own,
      ...patterns.filter(([pattern]) => new RegExp(pattern).test(name)).map(([, schema]) => schema),
    ]
    if (schemas.length === 0 && rules.additionalProperties === false)
      return `additional properties forbidden, found ${name}`
    if (schemas.length === 0) schemas.push(rules.additionalProperties)
    for (const schema of schemas) {
      const message = checkJson(member, schema)
      if (message !== undefined) return `property ${name} validation failed: ${message}`
    }
  }
  return undefined
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value)
    case 'array':
      return Array.isArray(value) || (isTable(value) && Object.keys(value).length === 0)
    case 'object':
      return isTable(value) && (!Array.isArray(value) || value.length === 0)
    default:
      return typeof value === type
  }
}

function jsonType(value: unknown): string {
  return isTable(value) && !Array.isArray(value) ? 'object' : value === null ? 'null' : luaType(value)
}
