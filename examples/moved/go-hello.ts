import { definePlugin, s } from 'kong-ts-pdk'

/** What go-pdk's go-hello does: greets the host of the request in a header of the response. */
export default definePlugin({
  version: '0.2.0',
  priority: 1,
  config: { message: s.string({ default: 'hello' }) },
  async access(kong, config) {
    const host = (await kong.request.getHeader('host')) ?? 'nobody'
    kong.response.setHeader('x-hello-from-go', `Go says ${config.message} to ${host}`)
  },
})
