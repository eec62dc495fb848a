import { configure } from '../fake-kong/configure.ts'
import { everywhere, type FlowPlugin, runFlow, runHandshake } from '../fake-kong/flow.ts'
import type { ConfiguredPlugin } from '../fake-kong/worker.ts'
import type { World } from '../fake-kong/world.ts'
import type { Phase } from '../pdk/phases.ts'
import { checkRequest, checkRun, checkStart } from './check-options.ts'
import { ConfigRefused, TestingError } from './errors.ts'
import { withFrozenDate } from './frozen-date.ts'
import type { Host, HostWorker, Settings, Subject } from './host.ts'
import type {
  AnyOtherPlugin,
  AnyRunOptions,
  OptionsOf,
  Runnable,
  RunOptions,
  StartOptions,
} from './options.ts'
import { Others, type Together } from './others.ts'
import { type Outcome, outcomeOf, type Recording } from './outcome.ts'
import { describeSubject } from './subject.ts'
import { forward } from './upstream.ts'
import { checkFault, KongLeft, Watch } from './watch.ts'
import { isForStreams, withoutUndefined, worldOf } from './world.ts'

/** A plugin that takes one request after the other, or several at once. */
export interface TestServer<P> {
  /** Sends a request through the plugin. Requests with an equal configuration share its instance. */
  run(...options: OptionsOf<P, RunOptions<P>>): Promise<Outcome>
  /** Another server takes the place of the one that runs, as on `kong reload`; not in memory. */
  restart(): Promise<void>
  /** The ids of all instances that Kong was given, in order. */
  readonly instances: readonly number[]
  /** All lines that the server has written. */
  readonly output: readonly string[]
  /** Ends the plugin, and all that was opened for it. */
  close(): Promise<void>
}

/**
 * Sends one request or connection through a plugin, and gives what came of it as data. Rejects with `ConfigRefused` where
 * Kong's Admin API would refuse the configuration, and with `TestingError` where the test cannot be run as it is written.
 */
export async function run<P extends Runnable, O extends readonly Runnable[] = []>(
  plugin: P,
  ...[options]: OptionsOf<P, RunOptions<P> & StartOptions<[...O]>>
): Promise<Outcome> {
  const given = (options ?? {}) as AnyRunOptions & StartOptions
  checkRun(given)
  const { others: _others, ...request } = given
  const server = await describe(plugin, given)
  try {
    return await server.send(withoutUndefined(request))
  } finally {
    await server.close()
  }
}

/** Starts a plugin that then takes requests with `run`, until `close`. */
export async function start<P extends Runnable, O extends readonly Runnable[] = []>(
  plugin: P,
  options: StartOptions<[...O]> = {},
): Promise<TestServer<P>> {
  checkStart(options)
  const server = await describe(plugin, options)
  try {
    await server.open()
  } catch (error) {
    await server.close()
    throw error
  }
  return server as TestServer<unknown> as TestServer<P>
}

async function describe(
  plugin: unknown,
  options: Omit<StartOptions, 'others'> & { readonly others?: unknown },
): Promise<Server> {
  const { level, dialect, name, limit = 10_000, workers = 1, pieces } = options
  const settings = { level, dialect, name, limit, workers, pieces }
  const others = (options.others ?? []) as readonly AnyOtherPlugin[]
  const subject = await describeSubject(plugin, settings)
  return new Server(subject, settings, { tested: { plugin, name: subject.name }, others })
}

class Server implements TestServer<string> {
  readonly #subject: Subject
  readonly #settings: Settings
  readonly #watch = new Watch()
  readonly #workers = new Map<string, Promise<HostWorker>[]>()
  readonly #started: HostWorker[] = []
  readonly #together: Together
  #host: Promise<Host> | undefined
  #others: Promise<Others> | undefined
  #opened: Host | undefined
  #turn = 0
  #closed: Promise<void> | undefined

  constructor(subject: Subject, settings: Settings, together: Together) {
    this.#subject = subject
    this.#settings = settings
    this.#together = together
  }

  get instances(): readonly number[] {
    return this.#started.flatMap(({ started }) => started)
  }

  get output(): readonly string[] {
    return this.#opened?.output ?? []
  }

