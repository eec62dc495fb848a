'use strict'

// What kong-pdk's js-graphql does, as a module of that kit: `String(body)` makes a text of the bytes that Kong 3 gives.

const { buildSchema, graphql } = require('graphql')

const schema = buildSchema('type Query { hello: String }')
const rootValue = { hello: () => 'Hello world!' }

exports.Plugin = class {
  async access(kong) {
    const source = String(await kong.request.getRawBody())
    await kong.response.exit(200, await graphql({ schema, source, rootValue }))
  }
}
exports.Schema = [{ message: { type: 'string' } }]
exports.Version = '0.1.0'
exports.Priority = 0
