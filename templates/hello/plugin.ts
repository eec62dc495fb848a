import { definePlugin, s } from 'kong-ts-pdk'

export default definePlugin({
  version: '0.1.0',
  priority: 1,
  config: { message: s.string({ default: 'hello' }) },
  async access(kong, config) {
    const host = (await kong.request.getHeader('host')) ?? 'nobody'
    kong.response.setHeader('x-hello-from-ts', `TypeScript says ${config.message} to ${host}`)
  },
})
