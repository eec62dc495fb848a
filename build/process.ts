import { spawn } from 'node:child_process'
import { BuildError } from './errors.ts'

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  /** The exit code, or the signal that ended the process. */
  readonly ended: number | NodeJS.Signals | null
}

/** Runs a program to its end without a terminal; a program that cannot be started is a BuildError. */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; timeout?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.on('error', (error) => reject(new BuildError(`Cannot run ${program}: ${error.message}`)))
    child.on('close', (code, signal) => resolve({ stdout, stderr, ended: code ?? signal }))
  })
}

/** The end of what a program said, for a sentence that quotes it. */
export function lastWords({ stdout, stderr, ended }: Outcome): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n').slice(-16)
  const said = lines.map((line) => line.slice(0, 300)).join('\n')
  return said === '' ? `it ended with ${ended} and said nothing` : `it ended with ${ended} and said:\n${said}`
}
