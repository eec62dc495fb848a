import { setMember } from '../set-member.ts'
import type { Definition, Entry, Issues, Table } from './definition.ts'
import { LuaError } from './lua-pattern.ts'
import { isTable, own, pairs, truthy } from './lua-table.ts'
import { luaText, luaType } from './lua-text.ts'
import { words } from './words.ts'

/** What Kong's metaschema checks beyond the shape: attributes that a type needs, and those that it cannot have. */
export function checkFields(schema: Table): Issues {
  const errors: Issues = {}
  readFields(schema, errors)
  return errors
}

function readFields(holder: Definition, errors: Issues): void {
  if (!isTable(holder.fields))
    throw new LuaError(`attempt to get length of field 'fields' (a ${luaType(holder.fields)} value)`)
  if (!Array.isArray(holder.fields)) return
  for (const item of holder.fields as unknown[]) {
    if (!isTable(item)) {
      errors.fields = 'each entry in fields must be a sub-table'
      return
    }
    const [first] = pairs(item)
    if (first === undefined) {
      errors.fields = 'field entry table is empty'
      return
    }
    const name = String(first[0])
    if (isTable(first[1])) readField(name, first[1] as Definition, errors, holder.fields as Entry[])
    else setMember(errors, name, `'${name}' must be a table`)
  }
}

const needed: Record<string, readonly string[]> = {
  array: ['elements'],
  set: ['elements'],
  map: ['keys', 'values'],
  record: ['fields'],
  json: ['json_schema'],
}

function readField(name: string, field: Definition, errors: Issues, siblings: readonly Entry[]): void {
  if (!truthy(field.type)) {
    setMember(errors, name, 'missing type declaration')
    return
  }
  const type = luaText(field.type)
  const isAbstractRecord = type === 'record' && truthy(field.abstract)
  for (const attribute of isAbstractRecord ? [] : (own(needed, type) ?? [])) {
    if (truthy(field[attribute])) continue
    setMember(errors, name, `field of type '${type}' must declare '${attribute}'`)
  }
  for (const attribute of Object.keys(field)) {
    const word = own(words, attribute)
    if (word?.enforced !== true || (word.on as readonly string[]).includes(type)) continue
    setMember(errors, name, `field of type '${type}' cannot have attribute '${attribute}'`)
  }
  for (const attribute of ['elements', 'keys', 'values']) {
    const nested = field[attribute]
    if (!truthy(nested)) continue
    if (isTable(nested)) readField(name, nested as Definition, errors, [])
    else setMember(errors, name, `'${attribute}' must be a table`)
  }
  if (type === 'json' && isTable(field.json_schema))
    readParentKey(name, field.json_schema as Table, errors, siblings)
  if (truthy(field.fields)) readFields(field, errors)
}

function readParentKey(name: string, schema: Table, errors: Issues, siblings: readonly Entry[]): void {
  const key = schema.parent_subschema_key
  if (!truthy(key)) return
  const parent = siblings.find((entry) => Object.keys(entry)[0] === key)?.[String(key)]
  if (parent?.type === 'string') return
  const message =
    parent === undefined
      ? 'value must be a field name of the parent schema'
      : 'value must be a string field of the parent schema'
  setMember(errors, name, { json_schema: { parent_subschema_key: message } })
}
