import { setMember } from '../set-member.ts'
import type { Definition, Failure, Issues, Schema, Table } from './definition.ts'
import { fieldAt, REQUIRED, SILENT } from './definition.ts'
import { isReference, own, truthy } from './lua-table.ts'
import { luaFormat, quotedList } from './lua-text.ts'

/** Kong's rules over several fields; what they find goes into `errors`, in `@entity` or at a field. */
export function runEntityChecks(context: Context): void {
  const { schema } = context
  runList(schema.entity_checks, context)
  if (schema.subschema === undefined) return
  const fields = [...schema.fields, ...schema.subschema.fields]
  runList(schema.subschema.entity_checks, { ...context, schema: { ...schema, fields } })
}

interface Context {
  readonly schema: Schema
  readonly input: Table
  readonly errors: Issues
  readonly validateField: (field: Definition, value: unknown) => Failure
}

function runList(checks: unknown, context: Context): void {
  for (const check of Array.isArray(checks) ? checks : []) {
    const given = Object.entries(check as Table).find(([, argument]) => argument !== null)
    const checker = given && own(checkers, given[0])
    if (checker !== undefined) runOne(checker, given![1], context)
  }
}

interface Argument {
  if_field: string
  if_match: Definition
  then_field: string
  then_match: Definition
  then_at_least_one_of: string[]
  then_err?: string
  else_match?: Definition
  else_then_at_least_one_of?: string[]
  else_then_err?: string
  set1: string[]
  set2: string[]
}

interface Checker {
  /** Runs also when fields are absent. */
  withMissing?: true
  /** Does not run when a field has errors of its own. */
  onlyValid?: true
  /** The members of the argument that name fields; without it the argument is the list of names. */
  sources?: readonly (keyof Argument)[]
  /** Those among them that must be there. */
  needs?: readonly (keyof Argument)[]
  find: (context: Context, names: string[], argument: Argument) => string | undefined
}

const checkers: Record<string, Checker> = {
  at_least_one_of: {
    withMissing: true,
    find: ({ input }, names) => (someSet(input, names) ? undefined : atLeastOne(names)),
  },
  conditional_at_least_one_of: {
    withMissing: true,
    sources: ['if_field', 'then_at_least_one_of', 'else_then_at_least_one_of'],
    needs: ['if_field'],
    find: findConditionalAtLeastOne,
  },
  only_one_of: {
    find: ({ input }, names) =>
      setNames(input, names).length === 1
        ? undefined
        : `exactly one of these fields must be non-empty: ${quotedList(names)}`,
  },
  distinct: {
    find: ({ input }, names) => {
      const values = setNames(input, names).map((name) => getField(input, name))
      return new Set(values).size === values.length
        ? undefined
        : `values of these fields must be distinct: ${quotedList(names)}`
    },
  },
  conditional: { sources: ['if_field', 'then_field'], needs: ['if_field'], find: findConditional },
  mutually_required: {
    withMissing: true,
    onlyValid: true,
    find: ({ input }, names) =>
      [0, names.length].includes(setNames(input, names).length)
        ? undefined
        : `all or none of these fields must be set: ${quotedList(names)}`,
  },
  mutually_exclusive: {
    withMissing: true,
    onlyValid: true,
    find: ({ input }, names) =>
      setNames(input, names).length <= 1
        ? undefined
        : `only one or none of these fields must be set: ${quotedList(names)}`,
  },
  mutually_exclusive_sets: {
    withMissing: true,
    onlyValid: true,
    sources: ['set1', 'set2'],
    find: ({ input }, _, argument) => {
      const sets = [setNames(input, argument.set1), setNames(input, argument.set2)]
      return sets.some((set) => set.length === 0)
        ? undefined
        : `these sets are mutually exclusive: ${quotedList(sets)}`
    },
  },
}

