import { setTimeout as pause } from 'node:timers/promises'
import { type CommandParser, createClient, defineScript } from '@redis/client'

export interface CounterOptions {
  readonly url: string
  /** Milliseconds that a count, and each try to connect, may take. */
  readonly timeout: number
}

/** One user's hold on a connection to Redis. */
export interface Counter {
  /**
   * Counts a request, unless the limit is reached, in a window of so many milliseconds that the first one opens.
   * Rejects within `timeout` when Redis does not answer, and at once while there is no connection.
   */
  hit(key: string, limit: number, window: number): Promise<Count>
  close(): Promise<void>
}

export interface Count {
  readonly passes: boolean
  /** How many more would pass. */
  readonly left: number
  /** Milliseconds until the window ends. */
  readonly resetIn: number
}

interface Shared {
  readonly connection: Connection
  users: number
}

const connections = new Map<string, Shared>()

/**
 * Opens a counter. All users of a process with the same options share one connection, which ends with the last.
 * Throws when `url` is none of Redis.
 */
export function openCounter(options: CounterOptions): Counter {
  const name = `${options.timeout} ${options.url}`
  const shared = connections.get(name) ?? { connection: new Connection(options), users: 0 }
  connections.set(name, shared)
  shared.users++
  return {
    hit: (key, limit, window) => shared.connection.hit(key, limit, window),
    async close() {
      if (--shared.users > 0) return
      connections.delete(name)
      await shared.connection.close()
    },
  }
}

/** Redis runs a script as one step, so no two processes ever take the same place. */
const hit = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
    local left = redis.call('PTTL', KEYS[1])
    if left < 0 then
      redis.call('SET', KEYS[1], 1, 'PX', window)
      return {1, limit - 1, window}
    end
    local count = tonumber(redis.call('GET', KEYS[1]))
    if count >= limit then return {0, 0, left} end
    redis.call('INCR', KEYS[1])
    return {1, limit - count - 1, left}`,
  parseCommand(parser: CommandParser, key: string, limit: number, window: number) {
    parser.pushKey(key)
    parser.push(String(limit), String(window))
  },
  transformReply(reply: unknown): Count {
    const [passes, left, resetIn] = reply as [number, number, number]
    return { passes: passes === 1, left, resetIn }
  },
})

type Client = ReturnType<typeof clientFor>

/** It never connects again by itself: a connection that fails is thrown away with all that waits for it. */
function clientFor({ url, timeout }: CounterOptions) {
  return createClient({
    url,
    name: `kong-rate-limit-${process.pid}`,
    scripts: { hit },
    disableOfflineQueue: true,
    socket: { connectTimeout: timeout, reconnectStrategy: false },
  })
}

/** Milliseconds between two tries to connect. */
const retryAfter = 250

class Connection {
  readonly #options: CounterOptions
  readonly #closing = new AbortController()
  #client: Client | undefined
  readonly #firstTry: Promise<void>
  #keeper = Promise.resolve()
  #working = true
  #drop = () => {}

  constructor(options: CounterOptions) {
    this.#options = options
    const first = clientFor(options) // throws at an address that is none
    this.#firstTry = new Promise((resolve) => {
      this.#keeper = this.#keep(first, resolve)
    })
  }

  async hit(key: string, limit: number, window: number): Promise<Count> {
    try {
      const count = await within(this.#options.timeout, this.#ask(key, limit, window))
      this.#report(undefined)
      return count
    } catch (error) {
      this.#report(error)
      // Who was silent once would let each further request wait as long, and a replica stays one for this connection.
      if (error instanceof Late || isOfReplica(error)) this.#drop()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#drop()
    await this.#keeper
  }

  async #ask(key: string, limit: number, window: number): Promise<Count> {
    await this.#firstTry
    if (this.#client === undefined) throw new Error('There is no connection')
    return this.#client.hit(key, limit, window)
  }

  /** Connects, again and again, until it is closed. */
  async #keep(first: Client, tried: () => void): Promise<void> {
    const { signal } = this.#closing
    for (let client = first; ; client = clientFor(this.#options)) {
      const lost = new Promise<void>((resolve) => {
        this.#drop = resolve
        client.on('error', (error) => {
          this.#report(error)
          resolve()
        })
      })
      const connected = within(this.#options.timeout, client.connect())
      const works = await Promise.race([connected.then(() => true), lost]).catch((error) =>
        this.#report(error),
      )
      if (works === true) this.#client = client
      tried()
      if (works === true) await lost
      this.#client = undefined
      client.destroy()
      await pause(retryAfter, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
    }
  }

  /** One line when it begins to fail, and one when it works again; what lies between says nothing new. */
  #report(error: unknown): void {
    const works = error === undefined
    if (works === this.#working || this.#closing.signal.aborted) return
    this.#working = works
    const { host } = new URL(this.#options.url)
    if (works) console.error(`Redis at ${host} counts again`)
    else console.error(`Redis at ${host} does not count: ${error instanceof Error ? error.message : error}`)
  }
}

/** Another Redis may have taken over by now, at the same address. */
function isOfReplica(error: unknown): boolean {
  return error instanceof Error && /READONLY|MASTERDOWN/.test(error.message)
}

class Late extends Error {}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    // Where this process was busy the answer may lie unread in the socket: it is read before the check phase.
    const give = () => setImmediate(() => reject(new Late(`There was no answer for ${ms} ms`)))
    timer = setTimeout(give, ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
