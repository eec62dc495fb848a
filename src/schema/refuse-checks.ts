import type { Definition } from './definition.ts'
import { eachField, fieldAt } from './definition.ts'
import { schemaFault } from './errors.ts'
import { LuaError } from './lua-pattern.ts'
import { luaFormat } from './lua-text.ts'
import { isObject } from './plain.ts'
import { refuseBadMatch } from './refuse-attributes.ts'
import { entityCheckWords } from './words.ts'

const known = Object.keys(entityCheckWords).filter((name) => name !== 'custom_entity_check')

/** Throws for an entity check that Kong would refuse, or that would refuse every config. */
export function refuseBadChecks(path: string, checks: unknown, record: { readonly fields?: unknown }): void {
  if (!Array.isArray(checks)) throw schemaFault('BAD_CHECK', path, 'entity checks are a list')
  for (const [index, check] of checks.entries()) {
    const where = `${path}.entity_checks[${index}]`
    if (!isObject(check) || Object.keys(check).length !== 1) {
      throw schemaFault('BAD_CHECK', where, `it must be an object with one key, one of ${known.join(', ')}`)
    }
    const [name, argument] = Object.entries(check)[0]!
    if (!known.includes(name))
      throw schemaFault('BAD_CHECK', `${where}.${name}`, `Kong knows ${known.join(', ')}`)
    refuseBadCheck(`${where}.${name}`, name, argument, record)
  }
}

type Holder = { readonly fields?: unknown }

const messages = ['then_err', 'else_then_err']
const matches = ['if_match', 'then_match', 'else_match']
const needed: Record<string, readonly string[]> = {
  mutually_exclusive_sets: ['set1', 'set2'],
  conditional: ['if_field', 'if_match', 'then_field', 'then_match'],
  conditional_at_least_one_of: ['if_field', 'if_match', 'then_at_least_one_of'],
}

function refuseBadCheck(where: string, name: string, argument: unknown, record: Holder): void {
  const members = needed[name]
  if (members === undefined) {
    refuseBadNames(where, argument, record)
    return
  }
  if (!isObject(argument))
    throw schemaFault('BAD_CHECK', where, `it takes an object with ${members.join(', ')}`)
  const absent = members.find((member) => argument[member] === undefined)
  if (absent !== undefined) throw schemaFault('BAD_CHECK', where, `${absent} is missing`)
  for (const [member, value] of Object.entries(argument)) {
    const at = `${where}.${member}`
    if (!hasMember(name, member)) throw schemaFault('BAD_CHECK', where, `it knows no ${member}`)
    if (messages.includes(member)) refuseBadMessage(at, value)
    else if (matches.includes(member)) refuseMatch(at, value, argument, member, record)
    else if (member === 'if_field' || member === 'then_field') refuseBadNames(at, [value], record)
    else refuseBadNames(at, value, record)
  }
  if ((argument.else_match === undefined) !== (argument.else_then_at_least_one_of === undefined)) {
    throw schemaFault('BAD_CHECK', where, 'else_match and else_then_at_least_one_of need each other')
  }
}

function refuseMatch(at: string, match: unknown, argument: Definition, member: string, record: Holder): void {
  if (!isObject(match)) throw schemaFault('BAD_CHECK', at, 'it must be an object of validators')
  const name = member === 'then_match' ? argument.then_field : argument.if_field
  refuseBadMatch(at, match, fieldAt(record, String(name)))
}

function refuseBadNames(where: string, names: unknown, record: Holder): void {
  if (!Array.isArray(names) || names.length === 0) {
    throw schemaFault('BAD_CHECK', where, 'it takes a list of one or more field names')
  }
  for (const name of names) {
    if (typeof name === 'string' && fieldAt(record, name) !== undefined) continue
    throw schemaFault(
      'UNKNOWN_FIELD_IN_CHECK',
      where,
      String(name),
      [...eachField(record)].map(([own]) => own),
    )
  }
}

/** Kong runs the message through string.format with one value. */
function refuseBadMessage(where: string, message: unknown): void {
  try {
    if (typeof message !== 'string') throw new LuaError('not a string')
    luaFormat(message, '')
  } catch (error) {
    if (!(error instanceof LuaError)) throw error
    throw schemaFault('BAD_CHECK', where, 'its message may hold one %s; write %% for a percent sign')
  }
}

function hasMember(name: string, member: string): boolean {
  const { fields } = entityCheckWords[name]!
  return Array.isArray(fields) && fields.some((entry) => member in entry)
}
