import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { boundKeywords } from './keywords.ts'
import { headerName } from './values.ts'

export interface SchemaTexts {
  readonly body_schema?: string | undefined
  readonly query_schema?: string | undefined
  readonly header_schema?: string | undefined
  readonly draft: keyof typeof drafts
  readonly max_errors: number
}

/** The compiled schemas of one configuration; where there is none, there is nothing to check. */
export interface Checks {
  readonly body: ValidateFunction | undefined
  readonly query: ValidateFunction | undefined
  readonly headers: ValidateFunction | undefined
}

/**
 * Compiles the schemas of a configuration. Fails with a sentence for one that is no JSON, no valid schema of its
 * draft, names a keyword or format that nobody knows, or refers to a schema that is not in it.
 */
export function compileChecks(texts: SchemaTexts): Checks {
  // Arguments and headers are text: 12 is taken for a number where the schema wants one.
  const lists = { coerceTypes: 'array' } as const
  return {
    body: compile('body_schema', texts.body_schema, texts, {}),
    query: compile('query_schema', texts.query_schema, texts, lists),
    headers: compile('header_schema', texts.header_schema, texts, lists),
  }
}

const drafts = { 'draft-07': Ajv, '2019-09': Ajv2019, '2020-12': Ajv2020 } as const

function compile(
  member: string,
  text: string | undefined,
  { draft, max_errors }: SchemaTexts,
  options: Options,
): ValidateFunction | undefined {
  if (text === undefined) return undefined
  const schema = parseSchema(member, text)
  if (member === 'header_schema') refuseOtherSpellings(schema)
  const ajv = new drafts[draft]({
    ...options,
    allErrors: max_errors > 1,
    verbose: true,
    ownProperties: true,
    strictTypes: false,
    strictTuples: false,
  })
  try {
    const check = boundKeywords(ajv).compile(schema)
    // Its result would be a promise, which counts as true.
    if ('$async' in check) throw new Error('it has $async, and no check of this plugin can wait')
    return check
  } catch (error) {
    throw new Error(`Cannot use config.${member} as a schema of ${draft}: ${reason(error)}`)
  }
}

function parseSchema(member: string, text: string): object | boolean {
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch (error) {
    throw new Error(`Cannot read config.${member} as JSON: ${reason(error)}`)
  }
  if (typeof schema === 'boolean') return schema
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema
  throw new Error(`Cannot use config.${member}: a JSON Schema is an object, and this is ${text.slice(0, 40)}`)
}

function refuseOtherSpellings(schema: object | boolean): void {
  const { properties, required } = schema as { properties?: unknown; required?: unknown }
  const named = [...(Array.isArray(required) ? required : []), ...Object.keys(properties ?? {})].map(String)
  const wrong = named.find((name) => name !== headerName(name))
  if (wrong === undefined) return
  throw new Error(
    `Cannot use config.header_schema: it names ${wrong}, which no header can have here; write ${headerName(wrong)}`,
  )
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
