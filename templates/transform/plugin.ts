import { isUtf8 } from 'node:buffer'
import { definePlugin, s } from 'kong-ts-pdk'

const texts = s.map(s.string(), s.string(), { default: {} })

export default definePlugin({
  version: '0.1.0',
  priority: 800,
  config: {
    request: s.record({ headers: texts, add: texts }),
    response: s.record({ headers: texts, remove: s.array(s.string(), { default: [] }) }),
  },

  async access(kong, { request, response }) {
    // A client that asked for a packed answer, or for a part of one, would get it with all its members.
    if (response.remove.length > 0)
      for (const name of ['accept-encoding', 'accept_encoding', 'range'])
        kong.service.request.clearHeader(name)
    for (const [name, value] of Object.entries(request.headers)) kong.service.request.setHeader(name, value)
    if (Object.keys(request.add).length === 0) return
    const [type, encoding] = await Promise.all([
      kong.request.getHeader('content-type'),
      kong.request.getHeader('content-encoding'),
    ])
    if (!isPlainJson(type, encoding)) return
    const body = readObject(await kong.request.getRawBody())
    if (body !== undefined) kong.service.request.setRawBody(JSON.stringify({ ...body, ...request.add }))
  },

  // Because of this phase Kong keeps each response back until it is complete: leave it out if you do not need it.
  async response(kong, { response }) {
    for (const [name, value] of Object.entries(response.headers)) kong.response.setHeader(name, value)
    if (response.remove.length === 0) return
    const [type, encoding, status] = await Promise.all([
      kong.response.getHeader('content-type'),
      kong.response.getHeader('content-encoding'),
      kong.response.getStatus(),
    ])
    if (!isPlainJson(type, encoding)) return
    const body = readObject(await kong.service.response.getRawBody())
    if (body === undefined) return
    kong.response.clearHeader('etag') // it names the body as the service sent it
    const kept = Object.entries(body).filter(([name]) => !response.remove.includes(name))
    return kong.response.exit(status, JSON.stringify(Object.fromEntries(kept))) // the service's headers stay
  },
})

/** JSON that can be read as it is, and not one that is compressed. */
function isPlainJson(type: string | undefined, encoding: string | undefined): boolean {
  return /^application\/([\w.-]+\+)?json *(;|$)/i.test(type ?? '') && /^(identity)?$/i.test(encoding ?? '')
}

/** What is no JSON object passes unchanged: it is the service that judges it. */
function readObject(body: Buffer): object | undefined {
  if (!isUtf8(body)) return undefined
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
