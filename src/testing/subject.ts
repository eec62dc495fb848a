import { isMainThread } from 'node:worker_threads'
import { show } from '../errors.ts'
import type { Dialect } from '../pdk/phases.ts'
import { type PluginDefinition, settleDefinition } from '../plugin/define.ts'
import { describePlugin } from '../plugin/describe.ts'
import { adaptKongPdkModule, isKongPdkModule } from '../plugin/kong-pdk-module.ts'
import type { NamedPlugin, Plugin } from '../plugin/plugin.ts'
import type { DumpSchema } from '../schema/check.ts'
import type { Fields } from '../schema/index.ts'
import { describeBinary } from './binary.ts'
import { TestingError } from './errors.ts'
import type { Settings, Subject } from './host.ts'
import { openMemory } from './memory.ts'
import { openWire } from './wire.ts'

/** What a plugin in memory is called where nobody has named it. */
export const unnamed = 'plugin'

/** Finds out what a plugin is, before anything of it runs. */
export async function describeSubject(plugin: unknown, settings: Settings): Promise<Subject> {
  const { level = 'memory' } = settings
  if (level !== 'memory' && level !== 'wire')
    throw new TestingError(
      `Cannot run at the level ${show(level)}: there are memory and wire; for a binary give its path as the plugin`,
    )
  refuseThread(typeof plugin === 'string' ? 'binary' : level)
  if (typeof plugin === 'string') return describeBinary(plugin, settings)
  if (level === 'memory' && settings.pieces !== undefined)
    throw new TestingError("Cannot send in pieces in memory: nothing is sent there; use level: 'wire'")
  const settled = settlePlugin(plugin)
  const named: NamedPlugin = { ...settled, name: settings.name ?? settled.name ?? unnamed }
  const dialect: Dialect = settings.dialect ?? named.protocol
  const { limit, pieces } = settings
  const { Name, Priority, Phases, Schema } = describePlugin(named)
  return {
    name: Name,
    priority: Priority,
    phases: Phases as Subject['phases'],
    schema: Schema as DumpSchema,
    level,
    open: async (watch) =>
      level === 'memory'
        ? openMemory(named, dialect, limit, watch)
        : openWire(named, { dialect, limit, pieces }, watch),
    close: () => undefined,
  }
}

/** The permissions of a socket are a matter of the whole process, which Node keeps from its threads. */
function refuseThread(level: string): void {
  if (isMainThread || level === 'memory') return
  throw new TestingError(
    `Cannot run at the level ${level} in a worker thread: let the test runner use processes (vitest: pool: 'forks'), or stay in memory`,
  )
}

function settlePlugin(given: unknown): Plugin {
  const plugin = sourceOf(given)
  if (isKongPdkModule(plugin)) return adaptKongPdkModule(plugin)
  if (typeof plugin === 'object' && plugin !== null && 'version' in plugin)
    return settleDefinition(plugin as PluginDefinition<Fields, unknown, Dialect>)
  throw new TestingError(
    `Cannot run ${show(plugin)}: give what definePlugin returned (the default export of the plugin's file), a module of Kong's JavaScript kit, or the path of a binary. A file that calls startServer starts by itself, so build it and give the binary`,
  )
}

/** What a module exports by default, or what was given itself. */
export function sourceOf(given: unknown): unknown {
  return (given as { default?: unknown } | undefined | null)?.default ?? given
}
