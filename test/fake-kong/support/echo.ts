import { pathWithQuery, upstreamRequest } from '../../../src/fake-kong/proxy.ts'
import type { World } from '../../../src/fake-kong/world.ts'
import { encodeText } from '../../../src/wire/text.ts'

/** The recorder's own service: it answers with the request that it got, as JSON. */
export function echo(world: World): void {
  const request = upstreamRequest(world)
  const rawHeaders = Object.entries(request.headers).flatMap(([name, values]) =>
    values.flatMap((value) => [name, encodeText(value).toString('latin1').trim()]),
  )
  const body = JSON.stringify({
    method: request.method,
    url: pathWithQuery(request),
    rawHeaders,
    body_hex: request.body.toString('hex'),
  })
  const { response } = world.upstream
  response.body = Buffer.from(body)
  response.headers['content-length'] = [String(response.body.length)]
}
