import { fstatSync } from 'node:fs'
import { reason } from '../errors.ts'
import type { Dialect } from '../pdk/phases.ts'
import type { NamedPlugin } from '../plugin/plugin.ts'
import { Runtime } from '../plugin/runtime.ts'
import { protocols } from '../protocol/protocols.ts'
import { version } from '../version.ts'
import { divertOutput } from './divert.ts'
import { type Server, startServer } from './server.ts'
import { mapStack } from './stack.ts'

/** Milliseconds that the instances' `close` may take when the process stops. */
const closeLimit = 5000
/**
 * Milliseconds for which a connection must have been quiet before it is closed when another server has the path: on a
 * reload Kong leaves five seconds and more for that.
 */
const takeOverPatience = 1000

export interface ListenOptions {
  plugins: readonly NamedPlugin[]
  /** What log lines call the process. */
  name: string
  /** The plugins with their versions. */
  title: string
  /** What `-help` prints. */
  help: () => string
  protocol: Dialect
  path: string
  /** Permission bits of the socket. */
  socketMode: number
}

/** Serves until a signal, the end of stdin, or another server on the path; then ends the process. */
export async function listenUntilStopped(options: ListenOptions): Promise<void> {
  const { plugins, name, path, socketMode } = options
  const { log } = divertOutput()
  const protocol = protocols[options.protocol]
  const runtime = new Runtime({
    plugins,
    dialect: options.protocol,
    prepare: protocol.prepare,
    log,
    mapStack,
  })
  let server: Server | undefined
  let stopping = false
  const longestEvent = Math.max(...plugins.map(({ timeLimit }) => timeLimit))
  const stop = (why: string, patience = 0) => {
    // A signal ends the patience of a take-over.
    if (stopping) void server?.close(patience)
    else {
      stopping = true
      log.info(`${name} stops: ${why}`)
      void shutDown(name, server, runtime, longestEvent, patience)
    }
  }
  stopOnSignals(stop)
  process.on('exit', (code) => {
    if (!stopping) log.error(`${name} ends with exit code ${code}, as its own code told the process to`)
  })
  try {
    const onReplaced = () => stop(`${path} is not its socket any more`, takeOverPatience)
    server = await startServer({ runtime, protocol, path, mode: socketMode, log, onReplaced })
  } catch (error) {
    log.error(reason(error))
    stopping = true
    if (process.stdin.isTTY) log.info(options.help())
    process.exit(1)
  }
  const versions = `kong-ts-pdk ${version}, Node ${process.version}, pid ${process.pid}`
  log.info(`${options.title} serves ${options.protocol} on ${path} (${versions})`)
  if (process.stdin.isTTY)
    log.info(
      'this is a plugin server: Kong Gateway starts it and talks to it over that socket; -help says how, Ctrl-C stops it',
    )
}

/**
 * Events in flight first, then the instances, then out. Each event has its time limit; the deadline is for load that
 * never pauses, and for instances that do not close.
 */
async function shutDown(
  name: string,
  server: Server | undefined,
  runtime: Runtime,
  longestEvent: number,
  patience: number,
): Promise<never> {
  const { log } = runtime
  const leaveAfter = (milliseconds: number) =>
    setTimeout(() => {
      log.warn(`${name} leaves with work undone, as stopping took longer than ${milliseconds} ms`)
      process.exit(0)
    }, milliseconds)
  leaveAfter(longestEvent + closeLimit)
  await server?.close(patience)
  leaveAfter(closeLimit)
  await runtime.close()
  process.exit(0)
}

/** Kong sends SIGTERM; when its worker is killed, the end of stdin, a pipe that carries nothing, is all that tells. */
function stopOnSignals(stop: (why: string) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => stop(`it got ${signal}`))
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
