import { type Dialect, phases } from '../pdk/phases.ts'
import type { NamedPlugin } from './plugin.ts'

/** A plugin as Kong reads it from `-dump`. */
export interface PluginDescription {
  Name: string
  Version: string
  Priority: number
  Phases: string[]
  Schema: unknown
}

export function describePlugin(plugin: NamedPlugin): PluginDescription {
  return {
    Name: plugin.name,
    Version: plugin.version,
    Priority: plugin.priority,
    Phases: phases.filter((phase) => plugin.phases[phase] !== undefined),
    Schema: plugin.schema(plugin.name),
  }
}

/** The whole dump: Kong 3.9 and later read its first plugin only. */
export function describeServer(
  plugin: NamedPlugin,
  protocol: Dialect,
  socketPath: string,
): { Protocol: string; SocketPath: string; Plugins: PluginDescription[] } {
  return { Protocol: protocol, SocketPath: socketPath, Plugins: [describePlugin(plugin)] }
}
