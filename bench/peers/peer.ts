import { readFile, writeFile } from 'node:fs/promises'
import { BuildError } from '../../build/errors.ts'
import { lastWords, run } from '../../build/process.ts'
import type { Dialect } from '../../src/pdk/phases.ts'
import type { Handler } from '../client/handlers.ts'

/** A plugin server to compare with others, with a plugin for each handler. */
export interface Peer {
  readonly name: string
  /** Of the kit, and of what it runs on. */
  readonly version: string
  readonly dialects: readonly Dialect[]
  readonly handlers: readonly Handler[]
  /** Why it cannot be measured here; then it has no handlers. */
  readonly skip?: string
  /** It can serve with more than one process. */
  readonly hasWorkers?: boolean
  /** How its server is started; `prefix` is the folder that gets the socket. */
  start(handler: Handler, dialect: Dialect, prefix: string, workers?: number): Start
}

export interface Start {
  readonly command: string
  readonly args: readonly string[]
  /** All of it: Kong gives its plugin servers none. */
  readonly env: Readonly<Record<string, string>>
  readonly socket: string
}

/** Runs a tool to its end; returns what it printed. */
export async function runTool(tool: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv) {
  const outcome = await run(tool, args, { cwd, env: { ...process.env, ...env } })
  if (outcome.ended !== 0) throw new BuildError(`${tool} ${args[0]} failed: ${lastWords(outcome)}`)
  return outcome.stdout.trim()
}

/** Installs only where what is pinned has changed: a copy of the pins lies beside what came of them. */
export async function installOnce(pins: string, copy: string, install: () => Promise<void>): Promise<void> {
  const wanted = await readFile(pins, 'utf8')
  if ((await readFile(copy, 'utf8').catch(() => undefined)) === wanted) return
  await install()
  await writeFile(copy, wanted)
}
