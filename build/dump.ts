import { BuildError } from './errors.ts'
import { type Outcome, type RunOptions, run } from './process.ts'

/** Milliseconds that a dump may take. */
export const timeLimit = 30_000

/** What `-dump` prints, as Kong reads it. */
export interface Dump {
  readonly Protocol: 'ProtoBuf:1' | 'MsgPack:1'
  readonly SocketPath: string
  readonly Plugins: readonly {
    readonly Name: string
    readonly Version: string
    readonly Priority: number
    readonly Phases: readonly string[]
    readonly Schema: unknown
  }[]
}

/**
 * Asks a program for the dump of each of its plugins; one that holds a single plugin is asked without a name.
 * `whose` begins the sentence of what is wrong.
 */
export async function readDumps(
  program: string,
  args: readonly string[],
  names: readonly string[],
  whose = '',
  options: RunOptions = {},
): Promise<Dump[]> {
  const dumps: Dump[] = []
  for (const name of names) {
    const about = names.length > 1 ? `${whose}${name}: ` : whose
    dumps.push(await readDump(program, [...args, '-dump', ...selectionOf(name, names)], about, options))
  }
  return dumps
}

/** The flags that choose one of several plugins. */
export function selectionOf(name: string, names: readonly string[]): string[] {
  return names.length > 1 ? ['-plugin', name] : []
}

async function readDump(
  program: string,
  args: readonly string[],
  whose: string,
  options: RunOptions,
): Promise<Dump> {
  const { timeout = timeLimit } = options
  const outcome = await run(program, args, { env: {}, ...options, timeout })
  const fault = faultOf(outcome, timeout)
  if (fault !== undefined) throw new BuildError(whose + fault)
  try {
    return JSON.parse(outcome.stdout)
  } catch {
    throw new BuildError(
      `${whose}-dump must print one JSON document and nothing else, but printed:\n${outcome.stdout.slice(0, 500)}`,
    )
  }
}

/** Why there is no dump, as the rest of a sentence, or undefined where there is one. */
function faultOf(outcome: Outcome, limit: number): string | undefined {
  const { ended, stdout } = outcome
  if (ended === 0 && stdout.trim() !== '') return undefined
  const words = wordsOf(outcome.stderr)
  if (ended === 'SIGKILL') return `-dump did not end within ${limit / 1000} s${after(words)}`
  if (typeof ended === 'number' && ended !== 0 && words !== '') return words
  const how = typeof ended === 'string' ? ` by ${ended}` : ended === 0 ? '' : ` with exit code ${ended}`
  const guess = typeof ended === 'number' ? ' (process.exit?)' : ''
  return `its code ended the process${how} while it was loaded${guess}${after(words)}`
}

function after(words: string): string {
  return words === '' ? '' : `, after saying:\n${words}`
}

/** What the plugin printed. The kit's log has a stack in one line: here each frame has its own again, in full. */
export function wordsOf(output: string): string {
  const lines = output
    .trim()
    .replace(/^error: /gm, '')
    .replaceAll(' | at ', '\n    at ')
    .split('\n')
  return lines
    .filter((line) => !/^\s*at .*\(?node:internal\//.test(line))
    .slice(-40)
    .join('\n')
}
