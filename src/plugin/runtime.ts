import { fault, KongPluginError, reason, stackOf } from '../errors.ts'
import { createKongClass, type KongClass, type Prepared } from '../pdk/client.ts'
import { methods } from '../pdk/methods.ts'
import { type Dialect, type Phase, phases } from '../pdk/phases.ts'
import type { Row } from '../pdk/row.ts'
import { BlockingWatch } from './blocking.ts'
import { describePlugin, type PluginDescription } from './describe.ts'
import { aboutOf, Event, type FinalCall, type Line } from './event.ts'
import { createIds, type Instance, Instances } from './instances.ts'
import { LinkedList } from './linked-list.ts'
import { type Log, oneLine } from './log.ts'
import { defaults, type NamedPlugin } from './plugin.ts'
import type { Sharing } from './sharing.ts'
import { UnknownInstances } from './unknown-instances.ts'
import { type Outcome, tellEnded, WatchedEvent } from './watched.ts'

export interface RuntimeOptions {
  /** At least one; no two have the same name. */
  plugins: readonly NamedPlugin[]
  dialect: Dialect
  prepare: (row: Row) => Prepared | undefined
  log: Log
  /** Turns a stack into the author's own files and lines. */
  mapStack?: (stack: string) => string
  /** Where ids come from; tests replay recorded ones. */
  nextInstanceId?: () => number
  nextEventId?: () => number
  /** Hears of each event that is over, and how many milliseconds it took. */
  observe?: (event: WatchedEvent, milliseconds: number) => void
  /** Present where several processes are one server. */
  sharing?: Sharing
}

/** Bytes of an entry in Kong's own log: nginx cuts lines at 2 kB, its own words included. */
const longestEntry = 1500
/** Milliseconds between two lines of what may go wrong at each event. */
const linePause = 1000
/** Milliseconds for which Kong may take a refusal up before the event is given up. */
const refusalLimit = 1000

/** Plugins at work: their instances, their open events, and what happens when one of them goes wrong. */
export class Runtime {
  readonly log: Log
  /** Bytes of the longest message that is read: which plugin it is for shows only when it is read. */
  readonly frameLimit: number
  readonly instances: Instances
  /** For MsgPack:1; like instances, events of two processes must not be taken for each other. */
  readonly nextEventId: () => number
  readonly sharing: Sharing | undefined
  /** In lower case: Kong writes names so, whatever the dump said. */
  readonly #plugins: ReadonlyMap<string, NamedPlugin>
  readonly #shortestLimit: number
  readonly #kongClasses: Partial<Record<Phase, KongClass>> = {}
  readonly #exit: Prepared
  readonly #logErr: Prepared
  readonly #observe: RuntimeOptions['observe']
  /** Whether the dialect sends one call of an event at a time. */
  readonly #turns: boolean
  readonly #mapStack: (stack: string) => string
  readonly #events = new LinkedList<Event>()
  readonly #unknown = new UnknownInstances()
  readonly #watch: BlockingWatch
  readonly #timer: NodeJS.Timeout
  #whenIdle: (() => void)[] = []
  /** For who hears of events and fails, and for events that are refused as Kong asks without end. */
  readonly #maySayHook = atMostEach(linePause)
  readonly #maySayForgotten = atMostEach(linePause)

