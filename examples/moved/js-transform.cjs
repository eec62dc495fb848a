'use strict'

// What kong-pdk's js-transform does, as a module of that kit. `String(body)` is right for the text that Kong 2 gives,
// and for the bytes of Kong 3.

exports.Plugin = class {
  async access(kong) {
    const body = String(await kong.request.getRawBody())
    await kong.service.request.setQuery({ 'js-transform': 'v0.1.0' })
    await kong.service.request.setRawBody(body.toUpperCase())
  }

  async response(kong) {
    if ((await kong.response.getSource()) !== 'service') return
    const body = String(await kong.service.response.getRawBody())
    const status = await kong.response.getStatus()
    await kong.response.exit(status, `Response body from upstream:\n${body}\nBody size: ${body.length}\n`)
  }
}
exports.Version = '0.1.0'
