import { firstHeader, queryTable, textOf } from './lua.ts'
import type { Headers } from './world.ts'

/** A body read by its type, as `get_body` does; nil where it is of another type or broken. Multipart is not read yet. */
export function bodyTable(
  { headers, body }: { readonly headers: Headers; readonly body: Buffer },
  type: unknown,
  most?: unknown,
): unknown {
  const media = type === undefined ? firstHeader(headers, 'content-type') : textOf(type)
  if (media?.startsWith('application/x-www-form-urlencoded')) return queryTable(body.toString('utf8'), most)
  if (!media?.startsWith('application/json')) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
