import { basename } from 'node:path'
import { findPlugin } from '../../build/plugin-file.ts'
import type { AdminError } from '../fake-kong/configure.ts'
import type { FlowPlugin } from '../fake-kong/flow.ts'
import type { PeerOptions } from '../fake-kong/peer.ts'
import type { World } from '../fake-kong/world.ts'
import type { Phase } from '../pdk/phases.ts'
import { version } from '../version.ts'
import type { Control } from './control.ts'
import type { Declarative, Entities, PluginEntity } from './declarative/entities.ts'
import type { DevState, PluginConfig } from './inspector/api.ts'
import type { TestContext } from './inspector/as-test.ts'
import type { RecordedRequest } from './inspector/record.ts'
import type { Recorder } from './inspector/recorder.ts'
import type { Lease, Leases } from './lease.ts'
import { makePlan, type Plan, PlanRefused, type Running } from './plan.ts'
import type { Problem, Program, Release } from './program/release.ts'
import { Workers } from './workers.ts'

/** Milliseconds that a handler may take before a person is told. */
const slowTime = 5000

export interface StateOptions {
  /** What is to run, for the plugins of these releases. */
  declaredFor(releases: readonly Release[]): Declarative
  /** How the plugins are spoken to. */
  readonly peer: PeerOptions
  readonly recorder: Recorder
  /** The username or id of who every request comes from. */
  readonly consumer: string | undefined
  /** The file that the entities are read from, for what is said of them. */
  readonly source: string
  /** A handler runs for longer than any should: it may never end. */
  readonly onSlow: (plugin: string, phase: Phase, world: World) => void
  /** What is shown of the surroundings. */
  readonly about: () => Pick<DevState, 'gateway' | 'upstream'>
}

/** What runs now. A request leases it: whatever changes meanwhile, it finishes with what it began with. */
export class State implements Leases, Control {
  readonly #options: StateOptions
  readonly #workers = new Map<Release, Workers>()
  readonly #problems = new Map<string, Problem>()
  readonly #listeners = new Set<() => void>()
  readonly #edits = new Map<string, object>()
  #programs: readonly Program[] = []
  #plan: Plan | undefined
  #plugins: readonly FlowPlugin[] = []

  constructor(options: StateOptions) {
    this.#options = options
  }

  /** All programs have their first release; throws a BuildError where they cannot run as they are configured. */
  open(programs: readonly Program[]): void {
    this.#programs = programs
    this.#adopt(this.#planFor(this.#releases()))
  }

  lease(): Lease {
    const plan = this.#plan
    if (plan === undefined) throw new Error('The state was not opened')
    const held = this.#programs.map((program) => program.lease())
    return {
      entities: plan.entities,
      plugins: this.#plugins,
      consumer: plan.consumer,
      matchRequest: plan.matchRequest,
      matchStream: plan.matchStream,
      end() {
        for (const one of held) one.end()
      },
    }
  }

