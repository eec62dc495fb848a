import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePlugins } from '../../../build/bundle.ts'
import { hostPlatform } from '../../../build/targets.ts'

const root = mkdtempSync(join(tmpdir(), 'kts-'))
const started = new Set<ChildProcess>()
let folders = 0

process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

/** A new folder that is gone when the process ends. */
export function newFolder(): string {
  const folder = join(root, `${folders++}`)
  mkdirSync(folder)
  return folder
}

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

/** A fixture as the file that Node runs; the plugin takes its name from it. */
export async function bundle(file: string, name = 'work'): Promise<string> {
  return bundleAll(name, { [name]: file })
}

/** Several fixtures as one file that Node runs, by the names of the plugins. */
export async function bundleAll(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const code = join(newFolder(), `${name}.cjs`)
  const plugins = Object.entries(files).map(([plugin, file]) => ({ name: plugin, file: fixture(file) }))
  await bundlePlugins({ plugins, platform: hostPlatform(), code })
  return code
}

export interface Program {
  readonly child: ChildProcess
  /** What came so far. */
  readonly out: () => string
  readonly errors: () => string
  /** Resolves once stderr matches, rejects when the process ends before that. */
  readonly said: (pattern: RegExp) => Promise<string>
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Starts a program; it is ended with the test process at the latest. */
export function run(command: string, args: readonly string[], options: SpawnOptions = {}): Program {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  started.add(child)
  let out = ''
  let errors = ''
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (errors += chunk))
  const ended = once(child, 'close').then(([code, signal]) => {
    started.delete(child)
    return (code ?? signal) as number | NodeJS.Signals
  })
  const said = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(errors)) {
      const over = child.exitCode !== null || child.signalCode !== null
      if (over) throw new Error(`the process ended before it said ${pattern}: ${errors}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return errors
  }
  return { child, out: () => out, errors: () => errors, said, ended }
}

/** Starts a bundle's server on a socket of its own and waits until it serves. */
export async function serve(
  code: string,
  args: readonly string[] = [],
  options: SpawnOptions & { socket?: string } = {},
): Promise<Program & { socket: string }> {
  const { socket = join(newFolder(), 's'), ...spawning } = options
  const program = run(process.execPath, [code, '-socket', socket, ...args], spawning)
  await program.said(/^info: .* serves /m)
  return { ...program, socket }
}

/** Waits for a condition that another process brings about. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 2000) throw new Error(`in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Ends what still runs: a test that failed may have left something behind, which would keep this process. */
export function stopAll(): void {
  for (const child of started) child.kill('SIGKILL')
}
