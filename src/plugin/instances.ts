import { performance } from '../clock.ts'
import { fault, reason } from '../errors.ts'
import { beyondRoom } from './idle.ts'
import type { Log } from './log.ts'
import type { InstanceInfo, NamedPlugin } from './plugin.ts'
import type { Sharing } from './sharing.ts'

/** Milliseconds between two tries to open an instance whose `init` failed. */
const retryAfter = 1000
/** Milliseconds between two looks at what is idle: thousands are looked at each time. */
const shortestSweep = 100
const longestSweep = 60_000

/** One configuration of a plugin, as one Kong worker started it. */
export class Instance {
  readonly id: number
  readonly plugin: NamedPlugin
  /** Seconds since the epoch. */
  readonly startedAt = Math.floor(Date.now() / 1000)
  /** Milliseconds of the monotonic clock at the last event. */
  lastUsed = performance.now()
  openEvents = 0
  config: unknown
  state: unknown
  /** False until `init` has given a state, again when it failed, and while the instance is asleep. */
  ready = false
  #opening: Attempt | undefined
  #failure: { error: unknown; at: number } | undefined
  #closing = false
  readonly #log: Log
  readonly #json: string
  readonly #closings: Set<Promise<void>>

  /** What runs an author's `close` is in `closings` until it has. */
  constructor(id: number, plugin: NamedPlugin, log: Log, json: string, closings: Set<Promise<void>>) {
    this.id = id
    this.plugin = plugin
    this.#log = log
    this.#json = json
    this.#closings = closings
  }

  /** Characters of its configuration. */
  get size(): number {
    return this.#json.length
  }

  /**
   * Runs `init`. Kong is answered before that: start must be cheap, as requests wait 10 s at most for it, and
   * over MsgPack:1 they then pass without the plugin. The events wait instead, each under its own time limit; an
   * `init` that takes longer than that is given up, and the next event tries again.
   */
  open(): Promise<void> {
    const now = performance.now()
    if (this.#failure !== undefined && now - this.#failure.at < retryAfter)
      return Promise.reject(this.#failure.error)
    const running = this.#opening
    if (running !== undefined && now - running.since <= this.plugin.timeLimit) return running.done
    const attempt = { since: now, done: Promise.resolve() }
    this.#opening = attempt
    attempt.done = this.#open(attempt)
    return attempt.done
  }

  /** Runs the author's `close` after the last event, once. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    // A state that `init` gives later still is closed then.
    if (this.#opening !== undefined) await this.#track(inTime(this.#opening, this.plugin.timeLimit))
    await this.#closeUnused()
  }

  /** Runs the author's `close` where no event is open; the next event runs `init` again. Whether there was one to run. */
  sleep(): boolean {
    if (!this.ready || this.openEvents > 0) return false
    void this.#close()
    return true
  }

  /** Called when an event of the instance is over, with the moment of it. */
  eventEnded(now: number): void {
    this.openEvents--
    this.lastUsed = now
    if (this.#closing && this.openEvents === 0) void this.#close()
  }

  async #open(attempt: Attempt): Promise<void> {
    try {
      const { config, kong } = this.plugin.readConfig(parse(this.#json))
      const info: InstanceInfo = { id: this.id, kong }
      const state = await this.plugin.open(config, info)
      if (this.#opening !== attempt) {
        // A later run has taken its place: who waits for this one waits for that one now.
        await this.#track(this.#undo(state, config))
        return this.#opening?.done
      }
      this.config = config
      this.state = state
      this.ready = true
      this.#failure = undefined
      if (this.#closing) void this.#closeUnused()
    } catch (error) {
      if (this.#opening === attempt) this.#failure = { error, at: performance.now() }
      throw error
    } finally {
      if (this.#opening === attempt) this.#opening = undefined
    }
  }

  async #closeUnused(): Promise<void> {
    if (this.openEvents === 0) await this.#close()
  }

  async #close(): Promise<void> {
    if (!this.ready) return
    this.ready = false
    const { state, config } = this
    this.state = undefined
    this.config = undefined
    await this.#track(this.#undoLast(state, config))
  }

  /** What ends with the author's `close`; it does not fail. */
  async #track(closing: Promise<void>): Promise<void> {
    this.#closings.add(closing)
    await closing
    this.#closings.delete(closing)
  }

  async #undoLast(state: unknown, config: unknown): Promise<void> {
    // The hooks of its last events have been asked for, and run first.
    if (this.plugin.onEvent !== undefined) await new Promise((resolve) => setImmediate(resolve))
    await this.#undo(state, config)
  }

  async #undo(state: unknown, config: unknown): Promise<void> {
    try {
      await this.plugin.close(state, config)
    } catch (error) {
      this.#log.error(`close of ${this.plugin.name} instance ${this.id} failed: ${reason(error)}`, {
        plugin: this.plugin.name,
        instance: this.id,
      })
    }
  }
}

/** One run of `init`. */
interface Attempt {
  /** Milliseconds of the monotonic clock. */
  readonly since: number
  done: Promise<void>
}

