import { type Dialect, phases } from '../pdk/phases.ts'
import type { Plugin } from './plugin.ts'

/** A plugin as Kong reads it from `-dump`. */
export interface PluginDescription {
  Name: string
  Version: string
  Priority: number
  Phases: string[]
  Schema: unknown
}

export function describePlugin(plugin: Plugin, name: string): PluginDescription {
  return {
    Name: name,
    Version: plugin.version,
    Priority: plugin.priority,
    Phases: phases.filter((phase) => plugin.phases[phase] !== undefined),
    Schema: plugin.schema(name),
  }
}

/** The whole dump: Kong 3.9 and later read its first plugin only. */
export function describeServer(
  plugin: Plugin,
  name: string,
  protocol: Dialect,
  socketPath: string,
): { Protocol: string; SocketPath: string; Plugins: PluginDescription[] } {
  return { Protocol: protocol, SocketPath: socketPath, Plugins: [describePlugin(plugin, name)] }
}
