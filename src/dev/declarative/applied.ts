import type { Entities, PluginEntity } from './entities.ts'

/** What a request is for, by ids. */
export interface Scope {
  readonly route?: string | undefined
  readonly service?: string | undefined
  readonly consumer?: string | undefined
}

/** Which configuration of a plugin applies; a disabled one never does. */
export interface Lookup {
  /** The most special one that fits, in Kong's order. */
  findConfig(name: string, scope: Scope): PluginEntity | undefined
  /** The one for all requests, which alone counts before the route is known. */
  findGlobal(name: string): PluginEntity | undefined
}

/** Made once for all requests. */
export function createLookup({ plugins }: Pick<Entities, 'plugins'>): Lookup {
  const byName = new Map<string, Map<string, PluginEntity>>()
  for (const plugin of plugins) {
    if (!plugin.enabled) continue
    const configs = byName.get(plugin.name) ?? new Map<string, PluginEntity>()
    byName.set(plugin.name, configs.set(keyOf(plugin), plugin))
  }
  return {
    findConfig(name, scope) {
      const configs = byName.get(name)
      if (configs === undefined) return undefined
      for (const kinds of precedence) {
        if (kinds.some((kind) => scope[kind] === undefined)) continue
        const found = configs.get(keyOf(Object.fromEntries(kinds.map((kind) => [kind, scope[kind]]))))
        if (found !== undefined) return found
      }
      return undefined
    },
    findGlobal: (name) => byName.get(name)?.get(keyOf({})),
  }
}

/** kong/runloop/plugins_iterator.lua */
const precedence: readonly (readonly (keyof Scope)[])[] = [
  ['route', 'service', 'consumer'],
  ['route', 'consumer'],
  ['service', 'consumer'],
  ['route', 'service'],
  ['consumer'],
  ['route'],
  ['service'],
  [],
]

function keyOf({ route = '', service = '', consumer = '' }: Scope): string {
  return `${route}:${service}:${consumer}`
}
