import { definePlugin } from 'kong-ts-pdk'

export default definePlugin({
  version: '1.0.0',
  priority: 1,
  async access(kong) {
    const body = await kong.request.getRawBody()
    kong.service.request.setRawBody(body)
  },
})
