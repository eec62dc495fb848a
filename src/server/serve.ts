import { fstatSync } from 'node:fs'
import { join } from 'node:path'
import { KongPluginError, reason } from '../errors.ts'
import { describeServer } from '../plugin/describe.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { Runtime } from '../plugin/runtime.ts'
import { protocols } from '../protocol/protocols.ts'
import { version } from '../version.ts'
import { type Arguments, helpText, readArguments } from './arguments.ts'
import { programFile, programName } from './binary.ts'
import { divertOutput } from './divert.ts'
import { type Server, startServer } from './server.ts'
import { createStackMapper } from './stack.ts'

/** Milliseconds that the instances' `close` may take when the process stops. */
const closeLimit = 5000

/** The main of every binary: answers `-dump`, `-help` and `-version`, or serves until it is told to stop. */
export async function serve(plugin: Plugin, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const binary = programName()
  const name = plugin.name ?? binary
  const flags = settle(() => readArguments(argv), 2)
  const path = flags.socket ?? join(flags.prefix, `${binary}.socket`)
  const protocol = flags.protocol ?? plugin.protocol
  if (flags.command === 'dump') leave(`${JSON.stringify(describeServer(plugin, name, protocol, path))}\n`)
  if (flags.command === 'help') leave(helpText(binary, plugin.version))
  if (flags.command === 'version')
    leave(`${name} ${plugin.version} (kong-ts-pdk ${version}, Node ${process.version})\n`)
  await listenUntilStopped(plugin, name, protocol, path, flags)
}

async function listenUntilStopped(
  plugin: Plugin,
  name: string,
  dialect: Plugin['protocol'],
  path: string,
  { socketMode }: Arguments,
): Promise<void> {
  const { log } = divertOutput()
  const protocol = protocols[dialect]
  const runtime = new Runtime({
    plugin,
    name,
    dialect,
    prepare: protocol.prepare,
    log,
    mapStack: createStackMapper(programFile()),
  })
  let server: Server | undefined
  let stopping = false
  const stop = (why: string) => {
    if (stopping) return
    stopping = true
    log.info(`${name} stops: ${why}`)
    void shutDown(server, runtime)
  }
  try {
    server = await startServer({
      runtime,
      protocol,
      path,
      mode: socketMode,
      log,
      onReplaced: () => stop(`another process has taken over ${path}`),
    })
  } catch (error) {
    log.error(reason(error))
    if (process.stdin.isTTY) log.info(helpText(programName(), plugin.version))
    process.exit(1)
  }
  stopOnSignals(stop)
  log.info(
    `${name} ${plugin.version} serves ${dialect} on ${path} (kong-ts-pdk ${version}, Node ${process.version}, pid ${process.pid})`,
  )
  if (process.stdin.isTTY)
    log.info(
      'this is a plugin server: Kong Gateway starts it and talks to it over that socket; -help says how, Ctrl-C stops it',
    )
}

/** Events in flight first, then the instances, then out. */
async function shutDown(server: Server | undefined, runtime: Runtime): Promise<never> {
  await server?.close()
  const tooLong = setTimeout(() => {
    divertOutput().log.warn(`closing the instances took longer than ${closeLimit} ms`)
    process.exit(0)
  }, closeLimit)
  await runtime.close()
  clearTimeout(tooLong)
  process.exit(0)
}

/** Kong sends SIGTERM; when its worker is killed, the end of stdin, a pipe that carries nothing, is all that tells. */
function stopOnSignals(stop: (why: string) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(`it got ${signal}`))
  if (!stdinIsPipe()) return
  process.stdin.on('end', () => stop('stdin has ended, so Kong is gone'))
  process.stdin.on('error', () => stop('stdin is broken, so Kong is gone'))
  process.stdin.resume()
}

function stdinIsPipe(): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket()
  } catch {
    return false
  }
}

function leave(text: string): never {
  divertOutput().print(text)
  process.exit(0)
}

/** The value, or the sentence of what went wrong and an exit. */
function settle<T>(read: () => T, exitCode: number): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof KongPluginError)) throw error
    divertOutput().log.error(error.message)
    process.exit(exitCode)
  }
}
