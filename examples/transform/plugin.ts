import { definePlugin, s } from 'kong-ts-pdk'
import { editJson, isPlainJson } from './json.ts'

const edits = {
  add: s.map(s.string(), s.string(), { default: {} }),
  remove: s.array(s.string(), { default: [] }),
}

export default definePlugin({
  version: '1.0.0',
  priority: 800,
  config: {
    request: s.record(edits),
    response: s.record({ ...edits, headers: s.map(s.string(), s.string(), { default: {} }) }),
  },

  async access(kong, config) {
    const { add, remove } = config.response
    // A client that asked for a packed answer, or for a part of one, would get it as the service sent it.
    if (remove.length > 0 || Object.keys(add).length > 0)
      for (const name of ['accept-encoding', 'accept_encoding', 'range'])
        kong.service.request.clearHeader(name)
    const [type, encoding] = await Promise.all([
      kong.request.getHeader('content-type'),
      kong.request.getHeader('content-encoding'),
    ])
    if (!isPlainJson(type, encoding)) return
    const body = editJson(await kong.request.getRawBody(), config.request)
    if (body !== undefined) kong.service.request.setRawBody(body) // Kong sets Content-Length
  },

  async response(kong, config) {
    for (const [name, value] of Object.entries(config.response.headers)) kong.response.setHeader(name, value)
    const [type, encoding, status] = await Promise.all([
      kong.response.getHeader('content-type'),
      kong.response.getHeader('content-encoding'),
      kong.response.getStatus(),
    ])
    if (!isPlainJson(type, encoding)) return
    const body = editJson(await kong.service.response.getRawBody(), config.response)
    if (body === undefined) return
    kong.response.clearHeader('etag') // it names the body as the service sent it
    return kong.response.exit(status, body) // the service's headers stay
  },
})
