import { type ChildProcess, spawn } from 'node:child_process'
import { BuildError } from './errors.ts'

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  /** The exit code, or the signal that ended the process. */
  readonly ended: number | NodeJS.Signals | null
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Milliseconds after which it is killed. */
  readonly timeout?: number
  readonly shell?: boolean
  /** Kills it; that too is a BuildError. */
  readonly signal?: AbortSignal
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a program to its end without a terminal, and no longer than this process; one that cannot be started is a BuildError. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.on('error', (error) => {
      running.delete(child)
      reject(new BuildError(`Cannot run ${program}: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ stdout, stderr, ended: code ?? signal })
    })
  })
}

/** The end of what a program said, for a sentence that quotes it. */
export function lastWords({ stdout, stderr, ended }: Outcome): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n').slice(-16)
  const said = lines.map((line) => line.slice(0, 300)).join('\n')
  return said === '' ? `it ended with ${ended} and said nothing` : `it ended with ${ended} and said:\n${said}`
}
