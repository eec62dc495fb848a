import { fault, KongPluginError, reason } from '../errors.ts'
import { type End, named } from '../fake-kong/outcome.ts'
import { type ConfiguredPlugin, configText } from '../fake-kong/worker.ts'
import type { World } from '../fake-kong/world.ts'
import type { Prepared } from '../pdk/client.ts'
import type { Dialect, Phase } from '../pdk/phases.ts'
import type { Event, Line, Waiting } from '../plugin/event.ts'
import type { Instance } from '../plugin/instances.ts'
import type { NamedPlugin } from '../plugin/plugin.ts'
import { type Question, questions } from './codec.ts'
import { TestingError } from './errors.ts'
import type { Host, HostWorker } from './host.ts'
import { within } from './limit.ts'
import { TestRuntime } from './runtime.ts'
import type { Watch } from './watch.ts'

/** Runs the plugin right here: promises only, so that it works under fake timers too. */
export function openMemory(plugin: NamedPlugin, dialect: Dialect, limit: number, watch: Watch): Host {
  const output: string[] = []
  const runtime = new TestRuntime(plugin, dialect, output)
  return {
    output,
    createWorker: (configured) => new MemoryWorker(runtime, configured, dialect, limit, watch),
    restart() {
      throw new TestingError("Cannot start the server again in memory: there is none; use level: 'wire'")
    },
    async close() {
      runtime.abandon()
      await runtime.end(limit)
    },
  }
}

class MemoryWorker implements HostWorker {
  readonly started: number[] = []
  readonly #runtime: TestRuntime
  readonly #plugin: ConfiguredPlugin
  readonly #dialect: Dialect
  readonly #limit: number
  readonly #watch: Watch
  #instance: Instance | undefined

  constructor(runtime: TestRuntime, plugin: ConfiguredPlugin, dialect: Dialect, limit: number, watch: Watch) {
    this.#runtime = runtime
    this.#plugin = plugin
    this.#dialect = dialect
    this.#limit = limit
    this.#watch = watch
  }

  async start(): Promise<number> {
    return this.#start().id
  }

  async runPhase(phase: Phase, world: World): Promise<End> {
    const line = new MemoryLine(this.#dialect, world, phase, this.#watch)
    this.#runtime.runEvent(this.#start(), phase, line)
    const end = await within(this.#limit, line.over, (): End => {
      line.leave(fault('CONNECTION_LOST', line.unanswered ?? 'the event was over'))
      const why = `the handler did not end within ${this.#limit} ms`
      if (this.#dialect === 'ProtoBuf:1') return { end: 'raised', why }
      // Over MsgPack:1 Kong lets the request pass.
      world.log.push({ level: 'err', parts: [why], by: 'kong' })
      return { end: 'returned' }
    })
    if (line.event !== undefined) this.#runtime.eventDone(line.event)
    return end
  }

  close(): void {}

  #start(): Instance {
    if (this.#instance === undefined) {
      const { name, config } = this.#plugin
      this.#instance = this.#runtime.startInstance(name, configText(config))
      this.started.push(this.#instance.id)
    }
    return this.#instance
  }
}

interface Job {
  readonly name: string
  readonly ask: Question
  readonly trip: number
  /** Absent for the call that ends the event. */
  readonly waiting?: Waiting
}

/** One event: its calls are answered one after the other, in the order in which they were made. */
class MemoryLine implements Line {
  readonly over: Promise<End>
  event: Event | undefined
  readonly #dialect: Dialect
  readonly #world: World
  readonly #phase: Phase
  readonly #watch: Watch
  readonly #jobs: Job[] = []
  #asked: Job | undefined
  #trip = 0
  #unanswered = 0
  #isWorking = false
  #hasEnded = false
  #resolve: (end: End) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(dialect: Dialect, world: World, phase: Phase, watch: Watch) {
    this.#dialect = dialect
    this.#world = world
    this.#phase = phase
    this.#watch = watch
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get unanswered(): string | undefined {
    return this.#asked?.name
  }

  begin(event: Event): void {
    this.event = event
  }

  send(prepared: Prepared, args: readonly unknown[], waiting: Waiting): void {
    const { name } = prepared.row
    try {
      this.#push(name, questions[this.#dialect](prepared, args), waiting)
    } catch (error) {
      if (error instanceof KongPluginError) throw error
      waiting.reject(fault('UNSENDABLE', name, reason(error)))
    }
  }

  sendLast(prepared: Prepared, args: readonly unknown[]): void {
    this.#push(prepared.row.name, questions[this.#dialect](prepared, args))
  }

  end(): void {
    this.#hasEnded = true
    if (!this.#isWorking) this.#resolve({ end: 'returned' })
  }

  giveUp(error: Error): void {
    this.#asked?.waiting?.reject(error)
    for (const { waiting } of this.#jobs) waiting?.reject(error)
  }

  /** Kong has closed the connection. */
  leave(error: Error): void {
    this.event?.cut('Kong closed its connection')
    this.giveUp(error)
    this.#jobs.length = 0
  }

  /** MsgPack:1 has a round trip for each call. */
  #push(name: string, ask: Question, waiting?: Waiting): void {
    if (this.#unanswered === 0 || this.#dialect === 'MsgPack:1') this.#trip++
    this.#unanswered++
    this.#jobs.push({ name, ask, trip: this.#trip, ...(waiting !== undefined && { waiting }) })
    if (!this.#isWorking) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    try {
      for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
        this.#asked = job
        const end = await this.#answer(job)
        if (end !== undefined) return this.#resolve(end)
        this.#asked = undefined
      }
      if (this.#hasEnded) this.#resolve({ end: 'returned' })
    } catch (error) {
      this.leave(fault('CONNECTION_LOST', this.unanswered ?? 'the event was over'))
      this.#reject(error)
    } finally {
      this.#isWorking = false
    }
  }

  /** Gives how the event ended with this call, if it did. */
  async #answer({ name, ask, trip, waiting }: Job): Promise<End | undefined> {
    const why = await this.#watch.before(this.#world, this.#phase, name)
    const reply = ask({ world: this.#world, phase: this.#phase }, why)
    const isAnswered = 'read' in reply
    const call = { method: name, args: reply.args, ...(isAnswered && { result: reply.result }), trip }
    this.#unanswered--
    this.#watch.after(this.#world, this.#phase, call)
    if (!isAnswered) {
      if (reply.end === 'raised') this.leave(fault('CONNECTION_LOST', name))
      return named(reply, name)
    }
    try {
      waiting?.resolve(reply.read())
    } catch (error) {
      waiting?.reject(fault('REPLY_UNREADABLE', name, reason(error)))
    }
    return undefined
  }
}
