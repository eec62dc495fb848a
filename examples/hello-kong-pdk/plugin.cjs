'use strict'

// A plugin as one writes it for Kong's JavaScript kit: nothing here knows of kong-ts-pdk.

class HelloPlugin {
  constructor(config) {
    this.config = config
  }

  async access(kong) {
    const host = await kong.request.getHeader('host')
    if (host === undefined) return await kong.response.exit(400, 'no host')

    const message = this.config.message || 'hello'
    await Promise.all([
      kong.response.setHeader('x-hello-from-js', `JavaScript says ${message} to ${host}`),
      kong.response.setHeader('x-javascript-pid', process.pid),
    ])
  }
}

module.exports = {
  Plugin: HelloPlugin,
  Schema: [{ message: { type: 'string' } }],
  Version: '0.1.0',
  Priority: 0,
}
