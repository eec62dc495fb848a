import { buildSchema, graphql } from 'graphql'
import { definePlugin } from 'kong-ts-pdk'

const schema = buildSchema('type Query { hello: String }')
const rootValue = { hello: () => 'Hello world!' }

/** What kong-pdk's js-graphql does: the body is a query in GraphQL, and the client gets its result. */
export default definePlugin({
  version: '0.1.0',
  async access(kong) {
    const source = await kong.request.getRawBodyText()
    return kong.response.exit(200, await graphql({ schema, source, rootValue }))
  },
})
