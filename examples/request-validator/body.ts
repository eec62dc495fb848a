import { isUtf8 } from 'node:buffer'
import type { ValidateFunction } from 'ajv'
import { doubtAbout } from './json-text.ts'
import { findingOf, notValid, type Refusal } from './refusal.ts'

type Headers = Readonly<Record<string, readonly string[]>>

export interface BodyRules {
  readonly content_types: readonly string[]
  readonly body_required: boolean
  readonly max_body_bytes: number
}

/** What the headers alone say against a body: nobody need read it then. */
export function refuseBeforeReading(headers: Headers, { max_body_bytes }: BodyRules): Refusal | undefined {
  const [length] = headers['content-length'] ?? []
  return length !== undefined && Number(length) > max_body_bytes ? tooLong(max_body_bytes) : undefined
}

/** Checks a body: its size, its type, that it is JSON, and then its schema. */
export function checkBody(
  check: ValidateFunction,
  body: Buffer,
  { method, headers }: { readonly method: string; readonly headers: Headers },
  rules: BodyRules,
): Refusal | undefined {
  if (body.length === 0)
    return rules.body_required && /^(POST|PUT|PATCH)$/.test(method) ? missing() : undefined
  if (body.length > rules.max_body_bytes) return tooLong(rules.max_body_bytes)
  const value = refuseType(headers, rules) ?? parse(body)
  if ('refused' in value) return value.refused
  if (check(value.parsed)) return undefined
  return notValid((check.errors ?? []).map((error) => findingOf('body', error)))
}

type Parsed = { readonly parsed: unknown } | { readonly refused: Refusal }

function refuseType(headers: Headers, { content_types }: BodyRules): { refused: Refusal } | undefined {
  const types = headers['content-type'] ?? []
  const [media = '', ...parameters] = (types[0] ?? '').split(';').map((part) => part.trim().toLowerCase())
  const known = content_types.some((type) => type.toLowerCase() === media)
  const isOther = (parameter: string) =>
    /^charset\b/.test(parameter) && !/^charset="?utf-8"?$/.test(parameter)
  if (!known || types.length > 1 || parameters.some(isOther))
    return unsupported('content-type', types, content_types)
  const encodings = headers['content-encoding'] ?? []
  if (encodings.some((encoding) => encoding.toLowerCase() !== 'identity'))
    return unsupported('content-encoding', encodings, ['identity'])
  return undefined
}

function parse(body: Buffer): Parsed {
  const wrong = (what: string) => ({ refused: notValid([{ in: 'body', where: '', what } as const]) })
  if (!isUtf8(body)) return wrong('is not UTF-8')
  const text = body.toString('utf8')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return wrong('is not JSON')
  }
  const doubt = doubtAbout(text)
  return doubt === undefined ? { parsed } : wrong(doubt)
}

function unsupported(
  name: string,
  values: readonly string[],
  known: readonly string[],
): { refused: Refusal } {
  const what = values.length === 0 ? 'is missing' : `is ${values.join(', ')}`
  const errors = [{ in: 'headers', where: `/${name}`, what, expected: { enum: known } }] as const
  return { refused: { status: 415, message: 'The body is of a type that is not taken here', errors } }
}

function missing(): Refusal {
  return notValid([{ in: 'body', where: '', what: 'is missing' }])
}

function tooLong(maxBytes: number): Refusal {
  const errors = [{ in: 'body', where: '', what: 'is too long', expected: { maxBytes } }] as const
  return { status: 413, message: `The body is longer than ${maxBytes} bytes`, errors }
}
