import { decodeText } from '../wire/text.ts'
import type { BodyFile } from './answer.ts'
import { firstHeader } from './headers.ts'
import { checkCount, textOf } from './lua.ts'
import { grouped, queryTable } from './query.ts'
import type { Headers } from './world.ts'

export interface BodySource {
  readonly headers: Headers
  readonly body: () => Buffer | BodyFile | undefined
}

/** A body read by its type, as `get_body` does; nil where it is of another type or broken. */
export function bodyTable(source: BodySource, type: unknown, most: unknown): unknown {
  const given = type === undefined ? firstHeader(source.headers, 'content-type') : textOf(type)
  const media = given?.toLowerCase().split(';')[0] ?? ''
  const isForm = media.startsWith('application/x-www-form-urlencoded')
  const limit = isForm ? checkCount(most, 'max_args') : 0
  const body = source.body()
  if (!Buffer.isBuffer(body)) return undefined
  if (isForm) return queryTable(decodeText(body), limit)
  if (media.startsWith('application/json')) return jsonTable(body)
  return media.startsWith('multipart/form-data') ? multipartTable(body, given ?? '') : undefined
}

/** cjson keeps null in tables, so that it stays null here. */
function jsonTable(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(decodeText(body))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** The fields of a form with their contents. */
function multipartTable(body: Buffer, type: string): unknown {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1]
  if (boundary === undefined) return {}
  const parts = decodeText(body).split(`--${boundary}`).slice(1, -1)
  const fields = parts.flatMap((part) => {
    const end = part.indexOf('\r\n\r\n')
    const name = /content-disposition:[^\r\n]*\bname="?([^";\r\n]*)"?/i.exec(part.slice(0, end))?.[1]
    return name === undefined || end < 0 ? [] : [[name, part.slice(end + 4, -2)] as const]
  })
  return grouped(fields)
}
