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

  async access(kong, config, clients) {
    const headers = await kong.request.getHeaders(mostHeaders)
    const header = config.header.toLowerCase()
    const [key, ...more] = headers[header] ?? []
    const username = key === undefined || more.length > 0 ? undefined : whoseKey(clients, digestOf(key))
    if (username === undefined) {
      const message = key === undefined ? 'This needs an API key' : 'This API key is not known'
      return kong.response.exit(401, { message }, { 'www-authenticate': 'Key realm="kong"' })
    }
    if (isDoubtful(headers)) return kong.response.exit(400, { message: 'These headers are not taken here' })
    const consumer = await kong.client.loadConsumer(username, true)
    // Whatever is thrown is logged, and the client gets 500: nobody passes because something failed.
    if (consumer === undefined) throw new Error(`Kong has no consumer ${JSON.stringify(username)}`)
    kong.client.authenticate(consumer, { id: consumer.id, consumer_id: consumer.id })

    // What the client says of itself goes, spelt with - or _, and so does the key: the service is told by us.
    for (const name of Object.keys(headers))
      if (aboutClient.test(name) || name.replaceAll('_', '-') === header)
        kong.service.request.clearHeader(name)
    kong.service.request.setHeader('x-consumer-id', consumer.id)
    kong.service.request.setHeader('x-consumer-username', username)
    kong.service.request.setHeader('x-credential-identifier', consumer.id)
  },
})

/** Kong gives no more of them, and leaves out the rest without a word. */
const mostHeaders = 1000

const aboutClient = /^x[-_](consumer|credential|authenticated)[-_]|^x[-_]anonymous[-_]consumer$/

/** Whether there are headers that we do not see, or Kong is asked to drop those that we set. */
function isDoubtful(headers: Readonly<Record<string, readonly string[]>>): boolean {
  const count = Object.values(headers).flat().length
  const dropped = (headers.connection ?? []).flatMap((value) => value.toLowerCase().split(','))
  return count >= mostHeaders || dropped.some((name) => aboutClient.test(name.trim()))
}

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
