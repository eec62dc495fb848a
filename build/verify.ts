import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { BuildError } from './errors.ts'
import { lastWords, run } from './process.ts'

const timeLimit = 30_000

/**
 * Refuses a binary that does not describe itself as its source does, or that obeys NODE_OPTIONS. The source's own
 * description comes from the bundle, run by a plain Node of the same version.
 */
export async function verifyBinary(binary: string, node: string, code: string): Promise<void> {
  const expected = await dump(node, ['--enable-source-maps', code])
  const actual = await dump(binary, [])
  const difference = compare('', expected, actual)
  if (difference !== undefined)
    throw new BuildError(`${basename(binary)} -dump is not what its source describes: ${difference}`)
  const outcome = await run(binary, ['-dump'], {
    env: { NODE_OPTIONS: '--require=/nowhere/injected.js' },
    timeout: timeLimit,
  })
  if (outcome.ended !== 0) {
    throw new BuildError(
      `${basename(binary)} obeys NODE_OPTIONS, so that anyone who sets it runs code in the plugin: its Node is too old for execArgvExtension in sea-config.json; choose 24.7.0 or newer with NODE_VERSION=`,
    )
  }
}

async function dump(program: string, args: readonly string[]): Promise<unknown> {
  const outcome = await run(program, [...args, '-dump'], { env: {}, timeout: timeLimit })
  const command = [program, ...args, '-dump'].map((part) => basename(part)).join(' ')
  if (outcome.ended === 'SIGKILL') throw new BuildError(`${command} did not end within ${timeLimit / 1000} s`)
  if (outcome.ended !== 0) throw new BuildError(`${command} failed: ${lastWords(outcome)}`)
  try {
    return JSON.parse(outcome.stdout)
  } catch {
    throw new BuildError(
      `${command} must print one JSON document, but printed:\n${outcome.stdout.slice(0, 500)}`,
    )
  }
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
