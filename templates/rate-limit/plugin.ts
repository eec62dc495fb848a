import { isIPv6 } from 'node:net'
import { definePlugin, s } from 'kong-ts-pdk'

export default definePlugin({
  version: '0.1.0',
  priority: 910, // as Kong's own rate limiting: behind authentication
  config: {
    limit: s.integer({ default: 60, gt: 0, description: 'Requests that a client may make in one window.' }),
    seconds: s.integer({ default: 60, between: [1, 86_400], description: 'The length of a window.' }),
  },
  init: ({ seconds }) => windowOf(seconds),

  async access(kong, { limit }, window) {
    const [address, route] = await Promise.all([kong.client.getForwardedIp(), kong.router.getRoute()])
    const { used, secondsLeft } = window.take(`${route?.id} ${subscriberOf(address)}`)
    const headers = {
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': String(Math.max(0, limit - used)),
      'ratelimit-reset': String(secondsLeft),
    }
    if (used > limit) {
      const message = `More than ${limit} requests: try again in ${secondsLeft} s`
      return kong.response.exit(429, { message }, { ...headers, 'retry-after': String(secondsLeft) })
    }
    for (const [name, value] of Object.entries(headers)) kong.response.setHeader(name, value)
  },
})

/** Who has one address of IPv6 has all of its network of 64 bits: they are one client. */
function subscriberOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [start = [], end = []] = address.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array(8 - start.length - end.length).fill('0')
  return [...start, ...zeros, ...end].slice(0, 4).join(':')
}

/** Clients that are counted one by one; whoever comes after them in the same window is counted together. */
const mostClients = 100_000

/** Counts until the clock begins the next window; all windows of one length begin together. */
class FixedWindow {
  readonly #length: number
  readonly #counts = new Map<string, number>()
  #number = 0

  constructor(seconds: number) {
    this.#length = seconds * 1000
  }

  take(client: string): { used: number; secondsLeft: number } {
    const now = Date.now()
    const number = Math.floor(now / this.#length)
    if (number !== this.#number) this.#counts.clear()
    this.#number = number
    const isCounted = this.#counts.has(client) || this.#counts.size < mostClients
    const key = isCounted ? client : 'everybody else'
    const used = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, used)
    return { used, secondsLeft: Math.ceil(((number + 1) * this.#length - now) / 1000) }
  }
}

const windows = new Map<number, FixedWindow>()

/** One for this process: each worker of Kong has an instance of its own, and they shall count together. */
function windowOf(seconds: number): FixedWindow {
  const window = windows.get(seconds) ?? new FixedWindow(seconds)
  windows.set(seconds, window)
  return window
}
