'use strict'

// What kong-pdk's js-goodbye does, as a module of that kit.

exports.Plugin = class {
  constructor(config) {
    this.message = config.message || 'goodbye'
  }

  access(kong) {
    return Promise.all([
      kong.response.setHeader('x-goodbye-from-javascript', `Javascript says ${this.message}`),
      kong.response.setHeader('x-javascript-pid', process.pid),
    ])
  }
}
exports.Name = 'goodbye'
exports.Schema = [{ message: { type: 'string' } }]
exports.Version = '0.1.0'