function runOne(checker: Checker, argument: unknown, context: Context): void {
  const { schema, input, errors } = context
  const named = argument as Argument
  const names = namesIn(argument, checker.sources)
  const needed = checker.sources === undefined ? names : namesIn(argument, checker.needs ?? [])
  const absent = names.filter((name) => getField(input, name) === undefined)
  const isOpen = names.some((name) => {
    const field = fieldAt(schema, name)
    return field?.type === 'string' && truthy(field.referenceable) && isReference(getField(input, name))
  })
  if (isOpen) return
  if (checker.onlyValid && names.some((name) => own(errors, name) !== undefined)) return
  if (absent.length === names.length && !checker.withMissing) return
  const lacking = absent.filter((name) => needed.includes(name) && !truthy(fieldAt(schema, name)?.nilable))
  if (!checker.withMissing && lacking.length > 0) {
    for (const name of lacking) setField(errors, name, 'field required for entity check')
    return
  }
  const message = checker.find(context, names, named)
  if (message === undefined) return
  const found = errors['@entity']
  errors['@entity'] = [...(Array.isArray(found) ? found : []), message]
}

function findConditional(context: Context, _: string[], argument: Argument): string | undefined {
  const { input, errors } = context
  const { if_field, if_match, then_field, then_match, then_err } = argument
  if (!passes(context, if_field, if_match, getField(input, if_field))) return undefined
  const value = getField(input, then_field) ?? null
  const general = `failed conditional validation given value of field '${if_field}'`
  if (then_match.required === true && value === null) {
    setField(errors, then_field, REQUIRED)
    return general
  }
  const failure = matchFailure(context, then_field, then_match, value)
  if (failure === undefined) return undefined
  if (failure !== SILENT) setField(errors, then_field, failure)
  return then_err === undefined || then_err === null ? general : luaFormat(then_err, if_field)
}

function findConditionalAtLeastOne(context: Context, _: string[], argument: Argument): string | undefined {
  const { input } = context
  const value = getField(input, argument.if_field)
  if (value === undefined) return undefined
  const branch = passes(context, argument.if_field, argument.if_match, value)
    ? { names: argument.then_at_least_one_of, err: argument.then_err }
    : argument.else_match && passes(context, argument.if_field, argument.else_match, value)
      ? { names: argument.else_then_at_least_one_of ?? [], err: argument.else_then_err }
      : undefined
  if (branch === undefined || someSet(input, branch.names)) return undefined
  return branch.err ? luaFormat(branch.err, quotedList(branch.names)) : atLeastOne(branch.names)
}

function passes(context: Context, name: string, match: Definition, value: unknown): boolean {
  return matchFailure(context, name, match, value) === undefined
}

/** A match stands over the field that it is run on, and borrows what it does not say. */
function matchFailure(context: Context, name: string, match: Definition, value: unknown): Failure {
  return context.validateField({ ...fieldAt(context.schema, name), ...match }, value)
}

function namesIn(argument: unknown, sources: Checker['sources']): string[] {
  if (sources === undefined) return argument as string[]
  const named = argument as { [source: string]: unknown }
  return sources.flatMap((source) => {
    const names = named[source]
    return typeof names === 'string' ? [names] : Array.isArray(names) ? (names as string[]) : []
  })
}

function atLeastOne(names: readonly string[]): string {
  return `at least one of these fields must be non-empty: ${quotedList(names)}`
}

function someSet(input: Table, names: readonly string[]): boolean {
  return setNames(input, names).length > 0
}

/** The names whose value is there and not empty. */
function setNames(input: Table, names: readonly string[]): string[] {
  return names.filter((name) => {
    const value = getField(input, name) ?? ''
    return typeof value === 'object' ? Object.keys(value).length > 0 : value !== ''
  })
}

function getField(table: unknown, name: string): unknown {
  if (typeof table !== 'object' || table === null) return undefined
  const dot = name.indexOf('.')
  const members = table as Table
  if (dot === -1) return own(members, name)
  return getField(own(members, name.slice(0, dot)), name.slice(dot + 1))
}

function setField(errors: Issues, name: string, failure: Issues[string]): void {
  const dot = name.indexOf('.')
  if (dot === -1) {
    setMember(errors, name, failure)
    return
  }
  const head = name.slice(0, dot)
  const inside = own(errors, head)
  const next = typeof inside === 'object' && !Array.isArray(inside) ? (inside as Issues) : {}
  setMember(errors, head, next)
  setField(next, name.slice(dot + 1), failure)
}
