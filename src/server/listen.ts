import { isatty } from 'node:tty'
import { reason } from '../errors.ts'
import type { Dialect } from '../pdk/phases.ts'
import type { Log } from '../plugin/log.ts'
import type { NamedPlugin } from '../plugin/plugin.ts'
import { Runtime } from '../plugin/runtime.ts'
import { protocols } from '../protocol/protocols.ts'
import { version } from '../version.ts'
import type { Address } from './arguments.ts'
import { divertOutput } from './divert.ts'
import type { Endpoint } from './metrics/endpoint.ts'
import { type Server, startServer } from './server.ts'
import { mapStack } from './stack.ts'
import { shutDown, stopOnSignals, takeOverPatience } from './stop.ts'

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
  /** Where metrics are served, if they are. */
  metrics: Address | undefined
}

/** Serves until a signal, the end of stdin, or another server on the path; then ends the process. */
export async function listenUntilStopped(options: ListenOptions): Promise<void> {
  const { plugins, name, path, socketMode, metrics } = options
  const { log } = divertOutput()
  const protocol = protocols[options.protocol]
  const meter = metrics && (await import('./metrics/meter.ts')).createMeter('main', options.protocol, plugins)
  const runtime = new Runtime({
    plugins,
    dialect: options.protocol,
    prepare: protocol.prepare,
    log,
    mapStack,
    ...(meter && { observe: meter.observe }),
  })
  let endpoint: Endpoint | undefined
  let server: Server | undefined
  let stopping = false
  const stop = (why: string, patience = 0) => {
    // A signal ends the patience of a take-over.
    if (stopping) void server?.close(patience)
    else {
      stopping = true
      log.info(`${name} stops: ${why}`)
      endpoint?.close()
      void shutDown({ name, plugins, runtime, drain: async () => server?.close(patience) })
    }
  }
  stopOnSignals(stop)
  process.on('exit', (code) => {
    server?.flush()
    if (!stopping) log.error(`${name} ends with exit code ${code}, as its own code told the process to`)
  })
  try {
    const onReplaced = () => stop(`${path} is not its socket any more`, takeOverPatience)
    server = await startServer({ runtime, protocol, path, mode: socketMode, log, onReplaced })
  } catch (error) {
    log.error(reason(error))
    stopping = true
    if (isatty(0)) log.info(options.help())
    process.exit(1)
  }
  announce(options, log)
  if (meter === undefined || metrics === undefined) return
  const { serverFacts } = await import('./metrics/meter.ts')
  const { openEndpoint } = await import('./metrics/endpoint.ts')
  const read = async () => [
    meter.metrics({ runtime, connections: server?.connections ?? 0 }, true),
    serverFacts(options.protocol, 0),
  ]
  if (!stopping) endpoint = openEndpoint({ address: metrics, mode: socketMode, log, read })
}

/** Says what serves where; to a person who has started it by hand also what it is. */
export function announce({ title, protocol, path }: ListenOptions, log: Log, how = ''): void {
  const versions = `kong-ts-pdk ${version}, Node ${process.version}, pid ${process.pid}`
  log.info(`${title} serves ${protocol} on ${path}${how} (${versions})`)
  if (isatty(0))
    log.info(
      'this is a plugin server: Kong Gateway starts it and talks to it over that socket; -help says how, Ctrl-C stops it',
    )
}
