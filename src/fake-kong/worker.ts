import type { Dialect, Phase } from '../pdk/phases.ts'
import type { End } from './outcome.ts'
import { createPeer, type Outcome, type Peer, type PeerOptions } from './peer.ts'
import { PeerError } from './peer-error.ts'
import { enterPhase } from './phases.ts'
import type { World } from './world.ts'

/** A plugin as it is configured in Kong. */
export interface ConfiguredPlugin {
  readonly name: string
  /** As Kong stores it: defaults filled in, absent fields left out. */
  readonly config: object
}

export interface WorkerOutcome extends Outcome {
  /** How often Kong sent the event again, because the instance was unknown or the connection was closed. */
  readonly repeats: number
}

/** Kong repeats without end; more often than this is a server that never answers. */
const mostRepeats = 5

/**
 * One nginx worker of Kong with one plugin: it starts the instance at the first event, keeps its id over a restart of the
 * server, and sends an event again where Kong does. Events may run side by side; those that find no instance wait for the
 * same start.
 */
export class Worker {
  readonly #peer: Peer
  readonly #dialect: Dialect
  readonly #plugin: ConfiguredPlugin
  readonly #started: number[] = []
  #instance: number | undefined
  #starting: Promise<number> | undefined

  constructor(dialect: Dialect, path: string, plugin: ConfiguredPlugin, options: PeerOptions) {
    this.#dialect = dialect
    this.#plugin = plugin
    this.#peer = createPeer(dialect, path, options)
  }

  /** The ids of all instances that it was given, in order. */
  get started(): readonly number[] {
    return this.#started
  }

  /** Starts the instance unless there is one; gives its id. */
  async start(): Promise<number> {
    if (this.#instance !== undefined) return this.#instance
    this.#starting ??= this.#startFirst().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async handle(phase: Phase, world: World): Promise<WorkerOutcome> {
    enterPhase(world, phase)
    for (let repeats = 0; ; repeats++) {
      let instance: number | undefined
      try {
        instance = await this.start()
        return { ...(await this.#peer.runPhase(instance, phase, world)), repeats }
      } catch (error) {
        if (!this.#isRepeated(error) || repeats === mostRepeats) throw error
        // Another event may have found it lost before, and have a new one.
        if (this.#instance === instance) this.#instance = undefined
      }
    }
  }

  /**
   * The same for `runFlow`, with what Kong makes of a server that fails: over ProtoBuf:1 the client gets 500; over
   * MsgPack:1 the request goes on without the plugin, unless its instance cannot be started.
   */
  async runPhase(phase: Phase, world: World): Promise<End> {
    let isStarted = false
    try {
      await this.start()
      isStarted = true
      return await this.handle(phase, world)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      if (this.#dialect === 'ProtoBuf:1' || !isStarted || error.fault === 'unreadable')
        return { end: 'raised', why: error.message }
      world.log.push({ level: 'err', parts: [error.message], by: 'kong' })
      return { end: 'returned' }
    }
  }

  /** What Kong does when the configuration has changed: it starts another instance, then closes the old one. */
  async renew(): Promise<number> {
    await this.#starting?.catch(() => undefined)
    const instance = await this.#startInstance()
    const old = this.#instance
    this.#instance = instance
    if (old !== undefined) await this.#peer.closeInstance(old)
    return instance
  }

  /** Closes its instance, if there is one, then its connections. */
  async end(): Promise<void> {
    const instance = await this.#starting?.catch(() => undefined)
    const last = this.#instance ?? instance
    this.#instance = undefined
    try {
      if (last !== undefined) await this.#peer.closeInstance(last)
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#peer.close()
  }

  async #startFirst(): Promise<number> {
    this.#instance = await this.#startInstance()
    return this.#instance
  }

  async #startInstance(): Promise<number> {
    const id = await this.#peer.startInstance(this.#plugin.name, configText(this.#plugin.config))
    this.#started.push(id)
    return id
  }

  /** Over MsgPack:1 a closed connection lets the request pass without the plugin. */
  #isRepeated(error: unknown): boolean {
    if (!(error instanceof PeerError)) return false
    return error.fault === 'no-instance' || (error.fault === 'closed' && this.#dialect === 'ProtoBuf:1')
  }
}

/** The configuration as Kong sends it: with members of its own, and with `/` escaped. */
export function configText(config: object): string {
  const members = {
    ...config,
    __plugin_id: '55555555-5555-4555-8555-555555555555',
    __ws_id: '66666666-6666-4666-8666-666666666666',
    __key__: 'plugins:hello:::::66666666-6666-4666-8666-666666666666',
    __seq__: 1,
  }
  return JSON.stringify(members).replaceAll('/', '\\/')
}
