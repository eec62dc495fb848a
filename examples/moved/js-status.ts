import { definePlugin, s } from 'kong-ts-pdk'

/** What kong-pdk's js-status does: welcomes whom the header `userId` names, and refuses who has none. */
export default definePlugin({
  version: '0.1.0',
  config: { message: s.string({ default: 'hello' }) },
  async access(kong, config) {
    const user = await kong.request.getHeader('userId')
    if (user === undefined || user === '') return kong.response.exit(403)
    kong.response.setHeader('x-welcome', `Javascript says ${config.message} to ${user}`)
  },
})
