import { definePlugin, s } from 'kong-ts-pdk'
import { readEdits } from './edits.ts'
import { isJson, namesOfBytes, rewrite } from './rewrite.ts'

export default definePlugin({
  version: '1.0.0',
  priority: 800,
  config: {
    remove: s.array(s.string(), {
      default: [],
      description: 'Members to take out: names, or pointers as /items/*/cost.',
    }),
    rename: s.map(s.string(), s.string(), {
      default: {},
      description: 'Members to call otherwise: name or pointer to the new name.',
    }),
    set: s.map(s.string(), s.string(), {
      default: {},
      description: 'Members to put in: name or pointer to the value, as JSON text.',
    }),
    max_body_bytes: s.integer({
      default: 8_388_608,
      gt: 0,
      description: 'The longest body that is rewritten, when it is unpacked.',
    }),
    unreadable: s.string({
      oneOf: ['refuse', 'pass'],
      default: 'refuse',
      description: 'What becomes of JSON that cannot be rewritten: 502, or as it is.',
    }),
  },
  init: readEdits,

  async response(kong, config, edits) {
    const [headers, status] = await Promise.all([kong.response.getHeaders(1000), kong.response.getStatus()])
    if (!isJson(headers['content-type'])) return
    const body = await kong.service.response.getRawBody()
    if (body.length === 0) return
    const encodings = headers['content-encoding'] ?? []
    const result = await rewrite({ status, encodings, body }, edits, config.max_body_bytes)
    if (result.outcome === 'same') return
    if (result.outcome === 'unreadable') {
      const sentence = `Cannot rewrite the answer of the service: ${result.why}`
      if (config.unreadable === 'pass') return void kong.log.warn(sentence)
      kong.log.err(sentence)
    }
    for (const name of namesOfBytes) if (headers[name] !== undefined) kong.response.clearHeader(name)
    if (result.outcome === 'rewritten') return kong.response.exit(status, result.body) // Kong sets Content-Length
    kong.response.clearHeader('content-encoding')
    kong.response.setHeader('cache-control', 'no-store')
    return kong.response.exit(502, { message: 'The answer of the service cannot be passed on' })
  },
})
