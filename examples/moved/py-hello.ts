import { definePlugin, s } from 'kong-ts-pdk'

/** What kong-python-pdk's py-hello does: greets the host, and names the process. */
export default definePlugin({
  version: '0.1.0',
  config: { message: s.string({ default: 'hello' }) },
  async access(kong, { message }) {
    const host = await kong.request.getHeader('host')
    kong.response.setHeader('x-hello-from-python', `Python says ${message} to ${host ?? 'nobody'}`)
    kong.response.setHeader('x-python-pid', process.pid)
  },
})