  async open(): Promise<Host> {
    if (this.#closed !== undefined)
      throw new TestingError(`Cannot run ${this.#subject.name}: it was closed; start it again`)
    this.#host ??= this.#subject.open(this.#watch)
    this.#opened = await this.#host
    this.#others ??= Others.open(this.#together, this.#settings)
    await this.#others
    return this.#opened
  }

  async run(options: AnyRunOptions = {}): Promise<Outcome> {
    checkRequest(options)
    return this.send(withoutUndefined(options))
  }

  /** Options that were checked. */
  async send(options: AnyRunOptions): Promise<Outcome> {
    const { name, phases, schema } = this.#subject
    const wanted = this.#wanted(options)
    const configured = configure(schema, { config: options.config ?? {} })
    if (!configured.ok) throw new ConfigRefused(name, configured.error)
    const isStream = options.stream ?? isForStreams(phases)
    const world = worldOf(options, isStream)
    const { now, freezeDate } = options
    const flow = () => this.#runThrough(world, wanted, configured.plugin, options)
    return freezeDate === true ? withFrozenDate(Number(now), flow) : flow()
  }

  async restart(): Promise<void> {
    await (await this.open()).restart()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  /** What of the options can be told to be wrong before anything runs. */
  #wanted({ phases: asked, fault, freezeDate, now }: AnyRunOptions): readonly Phase[] {
    const { name, phases, level } = this.#subject
    const missing = asked?.find((phase) => !phases.includes(phase))
    if (missing !== undefined)
      throw new TestingError(`Cannot run the ${missing} phase of ${name}: it has ${phases.join(', ')}`)
    checkFault(fault, this.#settings.limit)
    if (fault !== undefined && 'restart' in fault && level === 'memory')
      throw new TestingError("Cannot start the server again in memory: there is none; use level: 'wire'")
    if (freezeDate === true && (level !== 'memory' || now === undefined))
      throw new TestingError(
        "Cannot freeze the plugin's Date: that takes level: 'memory' and now, as now: new Date('2030-01-01')",
      )
    return asked ?? phases
  }

  async #runThrough(
    world: World,
    wanted: readonly Phase[],
    configured: ConfiguredPlugin,
    options: AnyRunOptions,
  ): Promise<Outcome> {
    const host = await this.open()
    const before = host.output.length
    const worker = await this.#worker(host, configured)
    const recording: Recording = { calls: [], events: [], upstream: undefined, target: undefined }
    this.#watch.open(world, recording, options.fault)
    const plugin = this.#flowPlugin(worker, wanted, recording, options)
    let end: Outcome['end'] = 'closed'
    try {
      end = await this.#flow(world, plugin, recording, options)
    } catch (error) {
      if (!(error instanceof KongLeft)) throw error
      worker.close()
    }
    this.#watch.checkStruck(world, recording)
    return outcomeOf(world, recording, end, host.output.slice(before))
  }

  async #flow(
    world: World,
    plugin: FlowPlugin,
    recording: Recording,
    { upstream, phases }: AnyRunOptions,
  ): Promise<Outcome['end']> {
    const isTls = ['https', 'tls'].includes(world.client.protocol)
    const others = (await this.#others)?.plugins ?? []
    const isAsked = (phase: string) => phases === undefined || phases.some((asked) => asked === phase)
    const plugins = [plugin, ...others.map((other) => ({ ...other, phases: other.phases.filter(isAsked) }))]
    if (isTls || phases?.includes('certificate')) {
      if (!(await runHandshake(world, plugins))) return 'refused'
      if (phases?.every((phase) => phase === 'certificate')) return 'answered'
    }
    const { limit } = this.#settings
    return (await runFlow(world, plugins, { forward: (sent) => forward(sent, upstream, recording, limit) }))
      .end
  }

  #flowPlugin(
    worker: HostWorker,
    phases: readonly Phase[],
    { events }: Recording,
    { fault }: AnyRunOptions,
  ): FlowPlugin {
    const { name, priority } = this.#subject
    return everywhere({
      name,
      priority,
      phases,
      runPhase: async (phase, world) => {
        if (fault !== undefined && 'restart' in fault && fault.restart === phase) {
          await this.restart()
          this.#watch.struck(world)
        }
        const { end, why } = await worker.runPhase(phase, world)
        const repeats = this.#watch.takeRepeats(world)
        events.push({ phase, end, ...(why !== undefined && { why }), ...(repeats > 0 && { repeats }) })
        return { end, ...(why !== undefined && { why }) }
      },
    })
  }

  /** Kong's workers take turns; each starts its instance once. */
  async #worker(host: Host, configured: ConfiguredPlugin): Promise<HostWorker> {
    const key = JSON.stringify(configured.config)
    const { workers } = this.#settings
    const index = this.#turn++ % workers
    const own = this.#workers.get(key) ?? []
    this.#workers.set(key, own)
    own[index] ??= this.#startWorker(host, configured)
    return own[index]
  }

  async #startWorker(host: Host, configured: ConfiguredPlugin): Promise<HostWorker> {
    const worker = host.createWorker(configured)
    this.#started.push(worker)
    // A start that fails is Kong's to handle, with the first event.
    await worker.start().catch(() => undefined)
    return worker
  }

  async #close(): Promise<void> {
    try {
      const host = await this.#host?.catch(() => undefined)
      const others = await this.#others?.catch(() => undefined)
      for (const worker of this.#started) worker.close()
      await host?.close()
      await others?.close()
    } finally {
      this.#subject.close()
    }
  }
}
