import { setMember } from '../set-member.ts'
import { schemaFault } from './errors.ts'
import type { Field, Fields, Json } from './field.ts'
import { s } from './fields.ts'

/** How fields are called in the config, by the path of the property. */
type Names = { readonly [path: string]: string }

/**
 * Reads a schema off an object's own fields and the values that they hold, as go-pdk does with a struct: a value
 * that is not empty is the default; `''` says string without one. A list tells its elements by the first of them
 * (strings when it is empty), and the list is the default unless it holds nothing but `''`; an object is a record.
 * `names` says how a field is called in the config, by its path, as Go's `json:"my_file_path"` does:
 * `{ myFilePath: 'my_file_path', 'limits.perHour': 'per_hour' }`.
 * @example fieldsFromValue({ message: 'hello', port: 8080, tags: [''] })
 */
export function fieldsFromValue(object: object, names: Names = {}): Fields {
  return readFields(object, names, '')
}

function readFields(object: object, names: Names, prefix: string): Fields {
  const fields: Record<string, Field> = {}
  for (const [property, value] of Object.entries(object)) {
    const path = prefix + property
    const name = nameOf(names, path, property)
    if (Object.hasOwn(fields, name)) throw schemaFault('DUPLICATE_FIELD', `config.${prefix}${name}`)
    setMember(fields, name, readField(value, names, path))
  }
  return Object.freeze(fields)
}

function readField(value: unknown, names: Names, path: string): Field {
  switch (typeof value) {
    case 'string':
      return value === '' ? s.string() : s.string({ default: value })
    case 'number':
      if (Number.isFinite(value)) return s.number({ default: value })
      break
    case 'boolean':
      return s.boolean({ default: value })
    case 'object':
      if (Array.isArray(value)) return readList(value, names, path)
      if (isReadable(value)) return s.record(readFields(value, names, `${path}.`))
  }
  throw schemaFault('NO_EXAMPLE', `config.${path}`, value)
}

function readList(list: readonly unknown[], names: Names, path: string): Field {
  const element = `${path}.0`
  const elements = elementOf(readField(list.length === 0 ? '' : list[0], names, element))
  for (const [index, value] of list.entries())
    readField(value, names, index === 0 ? element : `${path}.${index}`)
  const isExample = list.every(isBlank)
  return s.array(elements, { default: isExample ? [] : list.map((value) => toJson(value, names, element)) })
}

/** A value as the operator would write it: under the names of the config, without what is blank. */
function toJson(value: unknown, names: Names, path: string): Json {
  if (Array.isArray(value)) return value.map((element) => toJson(element, names, `${path}.0`))
  if (typeof value !== 'object' || value === null) return value as Json
  const members: Record<string, Json> = {}
  for (const [property, member] of Object.entries(value)) {
    const inside = `${path}.${property}`
    if (!isBlank(member)) setMember(members, nameOf(names, inside, property), toJson(member, names, inside))
  }
  return members
}

/** `''`, and an object of nothing else, tells a type and no value. */
function isBlank(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === ''
  return !Array.isArray(value) && Object.values(value).every(isBlank)
}

function nameOf(names: Names, path: string, property: string): string {
  return Object.hasOwn(names, path) ? names[path]! : property
}

/** An element has no default of its own. */
function elementOf(field: Field): Field {
  if (field.type === 'record') return field
  const { default: _, ...element } = field as Field & { default?: unknown }
  return element
}

function isReadable(value: object | null): value is object {
  return (
    value !== null && !ArrayBuffer.isView(value) && !(value instanceof Date) && !(value instanceof RegExp)
  )
}
