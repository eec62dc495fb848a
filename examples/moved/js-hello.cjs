'use strict'

// What kong-pdk's js-hello and ts-hello do, as a module of that kit: nothing here knows of kong-ts-pdk.

exports.Plugin = class {
  constructor({ message = 'hello' }) {
    this.message = message
  }

  async access(kong) {
    const host = await kong.request.getHeader('host')
    if (host === undefined) return kong.log.err('the request has no host')
    await kong.response.setHeader('x-hello-from-javascript', `Javascript says ${this.message} to ${host}`)
    await kong.response.setHeader('x-javascript-pid', process.pid)
  }
}
exports.Schema = [{ message: { type: 'string' } }]
exports.Version = '0.1.0'
exports.Priority = 0