  /** Why a release cannot take the place of the one before; nothing is decided before `open`. */
  refusal(program: Program | undefined, release: Release): string | undefined {
    if (this.#plan === undefined || program === undefined) return undefined
    try {
      this.#planFor(this.#releases(program, release))
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  /** A program has another release, or the declarative file another content: gives why that cannot be run. */
  refresh(): Problem | undefined {
    if (this.#plan === undefined) return undefined
    try {
      this.#adopt(this.#planFor(this.#releases()))
      return undefined
    } catch (error) {
      return { source: this.#options.source, text: (error as Error).message }
    }
  }

  /** Whether there is anything for TCP connections. */
  get hasStreams(): boolean {
    const { running = [], entities } = this.#plan ?? {}
    return (
      running.some(({ plugin }) => plugin.phases.includes('preread')) ||
      entities?.routes.some(({ protocols }) => protocols?.includes('tcp')) === true
    )
  }

  /** What was edited on the page gives way to the file. */
  forgetEdits(): void {
    this.#edits.clear()
  }

  retire(release: Release): void {
    this.#workers.get(release)?.close()
    this.#workers.delete(release)
  }

  problem(source: string, problem: Problem | undefined): void {
    if (problem === undefined) this.#problems.delete(source)
    else this.#problems.set(source, problem)
    this.#changed()
  }

  state(): DevState {
    return {
      version,
      ...this.#options.about(),
      programs: this.#programs.map(({ given, current }) => ({
        file: given,
        release: current.number,
        protocol: current.dialect,
        plugins: current.plugins.map(({ schema: _, ...about }) => about),
      })),
      notes: this.#plan?.notes ?? [],
      problems: [...this.#problems.values()],
    }
  }

  plugins(): readonly PluginConfig[] {
    return this.#plan?.entities.plugins.map((entity) => this.#describe(entity, this.#plan as Plan)) ?? []
  }

  setConfig(id: string, config: object): PluginConfig | AdminError | undefined {
    if (!this.#plan?.configs.has(id)) return undefined
    const before = this.#edits.get(id)
    this.#edits.set(id, config)
    try {
      this.#adopt(this.#planFor(this.#releases()))
    } catch (error) {
      if (before === undefined) this.#edits.delete(id)
      else this.#edits.set(id, before)
      if (error instanceof PlanRefused) return error.error
      throw error
    }
    return this.plugins().find((plugin) => plugin.id === id)
  }

  /** What a test of a recorded request needs beside it; undefined where the plugin took no part, or runs no more. */
  testContext(
    { plugins, route, service, consumer }: RecordedRequest,
    name: string | undefined,
  ): TestContext | undefined {
    const plan = this.#plan
    const program = this.#programs.find(({ current }) => current.plugins.some((one) => one.name === name))
    if (plan === undefined || name === undefined || program === undefined || !plugins.includes(name))
      return undefined
    const { entities, lookup, configs } = plan
    const found = {
      route: named(entities.routes, route),
      service: named(entities.services, service),
      consumer: entities.consumers.find(({ id, username }) => consumer === (username ?? id)),
    }
    const { given: file } = program
    const entity = lookup.findConfig(name, {
      route: found.route?.id,
      service: found.service?.id,
      consumer: found.consumer?.id,
    })
    const source = findPlugin(file)
    return {
      pluginFile: /\.[cm]?[jt]sx?$/.test(source) ? `./${basename(source)}` : source,
      plugin: { name, config: entity && configs.has(entity.id) ? entity.config : {} },
      ...found,
    }
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    for (const workers of this.#workers.values()) workers.close()
    this.#workers.clear()
  }

  #releases(changed?: Program, release?: Release): Release[] {
    return this.#programs.map((program) =>
      program === changed && release !== undefined ? release : program.current,
    )
  }

  #planFor(releases: readonly Release[]): Plan {
    const { entities, notes } = this.#options.declaredFor(releases)
    const plugins = entities.plugins.map((entity) => {
      const config = this.#edits.get(entity.id)
      return config === undefined ? entity : { ...entity, config }
    })
    return makePlan({ entities: { ...entities, plugins }, notes }, releases, this.#options.consumer)
  }

  #adopt(plan: Plan): void {
    this.#plan = plan
    this.#plugins = plan.running.map((running) => this.#flowPlugin(running, plan))
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  #flowPlugin({ plugin, release }: Running, plan: Plan): FlowPlugin {
    const { name, priority, phases } = plugin
    return {
      name,
      priority,
      phases,
      configured: (scope, world) => {
        const entity =
          scope === 'global' ? plan.lookup.findGlobal(name) : plan.lookup.findConfig(name, idsOf(world))
        const checked = entity && plan.configs.get(entity.id)
        if (checked?.subsystems.has(world.subsystem) !== true) return undefined
        const { id } = entity as PluginEntity
        const { config } = checked
        return {
          id,
          runPhase: async (phase, world) => {
            const recording = this.#options.recorder.of(world)
            recording?.enter(name, phase, release.number)
            const slow = setTimeout(() => this.#options.onSlow(name, phase, world), slowTime)
            const end = await this.#workersOf(release)
              .use(id, name, config, (worker) => worker.runPhase(phase, world))
              .finally(() => clearTimeout(slow))
            recording?.leave(name, phase, end)
            return end
          },
        }
      },
    }
  }

  #workersOf(release: Release): Workers {
    const known = this.#workers.get(release)
    if (known !== undefined) return known
    const workers = new Workers(release, this.#options.peer)
    this.#workers.set(release, workers)
    return workers
  }

  #describe(entity: PluginEntity, { configs, entities, running }: Plan): PluginConfig {
    const schema = running.find(({ plugin }) => plugin.name === entity.name)?.plugin.schema
    return {
      id: entity.id,
      name: entity.name,
      enabled: entity.enabled,
      scope: scopeOf(entity, entities),
      given: entity.config,
      effective: configs.get(entity.id)?.config ?? {},
      isEdited: this.#edits.has(entity.id),
      fields: configFields(schema),
    }
  }
}

function named<T extends { id: string; name?: string }>(
  list: readonly T[],
  name: string | undefined,
): T | undefined {
  return list.find((one) => name === (one.name ?? one.id))
}

function idsOf({ route, service, consumer }: World) {
  return { route: route?.id, service: service?.id, consumer: consumer?.id }
}

function scopeOf({ route, service, consumer }: PluginEntity, entities: Entities): string {
  const nameOf = (list: readonly { id: string; name?: string; username?: string }[], id: string) => {
    const found = list.find((one) => one.id === id)
    return found?.name ?? found?.username ?? id
  }
  const parts = [
    ...(route === undefined ? [] : [`route ${nameOf(entities.routes, route)}`]),
    ...(service === undefined ? [] : [`service ${nameOf(entities.services, service)}`]),
    ...(consumer === undefined ? [] : [`consumer ${nameOf(entities.consumers, consumer)}`]),
  ]
  return parts.length === 0 ? 'all requests' : parts.join(', ')
}

/** The fields of the `config` record in Kong's schema language. */
function configFields(schema: unknown): readonly unknown[] {
  const { fields = [] } = (schema ?? {}) as { fields?: readonly Record<string, { fields?: unknown[] }>[] }
  return fields.find((field) => 'config' in field)?.config?.fields ?? []
}
