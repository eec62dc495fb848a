import { definePlugin } from 'kong-ts-pdk'

/** What kong-pdk's js-transform does: a body in capitals and a query to the service, a frame around its answer. */
export default definePlugin({
  version: '0.1.0',
  async access(kong) {
    const body = await kong.request.getRawBodyText()
    kong.service.request.setQuery({ 'js-transform': 'v0.1.0' })
    kong.service.request.setRawBody(body.toUpperCase())
  },
  async response(kong) {
    if ((await kong.response.getSource()) !== 'service') return
    const [status, body] = await Promise.all([kong.response.getStatus(), kong.service.response.getRawBody()])
    return kong.response.exit(status, `Response body from upstream:\n${body}\nBody size: ${body.length}\n`)
  },
})
