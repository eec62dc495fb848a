'use strict'

// What kong-pdk's js-status does, as a module of that kit.

exports.Plugin = class {
  constructor(config) {
    this.message = config.message || 'hello'
  }

  async access(kong) {
    const user = await kong.request.getHeader('userId')
    if (!user) return kong.response.exit(403)
    await kong.response.setHeader('x-welcome', `Javascript says ${this.message} to ${user}`)
  }
}
exports.Schema = [{ message: { type: 'string' } }]
exports.Version = '0.1.0'