/** Resolves when it is over, or is to be given up. */
function inTime({ since, done }: Attempt, limit: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, since + limit - performance.now()))
    const over = () => {
      clearTimeout(timer)
      resolve()
    }
    done.then(over, over)
  })
}

/** The live instances of all plugins by id. */
export class Instances {
  readonly #log: Log
  readonly #live = new Map<number, Instance>()
  readonly #closings = new Set<Promise<void>>()
  readonly #nextId: () => number
  readonly #sharing: Sharing | undefined
  readonly #sweep: NodeJS.Timeout

  constructor(plugins: readonly NamedPlugin[], log: Log, nextId: () => number, sharing?: Sharing) {
    this.#log = log
    this.#nextId = nextId
    this.#sharing = sharing
    const limits = plugins.map(({ idleLimit }) => idleLimit)
    const interval = Math.max(shortestSweep, Math.min(...limits, longestSweep))
    this.#sweep = setInterval(() => this.expire(), interval)
    this.#sweep.unref()
  }

  get size(): number {
    return this.#live.size
  }

  /** `json` is Kong's configuration as text; text that is not JSON makes an instance whose events fail. */
  start(plugin: NamedPlugin, json: string): Instance {
    const instance = this.adopt(this.#freeId(), plugin, json)
    this.#sharing?.started(instance.id, plugin.name, json)
    return instance
  }

  /** An instance that another process has started. */
  adopt(id: number, plugin: NamedPlugin, json: string): Instance {
    const instance = this.make(id, plugin, json)
    this.#live.set(id, instance)
    return instance
  }

  /** An instance of which nobody else hears. */
  make(id: number, plugin: NamedPlugin, json = '{}'): Instance {
    return new Instance(id, plugin, this.#log, json, this.#closings)
  }

  get(id: number): Instance | undefined {
    return this.#live.get(id)
  }

  /** Closes what Kong does not need any more, here and wherever it is shared. */
  async close(id: number): Promise<void> {
    if (this.#live.has(id)) this.#sharing?.closed(id)
    await this.drop(id)
  }

  /** Closes an instance in this process alone. */
  async drop(id: number): Promise<void> {
    const instance = this.#live.get(id)
    this.#live.delete(id)
    await instance?.close()
  }

  /** How many there are of each plugin, without those that are asleep. */
  countByPlugin(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { plugin, ready } of this.#live.values())
      if (ready) counts.set(plugin.name, (counts.get(plugin.name) ?? 0) + 1)
    return counts
  }

  /** The ids of those that have had an event since a moment of the monotonic clock, or have one now. */
  usedSince(moment: number): number[] {
    const used: number[] = []
    for (const { id, openEvents, lastUsed } of this.#live.values())
      if (openEvents > 0 || lastUsed >= moment) used.push(id)
    return used
  }

  /**
   * Runs the author's `close` of what has had no event for longer than its plugin's `idleLimit`. Such an instance stays
   * known, as not every Kong starts one again: only where there are very many the oldest are closed for good.
   */
  expire(): void {
    const now = performance.now()
    const idle = [...this.#live.values()].filter(
      ({ plugin, openEvents, lastUsed }) => openEvents === 0 && now - lastUsed > plugin.idleLimit,
    )
    for (const instance of idle) {
      const { id, plugin } = instance
      if (instance.sleep())
        this.#log.debug(
          `${plugin.name} instance ${id} is closed as it had no event for ${plugin.idleLimit} ms; its next event opens it again`,
          { plugin: plugin.name, instance: id },
        )
    }
    // Of a server of several processes the parent knows what they all do without.
    if (this.#sharing === undefined) for (const { id } of beyondRoom(idle)) void this.close(id)
  }

  /** Closes all, side by side, and waits for those too that were closing already. */
  async closeAll(): Promise<void> {
    clearInterval(this.#sweep)
    await Promise.all([...this.#live.keys()].map((id) => this.drop(id)))
    await Promise.all(this.#closings)
  }

  #freeId(): number {
    let id = this.#nextId()
    while (this.#live.has(id)) id = this.#nextId()
    return id
  }
}

/**
 * Ids from 1 to 2^31-1 (Kong's int32) that a later process does not give out again: Kong would run entity A with
 * B's configuration. They count up from the time at which the process began, in 1024ths of a second, so two lives
 * meet only when one starts more than 1024 instances a second all its life, or after 24 days.
 */
export function createIds(now = Date.now()): () => number {
  let next = firstOf(now)
  return () => {
    next = (next % idRange) + 1
    return next
  }
}

/** Such ids for one of several processes that must not give out the same: `id % count` is its slot. */
export function createShareOfIds(slot: number, count: number, now = Date.now()): () => number {
  let base = firstOf(now)
  base -= base % count
  return () => {
    base += count
    if (base + slot > idRange) base = count
    return base + slot
  }
}

const idRange = 2 ** 31 - 1

function firstOf(now: number): number {
  return Math.floor((now * 1024) / 1000) % idRange
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw fault('BAD_CONFIG', `it is no JSON (${reason(error)})`)
  }
}
