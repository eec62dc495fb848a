import { randomInt } from 'node:crypto'
import { encodeText } from '../wire/text.ts'
import { Raised } from './answer.ts'
import { firstHeader } from './headers.ts'
import { jsonBytes } from './json.ts'
import { checkString, entriesOf, isTable, luaType, textOf } from './lua.ts'
import { queryText } from './query.ts'
import type { Headers } from './world.ts'

/** A body for the service as `set_body` writes it; nothing where no type is known. */
export function encodedBody(
  headers: Headers,
  args: unknown,
  type: unknown,
): { readonly body: Buffer; readonly type: string } | undefined {
  if (!isTable(args)) throw new Raised('args must be a table')
  const given = type === undefined || type === false ? undefined : checkString(type, 'mime must be a string')
  const media = given ?? firstHeader(headers, 'content-type')
  if (media === undefined) return undefined
  switch (media.split(';')[0]) {
    case 'application/x-www-form-urlencoded':
      return { body: encodeText(queryText(args)), type: media }
    case 'application/json':
      return { body: jsonBytes(args), type: media }
    case 'multipart/form-data':
      return multipart(args, media)
  }
  throw new Raised(`unsupported content type ${media}`)
}

function multipart(args: object, media: string): { readonly body: Buffer; readonly type: string } {
  const given = /boundary=(?:"([^"]*)"|(.*))/.exec(media)
  const boundary = given?.[1] ?? given?.[2] ?? String(randomInt(1e10))
  const parts = entriesOf(args).map(([name, value]) => {
    if (luaType(name) !== 'string')
      throw new Raised(`invalid key "${textOf(name)}": got ${luaType(name)}, expected string`)
    if (!['string', 'number', 'boolean'].includes(luaType(value)))
      throw new Raised(
        `invalid value "${textOf(name)}": got ${luaType(value)}, expected string, number or boolean`,
      )
    return [textOf(name), textOf(value)] as const
  })
  const text = parts
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('')
  return { body: encodeText(`${text}--${boundary}--\r\n`), type: `multipart/form-data; boundary=${boundary}` }
}