  constructor(options: RuntimeOptions) {
    const { plugins, dialect, prepare, log, mapStack } = options
    this.log = log
    this.frameLimit = Math.max(...plugins.map(({ frameLimit }) => frameLimit))
    this.#plugins = new Map(plugins.map((plugin) => [plugin.name.toLowerCase(), plugin]))
    this.#shortestLimit = Math.min(...plugins.map(({ timeLimit }) => timeLimit))
    this.sharing = options.sharing
    this.instances = new Instances(plugins, log, options.nextInstanceId ?? createIds(), this.sharing)
    this.nextEventId = options.nextEventId ?? createIds()
    this.#observe = options.observe
    this.#turns = dialect === 'MsgPack:1'
    this.#mapStack = mapStack ?? ((stack) => stack)
    this.#exit = prepare(methods.response.exit) as Prepared
    this.#logErr = prepare(methods.log.err) as Prepared
    const used = new Set(plugins.flatMap((plugin) => Object.keys(plugin.phases) as Phase[]))
    for (const phase of used) this.#kongClasses[phase] = createKongClass(dialect, phase, prepare)
    const interval = Math.max(5, Math.min(1000, Math.floor(this.#shortestLimit / 10)))
    this.#watch = new BlockingWatch(this.#events, log, (event) => this.#place(event, event.phase))
    this.#timer = setInterval(() => this.#cutOverdue(), interval)
    this.#timer.unref()
  }

  get names(): string[] {
    return [...this.#plugins.values()].map(({ name }) => name)
  }

  /** A plugin as the dump shows it. */
  describe(name: string): PluginDescription | undefined {
    const plugin = this.#plugins.get(name.toLowerCase())
    return plugin && describePlugin(plugin)
  }

  get openEvents(): number {
    return this.#events.size
  }

  /** The instance that Kong asks to start: always one, since Kong takes a missing one for leave to go on. */
  startInstance(name: string, config: string): Instance {
    const plugin = this.#plugins.get(name.toLowerCase())
    if (plugin !== undefined) return this.instances.start(plugin, config)
    const error = fault('NO_PLUGIN', name, this.names)
    this.log.error(error.message)
    return this.instances.start(absent(name, error), config)
  }

  /**
   * The instance of an id; `undefined` where Kong is to start it again. A Kong that does not, and asks without end, gets
   * one whose events are refused: its requests would hang, and its workers compute.
   */
  instanceOf(id: number): Instance | undefined {
    const instance = this.instances.get(id)
    if (instance !== undefined || !this.#unknown.insistsOn(id)) return instance
    const plugin = absent(this.names.join(' or '), fault('FORGOTTEN', id))
    return this.instances.make(id, { ...plugin, onError: this.#onErrorOfAll })
  }

  /** Takes over what Kong has started in another process. */
  adoptInstance(id: number, name: string, config: string): void {
    const plugin = this.#plugins.get(name.toLowerCase()) ?? absent(name, fault('NO_PLUGIN', name, this.names))
    this.instances.adopt(id, plugin, config)
  }

  /**
   * Runs the handler of a phase on a line; every way in which it can end is answered on that line, which calls
   * `eventDone` when it has nothing left to do.
   */
  runEvent(instance: Instance, phase: Phase, line: Line): void {
    const event =
      this.#observe === undefined && instance.plugin.onEvent === undefined
        ? new Event(phase, instance, line, this.#late)
        : new WatchedEvent(phase, instance, line, this.#late)
    this.#events.add(event)
    instance.openEvents++
    this.#watch.began()
    line.begin(event)
    this.sharing?.goesOn(event)
    if (instance.ready) this.#call(event, event.startedAt)
    else
      instance.open().then(
        () => {
          if (!event.open) return
          this.sharing?.goesOn(event)
          if (instance.ready) this.#call(event, performance.now())
          else this.#fail(event, fault('NOT_READY', instance.id), 'init')
        },
        (error: unknown) => this.#fail(event, error, 'init'),
      )
  }

  /** The line has nothing left to do for the event. */
  eventDone(event: Event): void {
    if (!this.#events.delete(event)) return
    const now = performance.now()
    const took = now - event.startedAt
    // Its hook is asked for before the last event of an instance closes that.
    if (event instanceof WatchedEvent) this.#noted(event, took)
    event.instance.eventEnded(now)
    this.#watch.ended(event, took)
    if (this.#events.size > 0) return
    const waiting = this.#whenIdle
    this.#whenIdle = []
    for (const resolve of waiting) resolve()
  }

  /** Resolves when no event is open. */
  idle(): Promise<void> {
    return this.#events.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  /**
   * The call that answers a request whose event is not known here any more: it must not pass unseen. Which plugin it
   * was for is not known either, so it passes only where all would let it.
   */
  get lostEventAnswer(): FinalCall | undefined {
    return this.#onErrorOfAll === 'continue' ? undefined : this.#refusal('access', '')
  }

  async close(): Promise<void> {
    await this.idle()
    clearInterval(this.#timer)
    this.#watch.close()
    await this.instances.closeAll()
  }

  get #onErrorOfAll(): 'fail' | 'continue' {
    const plugins = [...this.#plugins.values()]
    return plugins.every(({ onError }) => onError === 'continue') ? 'continue' : 'fail'
  }

  #call(event: Event, since: number): void {
    const { instance, phase } = event
    const KongForPhase = this.#kongClasses[phase] as KongClass
    const kong = new KongForPhase(event)
    if (instance.plugin.onEvent !== undefined && event instanceof WatchedEvent) event.kong = kong
    try {
      const result = instance.plugin.phases[phase]?.(kong, instance.config, instance.state)
      this.#watch.firstTurnOver(event, since)
      if (isGenerator(result)) this.#fail(event, fault('GENERATOR', phase), phase)
      else if (!isPromise(result)) event.returned()
      else
        result.then(
          () => event.returned(),
          (error: unknown) => this.#fail(event, error, phase),
        )
    } catch (error) {
      this.#fail(event, error, phase)
    }
  }

  #fail(event: Event, error: unknown, where: string): void {
    if (!event.open) {
      const place = this.#place(event, where)
      // Where Kong went away, a stack would only show how that was noticed.
      if (codeOf(error) === 'CONNECTION_LOST') this.log.warn(`${place}: ${reason(error)}`, aboutOf(event))
      else if (!['EXITED', 'EVENT_ENDED'].includes(codeOf(error)))
        this.log.warn(`${place} failed after its event had ended: ${this.#describe(error)}`, aboutOf(event))
      return
    }
    const stack = this.#describe(error)
    if (codeOf(error) !== 'FORGOTTEN' || this.#maySayForgotten()) {
      const entry = `${this.#place(event, where)} failed: ${stack}`
      this.log.error(entry, aboutOf(event))
      // Kong shows what a plugin writes to stderr only from level info on: its own log gets the entry too.
      event.tell(this.#logErr, [oneLine(entry, longestEntry)])
    }
    const { name, onError } = event.instance.plugin
    const goesOn = event.phase === 'log' || onError === 'continue'
    if (event instanceof WatchedEvent) {
      event.notes.outcome = outcomeOf(error, goesOn)
      event.failure = { error, stack }
    }
    event.end('its handler failed', goesOn ? undefined : this.#refusal(event.phase, name))
  }

  /**
   * `kong.response.exit(500)`. In the certificate phase Kong raises at it, which ends the handshake: the request
   * does not pass there either.
   */
  #refusal(phase: Phase, plugin: string): FinalCall {
    const args =
      phase === 'preread'
        ? [500, `plugin ${plugin} failed`]
        : [
            500,
            '{"message":"An unexpected error occurred"}',
            { 'content-type': 'application/json; charset=utf-8' },
          ]
    return { prepared: this.#exit, args }
  }

  #cutOverdue(): void {
    const now = performance.now()
    for (const event of this.#events) {
      const age = now - event.startedAt
      const { timeLimit } = event.instance.plugin
      // Events are kept in the order in which they began.
      if (age < this.#shortestLimit) return
      if (age < timeLimit) continue
      const { unanswered } = event
      const error =
        unanswered === undefined
          ? fault('HANDLER_TIMEOUT', event.phase, timeLimit)
          : fault('NO_ANSWER', unanswered, event.phase, timeLimit)
      const { open } = event
      if (open) this.#fail(event, error, event.phase)
      // Over MsgPack:1 Kong answers the log line first and then gets the refusal.
      const mayAnswer = !open || unanswered === undefined
      if (mayAnswer && age < timeLimit + refusalLimit) continue
      event.giveUp(error)
      this.eventDone(event)
    }
  }

  readonly #late = (event: Event, error: Error): void => {
    this.log.warn(`${this.#place(event, event.phase)}: ${error.message}`, aboutOf(event))
  }

  #noted(event: WatchedEvent, took: number): void {
    try {
      this.#observe?.(event, took)
    } catch (error) {
      // Whoever ended the event is in the middle of it.
      const place = this.#place(event, event.phase)
      this.#sayHookFailed(event, `an event of ${place} cannot be counted`, error)
    }
    if (event.instance.plugin.onEvent !== undefined) this.#tellEnded(event, took)
  }

  #tellEnded(event: WatchedEvent, took: number): void {
    tellEnded(event, took, this.#turns, (error) =>
      this.#sayHookFailed(event, `onEvent of ${this.#place(event, event.phase)} failed`, error),
    )
  }

  #sayHookFailed(event: Event, what: string, error: unknown): void {
    if (!this.#maySayHook()) return
    this.log.warn(`${what}: ${this.#describe(error)}`, aboutOf(event))
  }

  #place(event: Event, where: string): string {
    const { id, plugin } = event.instance
    return `${plugin.name} ${where} (instance ${id})`
  }

  #describe(error: unknown): string {
    return this.#mapStack(stackOf(error))
  }
}

/** Says yes, and then no for so many milliseconds. */
function atMostEach(pause: number): () => boolean {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    const may = now - last >= pause
    if (may) last = now
    return may
  }
}

function outcomeOf(error: unknown, goesOn: boolean): Outcome {
  if (['HANDLER_TIMEOUT', 'NO_ANSWER'].includes(codeOf(error))) return 'timed_out'
  return goesOn ? 'failed_open' : 'failed_closed'
}

/** Stands for a plugin that is not here: an instance of it never opens, so its events fail closed in every phase. */
function absent(name: string, why: Error): NamedPlugin {
  const refuse = () => {
    throw why
  }
  return {
    ...defaults,
    name,
    version: '0.0.0',
    phases: Object.fromEntries(phases.map((phase) => [phase, refuse])),
    schema: refuse,
    readConfig: refuse,
    open: refuse,
    close: refuse,
  }
}

/** The code of an error of ours; anything else has none. */
function codeOf(error: unknown): string {
  try {
    return error instanceof KongPluginError ? error.code : ''
  } catch {
    return ''
  }
}

/** What a generator function gives has not run a line of the handler. */
function isGenerator(value: unknown): boolean {
  const { next } = (value ?? {}) as { next?: unknown }
  return (
    typeof next === 'function' && (Symbol.asyncIterator in Object(value) || Symbol.iterator in Object(value))
  )
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === 'function'
}
