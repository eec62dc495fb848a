import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readDumps, wordsOf } from '../../../build/dump.ts'
import { BuildError } from '../../../build/errors.ts'
import { Launcher, type Started } from '../../fake-kong/launcher.ts'
import type { Dialect } from '../../pdk/phases.ts'
import { describedIn } from './described.ts'
import { Lines } from './lines.ts'
import type { Executable } from './origin.ts'
import type { ReleasedPlugin } from './release.ts'

/** What Node writes when its work is done and a debugger is still attached. */
const awaitsDebugger = /^Waiting for the debugger to disconnect/m

export interface ServerRequest {
  readonly executable: Executable
  readonly dialect: Dialect | undefined
  /** Milliseconds until it has to listen, and its dump has to end. */
  readonly limit: number
  /** Flags of Node itself. */
  readonly nodeFlags: readonly string[]
  /** Hears of the process as soon as there is one. */
  readonly onStart: (started: Started) => void
  /** Ends it before it is ready. */
  readonly signal: AbortSignal
}

/** A plugin server that listens, in a private folder. */
export interface ServerProcess {
  readonly plugins: readonly ReleasedPlugin[]
  readonly dialect: Dialect
  readonly socket: string
  readonly lines: Lines
  readonly started: Started
  /** SIGTERM, after so many milliseconds SIGKILL; then nothing of it is left. */
  stop(patience: number): Promise<void>
}

/** Starts a server and reads its dump meanwhile; a BuildError says why there is none. */
export async function startServerProcess(request: ServerRequest): Promise<ServerProcess> {
  const { executable, dialect, limit, nodeFlags, onStart, signal } = request
  const { program, names } = executable
  const lines = new Lines()
  const launcher = new Launcher([program], (stream, text) => {
    lines.push(stream, text)
    // It has ended but for that: the next one wants the port.
    if (nodeFlags.length > 0 && awaitsDebugger.test(text)) started?.signal('SIGKILL')
  })
  const { folder } = launcher
  const socket = join(folder, 'socket')
  const failure = new AbortController()
  const abort = () => failure.abort()
  signal.addEventListener('abort', abort)
  let started: Started | undefined
  const stop = async (patience: number) => {
    if (started !== undefined) await end(started, patience)
    launcher.close()
  }
  try {
    const words = [...(await executable.place(folder)), '-socket', socket, ...protocolFlags(dialect)]
    if (signal.aborted) throw new BuildError('it was ended before it had started')
    started = launcher.serve([...nodeFlags, ...words])
    onStart(started)
    void started.ended.then(() => lines.end())
    const options = { cwd: folder, timeout: limit, signal: failure.signal }
    const dumped = readDumps(program, words, names, '', options).catch((error: unknown) => {
      // Its words are better than those of a server that ends for the same reason.
      abort()
      throw error
    })
    const outcomes = await Promise.allSettled([dumped, listening(started, socket, limit, failure.signal)])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    return { ...describedIn(await dumped), socket, lines, started, stop }
  } catch (error) {
    await stop(0)
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function protocolFlags(dialect: Dialect | undefined): string[] {
  return dialect === undefined ? [] : ['-protocol', dialect]
}

/** The socket gets its name when connections are taken. */
async function listening(
  started: Started,
  socket: string,
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  const expired = performance.now() + limit
  while (!existsSync(socket)) {
    if (started.end !== undefined)
      throw new BuildError(`its server ended with ${started.end} before it listened${said(started.output)}`)
    if (performance.now() > expired)
      throw new BuildError(
        `its server did not listen within ${limit / 1000} s: what its file does while it is loaded must end${said(started.output)}`,
      )
    if (signal.aborted) throw new BuildError('it was ended before it listened')
    await delay(2)
  }
}

/** What a process said, behind a sentence. */
export function said(output: string): string {
  const words = wordsOf(output)
  return words === '' ? '' : `, after saying:\n${words}`
}

async function end(started: Started, patience: number): Promise<void> {
  if (patience > 0) {
    started.signal('SIGTERM')
    if (await started.endedWithin(patience)) return
  }
  started.signal('SIGKILL')
  await started.ended
}
