import { definePlugin, s } from 'kong-ts-pdk'

/** What kong-pdk's js-goodbye does: takes leave in a header, and names the process. */
export default definePlugin({
  name: 'goodbye',
  version: '0.1.0',
  config: { message: s.string({ default: 'goodbye' }) },
  access(kong, { message }) {
    kong.response.setHeaders({
      'x-goodbye-from-javascript': `Javascript says ${message}`,
      'x-javascript-pid': process.pid,
    })
  },
})
