import { createServer } from 'node:net'
import { reason } from '../../errors.ts'
import type { Log } from '../../plugin/log.ts'
import { abandonedIn } from '../../protocol/abandoned.ts'
import type { WorkerFlags } from '../arguments.ts'
import { divertOutput } from '../divert.ts'
import { announce, type ListenOptions } from '../listen.ts'
import { listen, privatePathOf, watchPath } from '../socket.ts'
import { closeLimit, longestEventOf, stopOnSignals, takeOverPatience } from '../stop.ts'
import { Crew } from './crew.ts'
import { HandOver } from './hand-over.ts'
import { linkWorkers } from './links.ts'
import type { FromWorker } from './messages.ts'
import { Registry } from './registry.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Milliseconds more than a worker takes itself to stop. */
const grace = 1000

/**
 * Owns the socket, the signals and the list of instances, and serves no connection: its workers do. Ends the process
 * when they have, after a signal, the end of stdin, or another server on the path.
 */
export async function leadWorkers(options: ListenOptions & { workers: WorkerFlags }): Promise<void> {
  const { plugins, name, path, protocol, workers: flags } = options
  const { log } = divertOutput()
  const registry = new Registry(plugins)
  const handOver: HandOver = new HandOver(() => crew.workers, abandonedIn(protocol, plugins))
  const idle = new Set<WorkerProcess>()
  let patience: number | undefined
  const linked = new Set<WorkerProcess>()
  const { metrics } = options
  const watched = metrics && (await import('../metrics/of-workers.ts')).watchWorkers(() => crew.informed)
  let binding: Promise<unknown> = Promise.resolve()

  /** One after the other: the private path is used by one at a time, and each two workers are connected once. */
  const bind = <T>(act: () => Promise<T>): Promise<T> => {
    const bound = binding.then(act)
    binding = bound.catch(() => undefined)
    return bound
  }
  const link = async (worker: WorkerProcess): Promise<void> => {
    try {
      await linkWorkers(worker, [...linked], privatePathOf(path))
    } catch (error) {
      log.error(`cannot connect the workers of ${name}: ${reason(error)}`)
    }
    if (worker.informed) linked.add(worker)
  }
  const heard = (worker: WorkerProcess, message: FromWorker): void => {
    if (message.kind === 'took') handOver.taken(worker, message.id)
    else if (message.kind === 'gone') handOver.gone(worker, message.id)
    else if (message.kind === 'start') void start(worker, message)
    else if (message.kind === 'started') setStarting(worker, message.connection, false)
    else if (message.kind === 'close-instance') registry.close(message.id, others(worker))
    else if (message.kind === 'pong') registry.used(message.used)
    else if (message.kind === 'measured') watched?.measured(worker, message.scrape, message.metrics)
    else if (message.kind === 'idle') {
      idle.add(worker)
      tellWhenIdle()
    }
  }
  const others = (worker: WorkerProcess) => crew.informed.filter((other) => other !== worker)
  const start = async (worker: WorkerProcess, message: FromWorker & { kind: 'start' }): Promise<void> => {
    setStarting(worker, message.connection, true)
    await registry.start(message, others(worker))
    worker.send({ kind: 'known', id: message.id })
  }
  const setStarting = (worker: WorkerProcess, id: number, starting: boolean) => {
    const connection = worker.connections.get(id)
    if (connection !== undefined) connection.starting = starting
  }
  const tellWhenIdle = () => {
    if (patience !== undefined && crew.informed.every((worker) => idle.has(worker)))
      crew.tellAll({ kind: 'all-idle' })
  }
  const crew: Crew = new Crew({
    name,
    count: flags.count,
    timeout: Math.max(flags.timeout, longestEventOf(plugins)),
    log,
    async prepare(worker) {
      registry.teach(worker)
      if (protocol === 'MsgPack:1') await bind(() => link(worker))
    },
    serves() {
      for (const worker of crew.informed)
        worker.send({ kind: 'siblings', pids: others(worker).flatMap(({ pid }) => pid ?? []) })
      handOver.serveWaiting()
    },
    heard,
    ended(worker) {
      linked.delete(worker)
      if (patience === undefined) watched?.ended(worker)
      handOver.release(worker)
      tellWhenIdle()
    },
    blamed({ lastTurn }) {
      const plugin = lastTurn && registry.pluginOf(lastTurn.instance)
      return plugin === undefined
        ? 'a handler'
        : `${plugin} ${lastTurn?.phase} (instance ${lastTurn?.instance})`
    },
    looks() {
      registry.expire(crew.informed)
      watched?.refresh()
    },
  })
  const listener = createServer({ pauseOnConnect: true }, (socket) => handOver.accept(socket))
  let watch: NodeJS.Timeout | undefined
  const stop = (why: string, milliseconds = 0): void => {
    const first = patience === undefined
    patience = milliseconds
    if (first) {
      log.info(`${name} stops: ${why}`)
      clearInterval(watch)
      watched?.close()
      listener.close()
      handOver.letGo()
      void leave(name, crew, longestEventOf(plugins), log)
    }
    crew.tellAll({ kind: 'drain', patience })
  }
  stopOnSignals(stop)
  await crew.manned()
  if (patience !== undefined) return
  try {
    const file = await bind(() => listen(listener, path, options.socketMode))
    if (patience !== undefined) {
      listener.close()
      return
    }
    watch = watchPath(file, () => stop(`${path} is not its socket any more`, takeOverPatience))
  } catch (error) {
    log.error(reason(error))
    crew.killAll()
    if (process.stdin.isTTY) log.info(options.help())
    process.exit(1)
  }
  listener.on('error', (error) => log.error(`cannot accept a connection: ${error.message}`))
  announce(options, log, ` with ${flags.count} workers`)
  if (metrics !== undefined) watched?.open({ address: metrics, mode: options.socketMode, log, protocol })
}

async function leave(name: string, crew: Crew, longestEvent: number, log: Log): Promise<never> {
  const limit = longestEvent + closeLimit + grace
  setTimeout(() => {
    log.warn(`${name} leaves with work undone, as its workers took longer than ${limit} ms`)
    crew.killAll()
    process.exit(0)
  }, limit)
  await crew.stop()
  process.exit(0)
}
