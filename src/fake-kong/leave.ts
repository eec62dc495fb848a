import { clearHeader, headerLines, headerName, setHeader } from './headers.ts'
import { jsonBytes } from './json.ts'
import { bytesOf, isTable } from './lua.ts'
import type { World } from './world.ts'

/** The plugin answers the request itself: what it set on the response before stays. */
export function leave(
  { response }: World,
  status: number,
  body: unknown,
  headers: readonly (readonly [string, unknown])[],
): void {
  response.status = status
  response.source = 'exit'
  response.body = isTable(body) ? jsonBytes(body) : bytesOf(body)
  const given = new Set<string>()
  for (const [name, value] of headers) {
    const key = headerName(name)
    given.add(key)
    if (key !== 'transfer-encoding') setHeader(response.headers, key, headerLines(value))
  }
  if (isTable(body) && !given.has('content-type'))
    setHeader(response.headers, 'content-type', ['application/json; charset=utf-8'])
  // nginx sends no length with 204, unless there is a body of no bytes.
  if (status === 204 && body === undefined) clearHeader(response.headers, 'content-length')
  else if (!given.has('content-length'))
    setHeader(response.headers, 'content-length', [String(response.body.length)])
}
