import { definePlugin } from 'kong-ts-pdk'

export default definePlugin({
  version: '1.0.0',
  priority: 1,
  access() {},
})
