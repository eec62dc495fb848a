import { createHash, timingSafeEqual } from 'node:crypto'
import { definePlugin, s } from 'kong-ts-pdk'

export default definePlugin({
  version: '0.1.0',
  priority: 1250, // as Kong's own authentication plugins: before whatever asks who the consumer is
  noConsumer: true,
  config: {
    header: s.string({ default: 'x-api-key', match: '^[%w-]+$' }),
    keys: s.map(s.string(), s.string({ lenMin: 16, encrypted: true, referenceable: true }), {
      required: true,
      lenMin: 1,
      description: 'Usernames of consumers, each with its key or with a reference to a vault.',
    }),
  },
  init: ({ keys }) => Object.entries(keys).map(([username, key]) => ({ username, digest: digestOf(key) })),

  async access(kong, { header }, clients) {
    const key = await kong.request.getHeader(header)
    const username = key === undefined ? undefined : whoseKey(clients, digestOf(key))
    if (username === undefined) {
      const message = key === undefined ? 'This needs an API key' : 'This API key is not known'
      return kong.response.exit(401, { message }, { 'www-authenticate': 'Key realm="kong"' })
    }
    const consumer = await kong.client.loadConsumer(username, true)
    // Whatever is thrown is logged, and the client gets 500: nobody passes because something failed.
    if (consumer === undefined) throw new Error(`Kong has no consumer ${JSON.stringify(username)}`)
    kong.client.authenticate(consumer, { id: consumer.id, consumer_id: consumer.id })
    kong.service.request.clearHeader(header)
  },
})

interface Client {
  readonly username: string
  readonly digest: Buffer
}

/** Digests have one length, whatever the keys have, so that they can be compared in constant time. */
function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** Compares with every key, found or not: the time that it takes says nothing about them. */
function whoseKey(clients: readonly Client[], digest: Buffer): string | undefined {
  let found: string | undefined
  for (const client of clients) if (timingSafeEqual(client.digest, digest)) found = client.username
  return found
}
