import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { StringDecoder } from 'node:string_decoder'

/** A process that was started; whoever started it sees to its end. */
export interface Started {
  /** What it has printed so far. */
  readonly stdout: string
  /** The same with what it wrote to stderr, as Kong's log gets both. */
  readonly output: string
  /** `exit code 1`, `SIGTERM`, or undefined while it runs. */
  readonly end: string | undefined
  /** After its end: whether a process that it started still holds its output open. */
  readonly isHeldOpen: boolean
  /** Resolves at its end. */
  readonly ended: Promise<void>
  /** Resolves at its end; false when it has not come within the limit. */
  endedWithin(limit: number): Promise<boolean>
  signal(name: NodeJS.Signals): void
  /** What Kong's end looks like from inside, when no signal comes. */
  endStdin(): void
}

/** Hears of what a process writes, piece by piece. */
export type OnText = (stream: 'stdout' | 'stderr', text: string) => void

/** Bytes of a folder's path that leave room for the name of a socket in it: 107 bytes are the most in all. */
const longestRoom = 40

/** The longest output that is kept of a process. */
const mostOutput = 2 ** 24

/** Starts the binary as Kong does, in a private folder, and ends all that it started. */
export class Launcher {
  readonly #command: readonly string[]
  readonly #onText: OnText
  readonly #running = new Set<ChildProcess>()
  /** The prefix: only its owner can look into it. Its name is short, as the path of a socket must be. */
  readonly folder = mkdtempSync(join(tmpdir().length > longestRoom ? '/tmp' : tmpdir(), 'kts-'))
  readonly #onExit = () => this.#end()

  constructor(command: readonly string[], onText: OnText = () => undefined) {
    this.#command = command
    this.#onText = onText
    process.on('exit', this.#onExit)
  }

  /** Kong reads a dump with the whole environment of `kong start`. */
  dump(flags: readonly string[], env: NodeJS.ProcessEnv): Started {
    return this.#start(flags, env)
  }

  /** Kong starts a server with nothing in the environment but PWD. */
  serve(flags: readonly string[]): Started {
    return this.#start(flags, { PWD: this.folder })
  }

  close(): void {
    process.off('exit', this.#onExit)
    this.#end()
  }

  #end(): void {
    for (const child of this.#running) killGroup(child, 'SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  #start(flags: readonly string[], env: NodeJS.ProcessEnv): Started {
    const [first = '', ...words] = this.#command
    // It is started in another folder.
    const program = first.includes('/') ? resolve(first) : first
    const umask = process.umask(0)
    // A group of its own: Ctrl-C in a terminal goes to us only, and what it starts itself can be ended with it.
    const child = spawn(program, [...words, ...flags], { env, cwd: this.folder, detached: true })
    process.umask(umask)
    this.#running.add(child)
    return watch(child, this.#onText, () => this.#running.delete(child))
  }
}

function watch(child: ChildProcess, onText: OnText, onEnd: () => void): Started {
  const said = { stdout: '', output: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8')
    child[name]?.on('data', (bytes: Buffer) => {
      const text = decoder.write(bytes)
      onText(name, text)
      if (said.output.length >= mostOutput) return
      said.output += text
      if (name === 'stdout') said.stdout += text
    })
  }
  child.stdin?.on('error', () => undefined)
  let end: string | undefined
  let closed = false
  const ended = new Promise<void>((resolve) => {
    const finish = (how: string) => {
      end ??= how
      // What it left running would go on for ever, and keep us from ending as long as it holds a pipe of ours.
      killGroup(child, 'SIGKILL')
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy()
      onEnd()
      resolve()
    }
    child.on('error', (error) => finish(`not having started: ${error.message}`))
    child.on('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`
      // What it left running may hold its output open for ever.
      const timer = setTimeout(finish, 1000, how)
      child.on('close', () => {
        closed = end === undefined
        clearTimeout(timer)
        finish(how)
      })
    })
  })
  return {
    get stdout() {
      return said.stdout
    },
    get output() {
      return said.output
    },
    get end() {
      return end
    },
    get isHeldOpen() {
      return end !== undefined && !closed
    },
    ended,
    async endedWithin(limit) {
      let timer: NodeJS.Timeout | undefined
      const expired = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limit)
      })
      await Promise.race([ended, expired])
      clearTimeout(timer)
      return end !== undefined
    },
    signal: (name) => {
      if (name === 'SIGKILL') killGroup(child, name)
      else child.kill(name)
    },
    endStdin: () => child.stdin?.end(),
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It is gone.
  }
}
