import type { Dump } from '../../../build/dump.ts'
import { BuildError } from '../../../build/errors.ts'
import { checkPluginName } from '../../../build/name.ts'
import { show } from '../../errors.ts'
import { type Dialect, isDialect, isPhase } from '../../pdk/phases.ts'
import type { DumpSchema } from '../../schema/check.ts'
import type { ReleasedPlugin } from './release.ts'

/** The plugins of dumps; a dump that Kong would not take is a BuildError. */
export function describedIn(dumps: readonly unknown[]): { dialect: Dialect; plugins: ReleasedPlugin[] } {
  const [first] = dumps as readonly Partial<Dump>[]
  const dialect = first?.Protocol
  if (typeof dialect !== 'string' || !isDialect(dialect)) throw refusal('Protocol', dialect)
  return { dialect, plugins: dumps.map(pluginOf) }
}

function pluginOf(dump: unknown): ReleasedPlugin {
  const { Plugins } = (dump ?? {}) as { Plugins?: unknown }
  const [plugin] = Array.isArray(Plugins) ? Plugins : []
  const { Name, Version, Priority, Phases, Schema } = (plugin ?? {}) as Record<string, unknown>
  if (typeof Name !== 'string' || Name === '') throw refusal('Name', Name)
  if (typeof Version !== 'string') throw refusal('Version', Version)
  if (typeof Priority !== 'number') throw refusal('Priority', Priority)
  if (!Array.isArray(Phases)) throw refusal('Phases', Phases)
  if (typeof Schema !== 'object' || Schema === null) throw refusal('Schema', Schema)
  checkPluginName(Name)
  return {
    name: Name,
    version: Version,
    priority: Priority,
    phases: Phases.map(String).filter(isPhase),
    schema: Schema as DumpSchema,
  }
}

function refusal(member: string, value: unknown): BuildError {
  return new BuildError(`its -dump is not one that Kong takes: ${member} is ${show(value)}`)
}
