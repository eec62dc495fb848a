import { isDeepStrictEqual } from 'node:util'
import { BuildError } from './errors.ts'
import { type Outcome, run } from './process.ts'

const timeLimit = 30_000

/**
 * Refuses a binary that does not describe itself as its source does, or that obeys NODE_OPTIONS. The source's own
 * description comes from the bundle, run by a plain Node of the same version.
 */
export async function verifyBinary(binary: string, node: string, code: string): Promise<void> {
  const expected = await dump(node, ['--enable-source-maps', code], '')
  const actual = await dump(binary, [], 'its source runs, but not the binary: ')
  const difference = compare('', expected, actual)
  if (difference !== undefined)
    throw new BuildError(`the binary's -dump is not what its source describes: ${difference}`)
  const outcome = await run(binary, ['-dump'], {
    env: { NODE_OPTIONS: '--require=/nowhere/injected.js' },
    timeout: timeLimit,
  })
  if (outcome.ended !== 0) {
    throw new BuildError(
      `the binary obeys NODE_OPTIONS, so that anyone who sets it runs code in the plugin: its Node is too old for execArgvExtension in sea-config.json; choose 24.7.0 or newer with NODE_VERSION=`,
    )
  }
}

async function dump(program: string, args: readonly string[], whose: string): Promise<unknown> {
  const outcome = await run(program, [...args, '-dump'], { env: {}, timeout: timeLimit })
  const fault = faultOf(outcome)
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
function faultOf(outcome: Outcome): string | undefined {
  const { ended, stdout } = outcome
  if (ended === 0 && stdout.trim() !== '') return undefined
  const words = wordsOf(outcome)
  if (ended === 'SIGKILL') return `-dump did not end within ${timeLimit / 1000} s${after(words)}`
  if (typeof ended === 'number' && ended !== 0 && words !== '') return words
  const how = typeof ended === 'string' ? ` by ${ended}` : ended === 0 ? '' : ` with exit code ${ended}`
  const guess = typeof ended === 'number' ? ' (process.exit?)' : ''
  return `its code ended the process${how} while it was loaded${guess}${after(words)}`
}

function after(words: string): string {
  return words === '' ? '' : `, after saying:\n${words}`
}

/** What the plugin printed. The kit's log has a stack in one line: here each frame has its own again, in full. */
function wordsOf({ stderr }: Outcome): string {
  const lines = stderr
    .trim()
    .replace(/^error: /gm, '')
    .replaceAll(' | at ', '\n    at ')
    .split('\n')
  return lines
    .filter((line) => !/^\s*at .*\(?node:internal\//.test(line))
    .slice(-40)
    .join('\n')
}

/** The first difference of two JSON values, as a sentence. */
function compare(path: string, expected: unknown, actual: unknown): string | undefined {
  if (isDeepStrictEqual(expected, actual)) return undefined
  if (!isTree(expected) || !isTree(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return `${path || 'the document'} is ${JSON.stringify(actual)}, but must be ${JSON.stringify(expected)}`
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
  for (const key of keys) {
    const difference = compare(path === '' ? key : `${path}.${key}`, expected[key], actual[key])
    if (difference !== undefined) return difference
  }
  return undefined
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
