import { join, resolve } from 'node:path'
import { KongPluginError } from '../errors.ts'
import { describeServer } from '../plugin/describe.ts'
import type { NamedPlugin } from '../plugin/plugin.ts'
import { version } from '../version.ts'
import { readArguments, usage } from './arguments.ts'
import { type Bundle, choosePlugin, loadAll, protocolOf, refuseChoice, titleOf } from './bundle.ts'
import { divertOutput } from './divert.ts'
import type { HealthOptions } from './health.ts'
import { helpText } from './help.ts'

/**
 * The main of every binary: answers `-dump`, `-health`, `-help` and `-version`, or serves until it is told to stop. Kong
 * waits for the dump when it starts, so all that serving needs is loaded only then.
 */
export async function serve(bundle: Bundle, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const flags = settle(() => readArguments(argv))
  const { settings } = divertOutput()
  settings.level = flags.logLevel
  settings.format = flags.logFormat
  const chosen = settle(() => choosePlugin(bundle, flags.plugin))
  const path = flags.socket ?? join(flags.prefix, `${bundle.name}.socket`)
  if (flags.command === 'dump') {
    const plugin = settle(() => chosen ?? refuseChoice(bundle)).load()
    leave(`${JSON.stringify(describeServer(plugin, flags.protocol ?? plugin.protocol, path))}\n`)
  }
  if (flags.command === 'version') {
    const title = chosen === undefined ? titleOf(bundle, loadAll(bundle)) : titleOf(bundle, [chosen.load()])
    leave(`${title} (kong-ts-pdk ${version}, Node ${process.version})\n`)
  }
  const plugins = loadAll(bundle)
  const help = () => helpText(bundle, plugins)
  if (flags.command === 'help') leave(help())
  const protocol = flags.protocol ?? protocolOf(plugins)
  const name = plugins.length === 1 ? (plugins[0] as NamedPlugin).name : bundle.name
  if (plugins.length === 1) settings.plugin = name
  const title = titleOf(bundle, plugins)
  const { workers, socketMode } = flags
  if (flags.command === 'health')
    leave(await health({ path, protocol, plugins: plugins.map((one) => one.name) }))
  const { metrics } = flags
  if (metrics !== undefined && 'path' in metrics && resolve(metrics.path) === resolve(path))
    settle(() => {
      throw usage(`-metrics and -socket both name ${path}`)
    })
  if (flags.note !== undefined) divertOutput().log.warn(flags.note)
  const options = { plugins, name, title, help, protocol, path, socketMode, metrics }
  if (workers === undefined) {
    const { listenUntilStopped } = await import('./listen.ts')
    await listenUntilStopped(options)
  } else if (workers.slot === undefined) {
    const { leadWorkers } = await import('./workers/parent.ts')
    await leadWorkers({ ...options, workers })
  } else {
    const { serveAsWorker } = await import('./workers/worker.ts')
    const meter =
      metrics &&
      (await import('./metrics/meter.ts')).createMeter(`worker ${workers.slot + 1}`, protocol, plugins)
    serveAsWorker({ plugins, name, protocol, slot: workers.slot, count: workers.count, meter })
  }
}

async function health(options: HealthOptions): Promise<string> {
  const { askHealth } = await import('./health.ts')
  return `${await askHealth(options)}\n`
}

function leave(text: string): never {
  divertOutput().print(text)
  process.exit(0)
}

/** The value, or the sentence of what is wrong with the flags and an exit. */
function settle<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof KongPluginError)) throw error
    divertOutput().log.error(error.message)
    process.exit(2)
  }
}
