import { statSync } from 'node:fs'
import { BuildError } from '../../../build/errors.ts'
import { reason } from '../../errors.ts'
import { DebuggerPort } from './debugger-port.ts'
import { FolderWatch } from './folder-watch.ts'
import type { Executable, Origin, Reading } from './origin.ts'
import type { Problem, Program, ProgramOptions, Release, ReleaseLease } from './release.ts'
import { RunningRelease } from './running-release.ts'
import { type ServerProcess, said, startServerProcess } from './server-process.ts'

/** Milliseconds until a server has to listen, and its dump has to end. */
const startLimit = 10_000

/** Milliseconds between two starts of a server that ends by itself, as in Kong. */
const restartInterval = 1000

/** Milliseconds that a server has to end at SIGTERM: over MsgPack:1 it waits for events that Kong has left. */
const patience = 5000

/** The same when all ends. */
const closePatience = 1000

/** Milliseconds by which a file system's clock may be behind. */
const clockStep = 10

interface Starting {
  readonly executable: Executable
  /** The server before it ended by itself. */
  readonly isRestart: boolean
  readonly abort: AbortController
}

/** A program that follows its files: the latest state always wins, and what cannot run leaves the one before. */
export class LiveProgram implements Program {
  readonly given: string
  readonly #origin: Origin
  readonly #options: ProgramOptions
  readonly #folders: FolderWatch
  readonly #port: DebuggerPort
  /** Those with a process, and the ends of those that nobody uses any more. */
  readonly #all = new Map<RunningRelease, Promise<void> | undefined>()
  readonly #launches = new Set<Promise<void>>()
  #files: ReadonlySet<string> = new Set()
  #watched: ReadonlySet<string> = new Set()
  #current: RunningRelease | undefined
  #starting: Starting | undefined
  /** What the latest save makes, where it makes anything. */
  #wanted: Executable | undefined
  #lastStart = Number.NEGATIVE_INFINITY
  #restart: NodeJS.Timeout | undefined
  /** Why the latest save does not run, and how the latest server ended by itself. */
  #refused: string | undefined
  #crashed: string | undefined
  #problem: Problem | undefined
  /** Something may have changed since it was read; and somebody has saved it. */
  #isDirty = false
  #isSaved = false
  #reading: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(given: string, origin: Origin, options: ProgramOptions) {
    this.given = given
    this.#origin = origin
    this.#options = options
    this.#port = new DebuggerPort(options.inspect)
    this.#folders = new FolderWatch({
      matters: (file) => this.#refused !== undefined || this.#files.has(file),
      onChange: () => this.retry(),
      onFailure: options.onOutput,
    })
  }

  /** Starts the first release; a BuildError says why there is none. */
  async open(): Promise<void> {
    const since = Date.now()
    const reading = await this.#origin.read()
    if (reading.outcome instanceof BuildError) throw reading.outcome
    this.#wanted = reading.outcome
    await this.#launch(reading.outcome, false)
    if (this.#refused !== undefined) throw new BuildError(this.#refused)
    if (await this.#follow(reading, since)) this.#readSoon()
  }

  get current(): Release {
    return this.#running.release
  }

  get problem(): Problem | undefined {
    return this.#problem
  }

  lease(): ReleaseLease {
    return this.#running.lease()
  }

  resolveSource(name: string): string | undefined {
    return this.#origin.resolveSource(name)
  }

  retry(): void {
    this.#isSaved = true
    this.#readSoon()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  get #running(): RunningRelease {
    if (this.#current === undefined) throw new Error(`${this.given} was not started`)
    return this.#current
  }

  #readSoon(): void {
    this.#isDirty = true
    this.#reading ??= this.#readAll()
  }

  async #readAll(): Promise<void> {
    while (this.#isDirty && this.#closing === undefined) {
      this.#isDirty = false
      const since = Date.now()
      const reading = await this.#origin.read().catch((error: unknown) => {
        const outcome = new BuildError(reason(error))
        return { outcome, files: this.#files, folders: this.#watched }
      })
      if (this.#closing !== undefined) break
      this.#offer(reading.outcome)
      if (await this.#follow(reading, since)) this.#isDirty = true
    }
    this.#reading = undefined
  }

  /** Watches what a reading has read; true where some of it has changed before it was watched. */
  async #follow({ files, folders }: Reading, since: number): Promise<boolean> {
    this.#files = files
    this.#watched = folders
    if (!(await this.#folders.watch(folders))) return false
    return [...files].some((file) => {
      const stats = statSync(file, { throwIfNoEntry: false })
      return stats === undefined || stats.mtimeMs >= since - clockStep
    })
  }

  #offer(outcome: Executable | BuildError): void {
    const isSaved = this.#isSaved
    this.#isSaved = false
    const isWanted = (executable: Executable | undefined) =>
      executable !== undefined && !(outcome instanceof BuildError) && executable.id === outcome.id
    if (!isWanted(this.#starting?.executable)) {
      this.#starting?.abort.abort()
      this.#starting = undefined
    }
    if (outcome instanceof BuildError) {
      this.#wanted = undefined
      this.#refused = outcome.message
      this.#publish()
      this.#restartIfEnded()
      return
    }
    this.#wanted = outcome
    if (this.#starting !== undefined) return
    const isSame = isWanted(this.#current?.executable)
    if (!isSame || this.#running.hasEnded) {
      void this.#launch(outcome, isSame && !isSaved)
      return
    }
    this.#refused = undefined
    if (isSaved) this.#crashed = undefined
    this.#publish()
  }

  #launch(executable: Executable, isRestart: boolean): Promise<void> {
    clearTimeout(this.#restart)
    const starting = { executable, isRestart, abort: new AbortController() }
    this.#starting = starting
    this.#lastStart = performance.now()
    const launch = this.#launchNow(starting).finally(() => this.#launches.delete(launch))
    this.#launches.add(launch)
    return launch
  }

  async #launchNow(starting: Starting): Promise<void> {
    const { executable, isRestart, abort } = starting
    try {
      const server = await startServerProcess({
        executable,
        dialect: this.#options.dialect,
        limit: startLimit,
        nodeFlags: this.#port.flags,
        onStart: (started) => this.#port.started(started),
        signal: abort.signal,
      })
      const release = this.#releaseOf(server)
      const refusal = abort.signal.aborted ? 'it is not wanted any more' : this.#options.accept(release)
      if (refusal !== undefined) {
        await server.stop(0)
        throw new BuildError(refusal)
      }
      this.#starting = undefined
      const onUnused = (running: RunningRelease) => void this.#retire(running, patience)
      this.#take(new RunningRelease(release, executable, server, onUnused), isRestart)
    } catch (error) {
      if (abort.signal.aborted) return
      if (isRestart) this.#crashed = `It ended by itself, and could not be started again: ${reason(error)}`
      else this.#refused = reason(error)
      if (this.#current !== undefined) this.#publish()
    } finally {
      if (this.#starting === starting) this.#starting = undefined
      this.#restartIfEnded()
    }
  }

  #releaseOf({ plugins, dialect, socket }: ServerProcess): Release {
    const number = (this.#current?.release.number ?? 0) + 1
    return { number, plugins, dialect, socket }
  }

  /** From here on it takes the requests. */
  #take(running: RunningRelease, isRestart: boolean): void {
    const { onOutput, onRelease } = this.#options
    const { release, executable, server } = running
    const old = this.#current
    this.#current = running
    this.#all.set(running, undefined)
    void server.started.ended.then(() => this.#ended(running))
    this.#port.follow(server.started)
    if (!isRestart) for (const warning of executable.warnings) onOutput(`Warning: ${warning}`)
    server.lines.listen(onOutput)
    if (this.#wanted?.id === executable.id) this.#refused = undefined
    if (!isRestart) this.#crashed = undefined
    onRelease(release)
    old?.supersede()
    this.#publish()
  }

  #ended(running: RunningRelease): void {
    const { release, server } = running
    if (running !== this.#current || this.#closing !== undefined) return
    const how = `The process of release ${release.number} ended by itself with ${server.started.end}`
    this.#crashed = `${how}; it is started again, at most once a second${said(server.lines.last.join('\n'))}`
    this.#publish()
    this.#restartIfEnded()
  }

  async #retire(running: RunningRelease, limit: number): Promise<void> {
    const isFirst = this.#all.get(running) === undefined
    if (isFirst) this.#options.onRetired(running.release)
    const end = running.server.stop(limit)
    if (isFirst) this.#all.set(running, end)
    await end
    this.#all.delete(running)
  }

  #restartIfEnded(): void {
    clearTimeout(this.#restart)
    if (this.#current?.hasEnded !== true || this.#starting !== undefined || this.#closing !== undefined)
      return
    const { executable } = this.#current
    const wait = this.#lastStart + restartInterval - performance.now()
    this.#restart = setTimeout(() => void this.#launch(executable, true), Math.max(0, wait))
  }

  #publish(): void {
    const text = [this.#refused, this.#crashed].filter((one) => one !== undefined).join('\n')
    if (text === (this.#problem?.text ?? '')) return
    this.#problem = text === '' ? undefined : { source: this.given, text }
    this.#options.onProblem(this.#problem)
  }

  async #close(): Promise<void> {
    clearTimeout(this.#restart)
    this.#starting?.abort.abort()
    await Promise.all([
      this.#folders.close(),
      this.#reading,
      ...this.#launches,
      ...[...this.#all.keys()].map((running) => this.#retire(running, closePatience)),
    ])
    await this.#folders.close()
  }
}
