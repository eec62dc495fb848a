import type { DefinedError, ErrorObject } from 'ajv'

/** One thing that a client can put right. */
export interface Finding {
  readonly in: 'body' | 'query' | 'headers'
  /** A JSON Pointer; empty for the whole. */
  readonly where: string
  readonly what: string
  /** What the schema says of it, where that is short. */
  readonly expected?: Readonly<Record<string, unknown>>
}

export interface Refusal {
  readonly status: number
  readonly message: string
  readonly errors: readonly Finding[]
}

export function notValid(errors: Refusal['errors']): Refusal {
  return { status: 400, message: 'The request is not valid', errors }
}

/** The body of an answer: as much of a refusal as the configuration lets out. */
export function answerTo(
  { message, errors }: Refusal,
  { explain, max_errors }: { readonly explain: boolean; readonly max_errors: number },
): object {
  if (!explain) return { message }
  const listed = errors.slice(0, max_errors)
  const more = errors.length - listed.length
  return { message, errors: listed, ...(more > 0 ? { more } : {}) }
}

/** What ajv found, in words and places of the request. */
export function findingOf(place: Finding['in'], error: ErrorObject): Finding {
  const { instancePath: path, keyword, message = 'is not valid', parentSchema } = error
  const { params } = error as DefinedError
  if ('missingProperty' in params) {
    const name = params.missingProperty
    const schema: unknown = (parentSchema?.properties as Record<string, unknown> | undefined)?.[name]
    return { in: place, where: inside(path, name), what: 'is missing', ...expectedOf(schema) }
  }
  if ('additionalProperty' in params)
    return { in: place, where: inside(path, params.additionalProperty), what: 'is not allowed' }
  if ('unevaluatedProperty' in params)
    return { in: place, where: inside(path, params.unevaluatedProperty), what: 'is not allowed' }
  return { in: place, where: path, what: message, ...expectedOf({ [keyword]: error.schema }) }
}

/** Keywords whose value is short and says what to send. */
const telling = new Set(
  'type enum const format pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems uniqueItems minProperties maxProperties'.split(
    ' ',
  ),
)

function expectedOf(schema: unknown): { expected?: Record<string, unknown> } {
  if (typeof schema !== 'object' || schema === null) return {}
  const told = Object.entries(schema).filter(([keyword]) => telling.has(keyword))
  return told.length === 0 ? {} : { expected: Object.fromEntries(told) }
}

function inside(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
