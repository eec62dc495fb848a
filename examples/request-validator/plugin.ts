import { definePlugin, s } from 'kong-ts-pdk'
import { checkBody, refuseBeforeReading } from './body.ts'
import { compileChecks } from './checks.ts'
import { answerTo, notValid } from './refusal.ts'
import { checkValues, headersForService, tooMany } from './values.ts'

export default definePlugin({
  version: '1.0.0',
  priority: 999,
  config: {
    body_schema: s.string({ description: 'JSON Schema of the request body, as JSON text.' }),
    query_schema: s.string({ description: 'JSON Schema of the query, an object of its arguments.' }),
    header_schema: s.string({ description: 'JSON Schema of the headers; their names are in lower case.' }),
    draft: s.string({
      oneOf: ['draft-07', '2019-09', '2020-12'],
      default: 'draft-07',
      description: 'The edition of JSON Schema that the schemas are written in.',
    }),
    content_types: s.array(s.string(), {
      default: ['application/json'],
      lenMin: 1,
      description: 'Media types that a body may have; all of them are read as JSON.',
    }),
    body_required: s.boolean({
      default: true,
      description: 'Refuse POST, PUT and PATCH without a body.',
    }),
    max_body_bytes: s.integer({
      default: 1_048_576,
      gt: 0,
      description: 'The longest body that is read and checked.',
    }),
    max_errors: s.integer({
      default: 20,
      between: [1, 100],
      description: 'How many errors an answer lists; 1 stops at the first one.',
    }),
    explain: s.boolean({
      default: true,
      description: 'Tell the client what is wrong, and with it parts of the schema.',
    }),
  },
  entityChecks: [{ atLeastOneOf: ['body_schema', 'query_schema', 'header_schema'] }],
  init: compileChecks,

  async access(kong, config, checks) {
    const [sent, method, query] = await Promise.all([
      kong.request.getHeaders(1000),
      kong.request.getMethod(),
      checks.query === undefined ? {} : kong.request.getQuery(1000),
    ])
    const headers = headersForService(sent)
    const found = [
      ...tooMany('headers', sent),
      ...tooMany('query', query),
      ...checkValues('headers', checks.headers, headers),
      ...checkValues('query', checks.query, query),
    ]
    if (checks.body !== undefined) {
      const early = refuseBeforeReading(sent, config)
      if (early !== undefined) return kong.response.exit(early.status, answerTo(early, config))
      const body = await kong.request.getRawBody()
      const refusal = checkBody(checks.body, body, { method, headers }, config)
      if (refusal !== undefined && refusal.status !== 400)
        return kong.response.exit(refusal.status, answerTo(refusal, config))
      found.push(...(refusal?.errors ?? []))
    }
    if (found.length === 0) return
    return kong.response.exit(400, answerTo(notValid(found), config))
  },
})
