import { decode, encode } from './codings.ts'
import { applyEdits, type Edits } from './edits.ts'
import { parseJson } from './json.ts'

/** An answer of the service. */
export interface Original {
  readonly status: number
  readonly encodings: readonly string[]
  readonly body: Buffer
}

export type Result =
  | { readonly outcome: 'rewritten'; readonly body: Buffer }
  | { readonly outcome: 'same' }
  | { readonly outcome: 'unreadable'; readonly why: string }

/** Headers that speak of the bytes as the service sent them. */
export const namesOfBytes = [
  'accept-ranges',
  'content-digest',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'repr-digest',
]

/** Whether a body is one JSON text by its type; streams of several, as `application/stream+json`, are none. */
export function isJson(types: readonly string[] = []): boolean {
  return types.some(
    (type) => /^[a-z]+\/([\w.-]+\+)?json\s*([;,]|$)/i.test(type) && !/^application\/stream\+/i.test(type),
  )
}

/** Unpacks a body, edits it, and packs it in the same way. */
export async function rewrite(
  { status, encodings, body }: Original,
  edits: Edits,
  maxBytes: number,
): Promise<Result> {
  try {
    if (status === 206) throw new Error('it is a part of one (206)')
    const value = parseJson(await decode(body, encodings, maxBytes))
    if (!applyEdits(value, edits)) return { outcome: 'same' }
    return { outcome: 'rewritten', body: await encode(Buffer.from(JSON.stringify(value)), encodings) }
  } catch (error) {
    return { outcome: 'unreadable', why: error instanceof Error ? error.message : String(error) }
  }
}
