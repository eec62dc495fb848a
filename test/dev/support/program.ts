import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Problem, Program, ProgramOptions, Release } from '../../../src/dev/program/release.ts'
import { startProgram } from '../../../src/dev/program/start.ts'
import { Worker } from '../../../src/fake-kong/worker.ts'
import { createWorld } from '../../../src/fake-kong/world.ts'

/** Milliseconds that a test waits for what has to happen. */
const limit = 30_000

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder of somebody who writes a plugin: the header x-word has what helper.ts says. */
export class Author {
  readonly folder = mkdtempSync(join(tmpdir(), 'kts-dev-'))
  readonly plugin = join(this.folder, 'hello.ts')

  constructor() {
    folders.push(this.folder)
    this.write('package.json', '{ "name": "mine", "type": "module" }')
    this.say('one')
    this.handle("kong.response.setHeader('x-word', word)")
  }

  /** Writes the plugin with this body of its handler, and this in front of the definition. */
  handle(body: string, before = ''): void {
    this.write(
      'hello.ts',
      `import { definePlugin } from 'kong-ts-pdk'
import { word } from './helper.ts'
${before}
export default definePlugin({
  version: '1.2.3',
  priority: 7,
  async access(kong) {
    ${body}
  },
})
`,
    )
  }

  /** Lets each server note its process before anything else: gives what tells those that are still there. */
  notePids(): () => number[] {
    const notes = this.write('notes/pids', '')
    this.handle(
      "kong.response.setHeader('x-word', word)",
      `import { appendFileSync } from 'node:fs'
if (!process.argv.includes('-dump')) appendFileSync(${JSON.stringify(notes)}, process.pid + '\\n')`,
    )
    const all = () => readFileSync(notes, 'utf8').trim().split('\n').map(Number)
    return () => all().filter(isAlive)
  }

  say(word: string): void {
    this.write('helper.ts', `export const word: string = '${word}'\n`)
  }

  write(file: string, text: string): string {
    const path = join(this.folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  /** As editors save that never leave a file half written. */
  replace(file: string, text: string): void {
    renameSync(this.write(`${file}.tmp`, text), join(this.folder, file))
  }
}

/** A program with all that it has told. */
export interface Watched {
  readonly program: Program
  readonly releases: readonly Release[]
  readonly retired: readonly Release[]
  readonly problems: readonly (Problem | undefined)[]
  readonly output: readonly string[]
}

export async function watchProgram(given: string, options: Partial<ProgramOptions> = {}): Promise<Watched> {
  const told = {
    releases: [] as Release[],
    retired: [] as Release[],
    problems: [] as (Problem | undefined)[],
    output: [] as string[],
  }
  const program = await startProgram(given, {
    accept: () => undefined,
    onRelease: (release) => told.releases.push(release),
    onRetired: (release) => told.retired.push(release),
    onProblem: (problem) => told.problems.push(problem),
    onOutput: (line) => told.output.push(line),
    ...options,
  })
  return { program, ...told }
}

/** Waits until something holds. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const expired = performance.now() + limit
  while (!(await holds())) {
    if (performance.now() > expired) throw new Error(`${what} did not happen within ${limit} ms`)
    await delay(5)
  }
}

/** Runs an access event with a release; gives the header x-word, or the status where the plugin answered. */
export async function ask({ dialect, socket, plugins }: Release): Promise<string | number | undefined> {
  const name = plugins[0]?.name ?? ''
  const worker = new Worker(dialect, socket, { name, config: {} }, { limit })
  try {
    const world = createWorld()
    const { end } = await worker.handle('access', world)
    return end === 'exited' ? world.response.status : world.response.headers['x-word']?.[0]
  } finally {
    worker.close()
  }
}

/** Waits until new requests get this answer. */
export function answers({ program }: Watched, word: string): Promise<void> {
  return until(`the answer ${word}`, async () => (await ask(program.current).catch(() => undefined)) === word)
}

/** The ids of all processes that have said that they serve. */
export function pidsOf({ output }: Watched): number[] {
  return output.flatMap((line) => Number(/ serves .* pid (\d+)\)/.exec(line)?.[1] ?? 0) || [])
}

/** The id of the first process, which says it a moment after it listens. */
export async function firstPid(watched: Watched): Promise<number> {
  await until('the word of the first server', () => pidsOf(watched).length > 0)
  return pidsOf(watched)[0] as number
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The private folder of a release. */
export function folderOf({ socket }: Release): string {
  return dirname(socket)
}

export function folderExists(release: Release): boolean {
  return existsSync(folderOf(release))
}
