import { join } from 'node:path'
import { KongPluginError } from '../errors.ts'
import { describeServer } from '../plugin/describe.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { version } from '../version.ts'
import { helpText, readArguments } from './arguments.ts'
import { programName } from './binary.ts'
import { divertOutput } from './divert.ts'

/**
 * The main of every binary: answers `-dump`, `-help` and `-version`, or serves until it is told to stop. Kong
 * waits for the dump when it starts, so all that serving needs is loaded only then.
 */
export async function serve(plugin: Plugin, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const binary = programName()
  const name = plugin.name ?? binary
  const flags = settle(() => readArguments(argv))
  const path = flags.socket ?? join(flags.prefix, `${binary}.socket`)
  const protocol = flags.protocol ?? plugin.protocol
  if (flags.command === 'dump') leave(`${JSON.stringify(describeServer(plugin, name, protocol, path))}\n`)
  if (flags.command === 'help') leave(helpText(binary, name, plugin.version))
  if (flags.command === 'version')
    leave(`${name} ${plugin.version} (kong-ts-pdk ${version}, Node ${process.version})\n`)
  const { listenUntilStopped } = await import('./listen.ts')
  await listenUntilStopped({ plugin, name, protocol, path, socketMode: flags.socketMode })
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
