import { definePlugin, s } from 'kong-ts-pdk'

/** What kong-pdk's js-hello and ts-hello do: greet the host, and name the process. */
export default definePlugin({
  version: '0.1.0',
  config: { message: s.string({ default: 'hello' }) },
  async access(kong, config) {
    const host = await kong.request.getHeader('host')
    if (host === undefined) return kong.log.err('the request has no host')
    kong.response.setHeader('x-hello-from-javascript', `Javascript says ${config.message} to ${host}`)
    kong.response.setHeader('x-javascript-pid', process.pid)
  },
})
