import { KongPluginError, show } from '../errors.ts'
import type { Dialect } from '../pdk/phases.ts'
import { type PluginDefinition, settleDefinition } from '../plugin/define.ts'
import { adaptKongPdkModule, isKongPdkModule } from '../plugin/kong-pdk-module.ts'
import type { NamedPlugin, Plugin } from '../plugin/plugin.ts'
import type { Fields } from '../schema/index.ts'
import { calledName } from './binary.ts'
import { divertOutput } from './divert.ts'
import { sentenceOf } from './stack.ts'
import { evaluate, hasStarted, start, startBundle } from './start.ts'

/**
 * The first import of every binary's entry: what the author's file does while it is evaluated, printing and
 * throwing included, already happens under this roof.
 */
const { log } = divertOutput()
// Node's ten frames may all be this kit's, which are not shown.
Error.stackTraceLimit = 50
process.on('uncaughtException', (error) => failed('an exception outside a handler', error))
process.on('unhandledRejection', (error) => failed('a rejected promise that nobody handles', error))

/** The last line of the entry of one plugin: runs what the author's file exports, unless that file started itself. */
export function runPlugin(module: object): void {
  if (!hasStarted()) start(pluginOf(module))
}

/**
 * The last line of the entry of several plugins, by the names of their files: each function evaluates a file and gives
 * what it exports. That happens when its plugin is asked for: a dump is of one, a server of all.
 */
export function runPlugins(files: Readonly<Record<string, () => object>>): void {
  startBundle({
    name: calledName(),
    plugins: Object.entries(files).map(([file, load]) => ({ file, load: () => loadFile(file, load) })),
  })
}

function loadFile(file: string, load: () => object): NamedPlugin {
  try {
    const { exported, plugin = pluginOf(exported) } = evaluate(load)
    return { ...plugin, name: plugin.name ?? file }
  } catch (error) {
    throw new KongPluginError('BROKEN', `Cannot use the plugin ${show(file)}: ${sentenceOf(error)}`)
  }
}

function pluginOf(module: object): Plugin {
  const exported = module as { default?: { default?: unknown } }
  for (const candidate of [exported.default, exported.default?.default, module]) {
    if (isKongPdkModule(candidate)) return adaptKongPdkModule(candidate)
    if (isDefinition(candidate)) return settleDefinition(candidate)
  }
  throw new KongPluginError(
    'NO_EXPORT',
    `Cannot run the plugin: its file exports ${show(Object.keys(module))}; export default definePlugin({...}), call startServer(New, version, priority), or export { Plugin, Schema, Version, Priority }`,
  )
}

function isDefinition(value: unknown): value is PluginDefinition<Fields, unknown, Dialect> {
  return typeof value === 'object' && value !== null && 'version' in value
}

/** While the plugin serves, an exception outside a handler is a log line; before that it is the end. */
function failed(what: string, error: unknown): void {
  const text = sentenceOf(error)
  log.error(hasStarted() ? `${what}: ${text}` : text)
  if (!hasStarted()) process.exit(1)
}
