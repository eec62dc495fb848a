import { existsSync, lstatSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { show } from '../errors.ts'
import { Launcher, type Started } from '../fake-kong/launcher.ts'
import { type Dialect, isDialect, isPhase } from '../pdk/phases.ts'
import type { DumpSchema } from '../schema/check.ts'
import { TestingError } from './errors.ts'
import { type Host, type Settings, SocketWorkers, type Subject } from './host.ts'
import { startPieces } from './pieces.ts'
import type { Watch } from './watch.ts'

/** Milliseconds that a server has to end at SIGTERM, and those where it waits for events that Kong has left. */
const patience = 5000
const patienceWithLeft = 300

interface Running {
  readonly binary: string
  readonly launcher: Launcher
  readonly flags: readonly string[]
  readonly socket: string
  readonly dialect: Dialect
  readonly settings: Settings
}

/** Asks a binary for its dump, as Kong does when it starts. */
export async function describeBinary(given: string, settings: Settings): Promise<Subject> {
  const binary = resolve(given)
  if (/\.[cm]?[jt]sx?$/.test(given))
    throw new TestingError(
      `Cannot run ${given}: it is a source file; import it and give what it exports, or build it and give the binary`,
    )
  if (!existsSync(binary))
    throw new TestingError(`Cannot run ${given}: there is no such file; build it first`)
  if (settings.level !== undefined)
    throw new TestingError(
      `Cannot run ${given} at the level ${settings.level}: a binary is a process of its own`,
    )
  const launcher = new Launcher([binary])
  try {
    const flags = flagsFor(launcher.folder, settings)
    const { Protocol, SocketPath, Plugins } = await dump(given, launcher, flags, settings)
    const [plugin] = Array.isArray(Plugins) ? Plugins : []
    const { Name, Priority, Phases, Schema } = (plugin ?? {}) as Record<string, unknown>
    if (typeof Protocol !== 'string' || !isDialect(Protocol) || !Array.isArray(Phases))
      throw new TestingError(
        `Cannot run ${given}: its dump is not one that Kong takes; try kong-ts smoke ${given}`,
      )
    const socket =
      typeof SocketPath === 'string' ? SocketPath : join(launcher.folder, `${String(Name)}.socket`)
    return {
      name: String(Name),
      priority: Number(Priority),
      phases: Phases.map(String).filter(isPhase),
      schema: Schema as DumpSchema,
      level: 'binary',
      open: (watch) => open({ binary: given, launcher, flags, socket, dialect: Protocol, settings }, watch),
      close: () => launcher.close(),
    }
  } catch (error) {
    launcher.close()
    throw error
  }
}

/** One plugin of several is dumped on a socket of its own, and all are served on one. */
function flagsFor(folder: string, { dialect, name }: Settings): string[] {
  return [
    ...['-kong-prefix', folder],
    ...(dialect === undefined ? [] : ['-protocol', dialect]),
    ...(name === undefined ? [] : ['-socket', join(folder, 'bundle.socket')]),
  ]
}

async function dump(
  binary: string,
  launcher: Launcher,
  flags: readonly string[],
  { limit, name }: Settings,
): Promise<Record<string, unknown>> {
  const chosen = name === undefined ? [] : ['-plugin', name]
  const run = launcher.dump([...flags, ...chosen, '-dump'], process.env)
  run.endStdin()
  if (!(await run.endedWithin(limit)))
    throw new TestingError(`Cannot run ${binary}: its -dump did not end within ${limit} ms`)
  try {
    return JSON.parse(run.stdout) as Record<string, unknown>
  } catch {
    const several = /, and here are (.*?)\. Call /.exec(run.output)?.[1]
    if (several !== undefined)
      throw new TestingError(`Cannot run ${binary}: it holds ${several}: choose one of them with name`)
    throw new TestingError(
      `Cannot run ${binary}: its -dump ended with ${run.end} and printed ${show(run.output.trim())}`,
    )
  }
}

async function open(running: Running, watch: Watch): Promise<Host> {
  const { launcher, socket, dialect, settings } = running
  const { limit, pieces } = settings
  const servers = [await startServer(running)]
  const path = join(launcher.folder, 'pieces.socket')
  const cutter = pieces === undefined ? undefined : await startPieces(path, socket, pieces)
  const workers = new SocketWorkers(dialect, cutter?.path ?? socket, limit, watch)
  return {
    get output() {
      return servers.flatMap(({ output }) => output.split('\n').filter((line) => line !== ''))
    },
    createWorker: (configured) => workers.create(configured),
    async restart() {
      const old = servers.at(-1) as Started
      servers.push(await startServer(running))
      // Over MsgPack:1 a request that meets the end of its connection would pass without the plugin.
      workers.close()
      await stop(old, limit, patience)
    },
    async close() {
      workers.close()
      await stop(servers.at(-1) as Started, limit, workers.haveLeft ? patienceWithLeft : patience)
      cutter?.close()
    },
  }
}

/** Starts a server as Kong does, and waits until its own socket stands at the path. */
async function startServer({ binary, launcher, flags, socket, settings }: Running): Promise<Started> {
  const { limit } = settings
  const before = fileAt(socket)
  const started = launcher.serve(flags)
  const expired = performance.now() + limit
  while (fileAt(socket) === before || fileAt(socket) === undefined) {
    if (started.end !== undefined)
      throw new TestingError(
        `Cannot run ${binary}: it ended with ${started.end}, saying ${show(started.output.trim())}`,
      )
    if (performance.now() > expired)
      throw new TestingError(`Cannot run ${binary}: ${socket} was not there after ${limit} ms`)
    await delay(2)
  }
  return started
}

/** Stands for the file at a path. */
function fileAt(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.ino} ${stats.ctimeNs}`
}

async function stop(server: Started, limit: number, milliseconds: number): Promise<void> {
  server.signal('SIGTERM')
  if (await server.endedWithin(Math.min(milliseconds, limit))) return
  server.signal('SIGKILL')
  await server.endedWithin(limit)
}
