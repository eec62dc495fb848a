import { definePlugin } from 'kong-ts-pdk'

export default definePlugin({
  version: '1.0.0',
  priority: 1,
  async access(kong) {
    const [headers, query, body] = await Promise.all([
      kong.request.getHeaders(),
      kong.request.getQuery(),
      kong.request.getRawBody(),
    ])
    const [agent = ''] = headers['user-agent'] ?? []
    const id = String(query.id?.[0] ?? '')
    const length = String(body.length)
    kong.response.setHeader('x-bench-agent', agent)
    kong.response.setHeader('x-bench-id', id)
    kong.response.setHeader('x-bench-length', length)
    kong.service.request.setHeader('x-bench-agent', agent)
    kong.service.request.setHeader('x-bench-id', id)
    kong.service.request.setHeader('x-bench-length', length)
  },
})
