import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { drive, type Measured } from '../client/drive.ts'
import type { Peer } from '../peers/peer.ts'
import type { Sample, Setting } from './results.ts'

export interface ServerRequest {
  readonly client: string
  /** Gets a folder for the server's socket and log. */
  readonly folder: string
  readonly peer: Peer
  readonly setting: Setting
}

export interface Server {
  readonly pid: number
  readonly socket: string
  /** Drives it for so many seconds, after so many that do not count. */
  measure(seconds: number, warmup: number): Promise<Omit<Sample, 'round'>>
  close(): Promise<void>
}

/** Starts a server, which is idle while it is not measured. */
export async function startServer({ client, folder, peer, setting }: ServerRequest): Promise<Server> {
  const { handler, dialect, workers } = setting
  const prefix = await mkdtemp(join(folder, 's-'))
  const { command, args, env, socket } = peer.start(handler, dialect, prefix, workers)
  const log = await open(join(prefix, 'log'), 'w')
  const server = spawn(command, args, { env, cwd: prefix, stdio: ['pipe', log.fd, log.fd] })
  server.on('error', () => undefined) // it has no pid then
  const pid = server.pid ?? 0
  try {
    await waitForSocket(server, socket)
  } catch (error) {
    const explained = await explain(error, prefix)
    await close()
    throw explained
  }
  return { pid, socket, measure, close }

  async function measure(seconds: number, warmup: number): Promise<Omit<Sample, 'round'>> {
    try {
      const { connections, instances, body } = setting
      const load = { dialect, handler, connections, instances, body, seconds, warmup }
      return pick(await drive({ client, socket, pid, ...load }))
    } catch (error) {
      throw await explain(error, prefix)
    }
  }

  async function close(): Promise<void> {
    await stop(server)
    await log.close()
    await rm(prefix, { recursive: true, force: true })
  }
}

function pick({ latency, cpuMicrosPerEvent, ...found }: Measured): Omit<Sample, 'round'> {
  const { events, failures, eventsPerSecond, clientCpuShare } = found
  if (events === 0) throw new Error(`No event ended well: ${failures} failed, ${found.firstMismatch}`)
  const { p50, p99, p999 } = latency
  const cpuMicros = Math.round(cpuMicrosPerEvent * 100) / 100
  const memory = Math.round(found.memory * 100) / 100
  return { events, failures, eventsPerSecond, p50, p99, p999, cpuMicros, clientCpuShare, memory }
}

export async function waitForSocket(server: ChildProcess, socket: string): Promise<void> {
  for (const end = performance.now() + 15_000; performance.now() < end; await pause(10)) {
    if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) break
    if (await isListening(socket)) return
  }
  throw new Error('The server did not listen on its socket within 15 seconds')
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

async function explain(error: unknown, prefix: string): Promise<Error> {
  const lines = (await readFile(join(prefix, 'log'), 'utf8')).trim().slice(-1000)
  return new Error(`${(error as Error).message}; the server's log ends with: ${lines || 'nothing'}`)
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
  const exit = once(server, 'exit')
  server.kill('SIGTERM')
  const timer = setTimeout(() => server.kill('SIGKILL'), 1000)
  await exit
  clearTimeout(timer)
}
