import { definePlugin } from 'kong-ts-pdk'

export default definePlugin({
  version: '1.0.0',
  priority: 1,
  async log(kong) {
    const record = await kong.log.serializeText()
    if (record.length === 0) console.error('there is no record')
  },
})
