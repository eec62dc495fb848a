import { BuildError } from '../../build/errors.ts'
import { type AdminError, configure } from '../fake-kong/configure.ts'
import type { World } from '../fake-kong/world.ts'
import type { Consumer } from '../pdk/entities.ts'
import { createLookup, type Lookup } from './declarative/applied.ts'
import type { Declarative, Entities, PluginEntity } from './declarative/entities.ts'
import { streamProtocols } from './declarative/schemas.ts'
import type { Match, RouteRequest, RouteStream } from './lease.ts'
import type { Release, ReleasedPlugin } from './program/release.ts'
import { createRouter } from './router/http.ts'
import { createStreamRouter } from './router/stream.ts'

/** A plugin of a release, ready to be asked for its configurations. */
export interface Running {
  readonly plugin: ReleasedPlugin
  readonly release: Release
}

/** What all requests run with until a file or a configuration changes: made once for each change. */
export interface Plan {
  readonly entities: Entities
  /** What a person should know of it, a sentence each. */
  readonly notes: readonly string[]
  readonly running: readonly Running[]
  readonly lookup: Lookup
  readonly consumer: Consumer | undefined
  /** By the ids of plugin entities. */
  readonly configs: ReadonlyMap<string, CheckedConfig>
  matchRequest(request: RouteRequest): Match | undefined
  matchStream(stream: RouteStream): Match | undefined
}

/** A configuration that the plugin's schema takes. */
export interface CheckedConfig {
  /** As Kong sends it to the plugin. */
  readonly config: object
  /** Kong runs a plugin for requests where one of its protocols is for them, and for connections likewise. */
  readonly subsystems: ReadonlySet<World['subsystem']>
}

/** A configuration that the plugin's schema refuses. */
export class PlanRefused extends BuildError {
  readonly entity: PluginEntity
  readonly error: AdminError

  constructor(entity: PluginEntity, error: AdminError) {
    const remedy = entity.place === undefined ? '; --config gives it another' : ''
    super(`${placeOf(entity)}Cannot run ${entity.name} with its configuration: ${error.message}${remedy}`)
    this.entity = entity
    this.error = error
  }
}

/** Checks all configurations by the schemas of the plugins that run, and prepares routing. */
export function makePlan(
  { entities, notes }: Declarative,
  releases: readonly Release[],
  consumer: string | undefined,
): Plan {
  const running = releases.flatMap((release) => release.plugins.map((plugin) => ({ plugin, release })))
  const byName = new Map<string, Running>()
  for (const one of running) {
    if (byName.has(one.plugin.name))
      throw new BuildError(`Cannot run two plugins that are called ${one.plugin.name}: leave one out`)
    byName.set(one.plugin.name, one)
  }
  const configs = new Map(entities.plugins.map((entity) => [entity.id, checkedConfig(entity, byName)]))
  const router = createRouter(entities.routes, entities.services)
  const streams = createStreamRouter(entities.routes, entities.services)
  const named = new Set(entities.plugins.map(({ name }) => name))
  const unused = [...byName.keys()].filter((name) => !named.has(name))
  return {
    entities,
    notes: [...notes, ...unused.map((name) => `${name} has no configuration: no request reaches it`)],
    running,
    lookup: createLookup(entities),
    consumer: consumer === undefined ? undefined : consumerOf(consumer, entities),
    configs,
    matchRequest: (request) => router.match(request),
    matchStream: (stream) => streams.match(stream),
  }
}

function consumerOf(name: string, { consumers }: Entities): Consumer {
  const found = consumers.find(({ id, username, custom_id: own }) => [id, username, own].includes(name))
  if (found !== undefined) return found
  const known = consumers.map(({ id, username }) => username ?? id)
  throw new BuildError(
    `Cannot let requests come from the consumer ${name}: there are ${known.join(', ') || 'none'}`,
  )
}

function placeOf({ place }: PluginEntity): string {
  return place === undefined ? '' : `${place}: `
}

function checkedConfig(entity: PluginEntity, byName: ReadonlyMap<string, Running>): CheckedConfig {
  const plugin = byName.get(entity.name)?.plugin
  if (plugin === undefined)
    throw new BuildError(
      `${placeOf(entity)}Cannot run the plugin ${entity.name}: no file was given for it; those given have ${[...byName.keys()].join(', ')}`,
    )
  const { route, service, consumer, others, config } = entity
  const configured = configure(plugin.schema, {
    ...others,
    ...(route !== undefined && { route: { id: route } }),
    ...(service !== undefined && { service: { id: service } }),
    ...(consumer !== undefined && { consumer: { id: consumer } }),
    config,
  })
  if (!configured.ok) throw new PlanRefused(entity, configured.error)
  const { config: checked, protocols } = configured.plugin
  return {
    config: checked,
    subsystems: new Set(
      protocols.map((protocol) => (streamProtocols.includes(protocol) ? 'stream' : 'http')),
    ),
  }
}
