import { setMember } from '../set-member.ts'
import { schemaFault } from './errors.ts'
import type { Field, Fields } from './field.ts'
import { freezeCopy, isObject } from './plain.ts'

/**
 * Reads the schema of a kong-pdk module, which is in Kong's own form already: `[{ message: { type: 'string' } }]`.
 * Everything else about it is for `describeSchema` to check.
 */
export function fieldsFromKong(schema: unknown): Fields {
  if (!Array.isArray(schema)) throw schemaFault('BAD_KONG_SCHEMA', 'the schema', schema)
  const fields: Record<string, Field> = {}
  for (const [index, entry] of schema.entries()) {
    const names = isObject(entry) ? Object.keys(entry) : []
    const [name] = names
    if (name === undefined || names.length > 1)
      throw schemaFault('BAD_KONG_SCHEMA', `the schema at ${index}`, entry)
    const field: unknown = entry[name]
    if (!isObject(field)) throw schemaFault('NOT_A_FIELD', `config.${name}`, field)
    if (Object.hasOwn(fields, name)) throw schemaFault('DUPLICATE_FIELD', `config.${name}`)
    setMember(fields, name, freezeCopy(field))
  }
  return Object.freeze(fields)
}
