// A plugin's schema and the Admin API's errors, made flat: a row for each field, named by its path.

export interface FieldHelp {
  /** With dots, below the config record. */
  readonly path: string
  readonly type: string
  readonly isRequired: boolean
  readonly default?: unknown
  readonly oneOf?: readonly unknown[]
  readonly description?: string
}

export interface FieldError {
  /** Below the config record; `[2]` is the second element of a list. Empty for the whole. */
  readonly path: string
  readonly message: string
}

/** The fields of a config record in Kong's schema language, with those of records inside. */
export function listFields(fields: readonly unknown[], prefix = ''): readonly FieldHelp[] {
  return fields.flatMap((entry) =>
    Object.entries(asObject(entry)).flatMap(([name, definition]) => {
      const path = `${prefix}${name}`
      const field = asObject(definition)
      const inside = Array.isArray(field.fields) ? field.fields : asObject(field.elements).fields
      return [helpFor(path, field), ...(Array.isArray(inside) ? listFields(inside, `${path}.`) : [])]
    }),
  )
}

function helpFor(path: string, field: Bag): FieldHelp {
  return {
    path,
    type: typeOf(field),
    isRequired: field.required === true,
    ...(field.default !== undefined && { default: field.default }),
    ...(Array.isArray(field.one_of) && { oneOf: field.one_of }),
    ...(typeof field.description === 'string' && { description: field.description }),
  }
}

function typeOf(field: Bag): string {
  const { type, elements, keys, values } = field
  if (type === 'map') return `map of ${typeOf(asObject(keys))} to ${typeOf(asObject(values))}`
  if (type === 'array' || type === 'set') return `${type} of ${typeOf(asObject(elements))}`
  return typeof type === 'string' ? type : 'any'
}

/** An AdminError's `fields`, as one row for each sentence. */
export function listErrors(fields: unknown): readonly FieldError[] {
  if (typeof fields === 'string') return [{ path: '', message: fields }]
  const { config, ...others } = asObject(fields)
  return [...errorsAt(config, ''), ...errorsAt(others, '')]
}

function errorsAt(error: unknown, path: string): readonly FieldError[] {
  if (error === undefined || error === null) return []
  if (Array.isArray(error)) return error.flatMap((inner, index) => errorsAt(inner, `${path}[${index + 1}]`))
  if (typeof error !== 'object') return [{ path, message: String(error) }]
  return Object.entries(error).flatMap(([name, inner]) => {
    if (name === '@entity') return errorsOfWhole(inner, path)
    return errorsAt(inner, path === '' ? name : `${path}.${name}`)
  })
}

/** What is wrong between the fields of a record. */
function errorsOfWhole(errors: unknown, path: string): readonly FieldError[] {
  return Object.values(asObject(errors)).map((message) => ({ path, message: String(message) }))
}

/** Whether an error belongs to a field's row: elements of a list have none of their own. */
export function isErrorOf(error: FieldError, field: FieldHelp): boolean {
  return error.path.replace(/\[\d+\]/g, '') === field.path
}

type Bag = Readonly<Record<string, unknown>>

function asObject(value: unknown): Bag {
  return typeof value === 'object' && value !== null ? (value as Bag) : {}
}
