import { createHash, timingSafeEqual } from 'node:crypto'
import { definePlugin, s } from 'kong-ts-pdk'
import { doubtAbout, mostHeaders, tellService } from './identity.ts'

const realm = { 'www-authenticate': 'Key realm="kong"' }

export default definePlugin({
  version: '1.0.0',
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

  async access(kong, config, guests) {
    const headers = await kong.request.getHeaders(mostHeaders)
    const doubt = doubtAbout(headers, [])
    if (doubt !== undefined) return kong.response.exit(400, { message: doubt })

    const header = config.header.toLowerCase()
    const [key, ...more] = headers[header] ?? []
    if (key === undefined) return kong.response.exit(401, { message: 'No API key found in request' }, realm)
    if (more.length > 0) return kong.response.exit(401, { message: 'More than one API key found' }, realm)

    const username = findGuest(guests, digestOf(key))
    if (username === undefined) return kong.response.exit(401, { message: 'Invalid API key' }, realm)

    const consumer = await kong.client.loadConsumer(username, true)
    // Whatever a handler throws is logged, and the client gets 500: nobody passes by mistake.
    if (consumer === undefined) throw new Error(`Kong knows no consumer ${JSON.stringify(username)}`)

    kong.client.authenticate(consumer, { id: consumer.id, consumer_id: consumer.id })
    tellService(kong, headers, {
      [header]: undefined,
      'x-consumer-id': consumer.id,
      'x-consumer-username': consumer.username,
      'x-consumer-custom-id': consumer.custom_id,
      'x-credential-identifier': consumer.id,
    })
  },
})

interface Guest {
  readonly username: string
  readonly digest: Buffer
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** Looks at every guest, so that the time it takes tells nothing about the keys. */
function findGuest(guests: readonly Guest[], digest: Buffer): string | undefined {
  let found: string | undefined
  for (const guest of guests) if (timingSafeEqual(guest.digest, digest)) found = guest.username
  return found
}
