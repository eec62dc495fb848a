import { createHash } from 'node:crypto'
import { definePlugin, type Kong, s } from 'kong-ts-pdk'
import { subscriberOf } from './address.ts'
import { type Count, openCounter } from './counter.ts'

export default definePlugin({
  version: '1.0.0',
  priority: 910, // as Kong's own rate limits: behind all authentication
  config: {
    limit: s.integer({
      required: true,
      gt: 0,
      description: 'Requests of one client that pass in one window.',
    }),
    window: s.integer({
      required: true,
      between: [1, 31_536_000],
      description: 'Seconds from the first request of a client until its count ends.',
    }),
    by: s.string({
      oneOf: ['ip', 'header', 'consumer'],
      default: 'ip',
      description:
        'What tells clients apart; a request without that header or consumer counts by its address.',
    }),
    header: s.string({ match: '^[%w-]+$', description: 'Where by is header: its name.' }),
    counter: s.string({
      default: 'default',
      match: '^[%w_.-]+$',
      description: 'Plugins with the same word here, and the same window, count together.',
    }),
    redis: s.string({
      required: true,
      match: '^rediss?://',
      referenceable: true,
      encrypted: true,
      description: 'Where Redis is: redis://user:password@host:6379/0, or rediss:// for TLS.',
    }),
    timeout: s.integer({
      default: 200,
      between: [1, 10_000],
      description: 'Milliseconds that a request may wait for Redis.',
    }),
    on_redis_down: s.string({
      required: true,
      oneOf: ['allow', 'deny'],
      description: 'What happens to requests that cannot be counted: all pass, or all are refused with 503.',
    }),
  },
  entityChecks: [
    {
      conditional: {
        ifField: 'by',
        ifMatch: { eq: 'header' },
        thenField: 'header',
        thenMatch: { required: true },
      },
    },
  ],
  init: ({ redis, timeout }) => openCounter({ url: redis, timeout }),
  close: (counter) => counter.close(),

  async access(kong, config, counter) {
    const { limit, window } = config
    const key = `rate-limit:${config.counter}:${window}:${await clientOf(kong, config)}`
    const count = await counter.hit(key, limit, window * 1000).catch(() => undefined)
    if (count === undefined) {
      if (config.on_redis_down === 'allow') return
      const message = 'Requests cannot be counted now'
      return kong.response.exit(503, { message }, { 'retry-after': '1' })
    }
    const headers = headersOf(limit, count)
    if (!count.passes) {
      const retry = { 'retry-after': headers['ratelimit-reset'] }
      return kong.response.exit(429, { message: 'API rate limit exceeded' }, { ...headers, ...retry })
    }
    for (const [name, value] of Object.entries(headers)) kong.response.setHeader(name, value)
  },
})

interface By {
  readonly by: 'ip' | 'header' | 'consumer'
  readonly header?: string | undefined
}

/** Who sends the request; what stands in a header may be secret or long, so Redis gets its digest. */
async function clientOf(kong: Kong<'access'>, { by, header }: By): Promise<string> {
  if (by === 'consumer') {
    const consumer = await kong.client.getConsumer()
    if (consumer !== undefined) return `consumer:${consumer.id}`
  }
  if (by === 'header' && header !== undefined) {
    const value = await kong.request.getHeader(header)
    if (value !== undefined) return `header:${createHash('sha256').update(value).digest('base64url')}`
  }
  return `ip:${subscriberOf(await kong.client.getForwardedIp())}`
}

function headersOf(limit: number, { left, resetIn }: Count) {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(left),
    'ratelimit-reset': String(Math.ceil(resetIn / 1000)),
  }
}
