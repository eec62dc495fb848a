import { definePlugin } from 'kong-ts-pdk'

export default definePlugin({
  version: '1.0.0',
  priority: 1,
  async access(kong) {
    const host = await kong.request.getHeader('host')
    kong.response.setHeader('x-bench-hello', `hello ${host}`)
  },
})
