import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { KongPluginError, show } from '../../errors.ts'
import type { Launcher } from '../../fake-kong/launcher.ts'
import { type Dialect, dialects, isDialect, isPhase, type Phase, phases } from '../../pdk/phases.ts'
import { checkPluginHead, checkSchema, type DumpSchema } from '../../schema/index.ts'
import { Failure } from './steps.ts'

/** What a dump says, once it has passed. */
export interface Described {
  readonly protocol: Dialect
  readonly socket: string
  readonly plugins: readonly DescribedPlugin[]
}

export interface DescribedPlugin {
  readonly name: string
  readonly version: string
  readonly phases: readonly Phase[]
  readonly schema: DumpSchema
}

export interface DumpRequest {
  readonly binary: string
  readonly flags: readonly string[]
  /** The protocol that was asked for. */
  readonly protocol: Dialect | undefined
  readonly limit: number
}

/** Reads the dump as Kong does when it starts, twice: NODE_OPTIONS must not change it. */
export async function readDump(launcher: Launcher, request: DumpRequest): Promise<Described> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const document = await dumpWith(launcher, request, env)
  const injected = join(launcher.folder, 'injected.cjs')
  const mark = join(launcher.folder, 'injected.ran')
  writeFileSync(injected, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')\n`)
  const options = `--require=${injected}`
  const again = await dumpWith(launcher, request, { ...env, NODE_OPTIONS: options }).catch(
    (error: unknown) => error,
  )
  if (existsSync(mark))
    throw new Failure(
      'it obeys NODE_OPTIONS, so whoever sets that for Kong runs code in the plugin and can stop Kong from starting',
    )
  if (again instanceof Error) throw again
  if (!isDeepStrictEqual(document, again))
    throw new Failure(
      'it says something else when it is asked a second time: Kong asks at each start and reload',
    )
  return describe(document, launcher, request)
}

async function dumpWith(launcher: Launcher, request: DumpRequest, env: NodeJS.ProcessEnv): Promise<unknown> {
  const { flags, limit } = request
  const run = launcher.dump([...flags, '-dump'], env)
  run.endStdin()
  if (!(await run.endedWithin(limit))) {
    run.signal('SIGKILL')
    throw new Failure(`${flags.join(' ')} -dump did not end within ${limit} ms: Kong would wait for ever`)
  }
  const { stdout, output, end, isHeldOpen } = run
  if (isHeldOpen)
    throw new Failure(
      `-dump ended with ${end}, but a process that it started still holds its stdout: Kong reads to the end of it, and would wait`,
    )
  try {
    return JSON.parse(stdout)
  } catch {
    const words = output.trim().split('\n').slice(-5).join('\n')
    throw new Failure(
      stdout.trim() === ''
        ? `-dump printed nothing and ended with ${end}${words === '' ? '' : `, saying:\n${words}`}`
        : `-dump must print one JSON document and nothing else, or Kong does not start; it printed ${show(stdout.trim())}`,
    )
  }
}

function describe(
  document: unknown,
  launcher: Launcher,
  { binary, protocol: asked }: DumpRequest,
): Described {
  const { Protocol, SocketPath, Plugins } = membersOf(document)
  if (typeof Protocol !== 'string' || !isDialect(Protocol))
    throw new Failure(`Protocol is ${show(Protocol)}: Kong knows ${dialects.join(' and ')}`)
  if (asked !== undefined && asked !== Protocol)
    throw new Failure(`Protocol is ${Protocol} although ${asked} was asked for with -protocol`)
  if (!Array.isArray(Plugins) || Plugins.length === 0)
    throw new Failure(`Plugins is ${show(Plugins)}, where a list with at least one plugin is due`)
  return {
    protocol: Protocol,
    // Servers of other kits need not name it.
    socket: typeof SocketPath === 'string' ? SocketPath : join(launcher.folder, `${basename(binary)}.socket`),
    plugins: Plugins.map(describePlugin),
  }
}

function describePlugin(plugin: unknown): DescribedPlugin {
  const { Name, Version, Priority, Phases, Schema } = membersOf(plugin)
  try {
    checkPluginHead({ name: Name, version: Version, priority: Priority })
  } catch (error) {
    if (error instanceof KongPluginError) throw new Failure(error.message)
    throw error
  }
  if (!Array.isArray(Phases) || Phases.length === 0)
    throw new Failure(`the Phases of ${Name} are ${show(Phases)}: Kong would never run it`)
  const wrong = Phases.find((phase) => !isPhase(String(phase)))
  if (wrong !== undefined)
    throw new Failure(
      `${Name} has the phase ${show(wrong)}, and a plugin outside Kong has ${phases.join(', ')}`,
    )
  const verdict = checkSchema(Schema)
  if (!verdict.ok)
    throw new Failure(
      `Kong refuses the schema of ${Name}: ${verdict.crash ?? JSON.stringify(verdict.errors)}`,
    )
  return {
    name: String(Name),
    version: String(Version),
    phases: Phases as Phase[],
    schema: Schema as DumpSchema,
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
