import { isDeepStrictEqual } from 'node:util'
import { type Dump, readDumps, selectionOf, timeLimit } from './dump.ts'
import { BuildError } from './errors.ts'
import { type Inspection, inspectBinary } from './inspect/inspection.ts'
import type { Manifest } from './manifest.ts'
import { run } from './process.ts'

/** Refuses a file in which anything does not fit together, or that holds another manifest. Nothing is run. */
export async function verifyFile(binary: string, manifest: Manifest): Promise<Inspection> {
  const inspection = await inspectBinary(binary)
  const { manifest: found, remarks } = inspection
  if (remarks.length > 0) throw new BuildError(`the binary is not sound: ${remarks.join('; ')}`)
  const difference = compare('', manifest, found)
  if (difference !== undefined)
    throw new BuildError(`the binary's manifest is not the one that was put in: ${difference}`)
  return inspection
}

/** Runs a binary and refuses one that does not describe itself as its source does, or that obeys NODE_OPTIONS. */
export async function verifyBinary(
  binary: string,
  expected: readonly Dump[],
  names: readonly string[],
): Promise<void> {
  const actual = await readDumps(binary, [], names, 'its source runs, but not the binary: ')
  const difference = compare('', expected, actual)
  if (difference !== undefined)
    throw new BuildError(`the binary's -dump is not what its source describes: ${difference}`)
  const outcome = await run(binary, ['-dump', ...selectionOf(names[0] ?? '', names)], {
    env: { NODE_OPTIONS: '--require=/nowhere/injected.js' },
    timeout: timeLimit,
  })
  if (outcome.ended !== 0) throw new BuildError(`the binary ${obeysOptions}`)
}

/** The versions in which a binary can be told to ignore NODE_OPTIONS. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 7)) return
  throw new BuildError(`Cannot use Node ${version}: a binary made of it ${obeysOptions}`)
}

const obeysOptions =
  'obeys NODE_OPTIONS, so that anyone who sets it runs code in the plugin: its Node is too old for execArgvExtension in sea-config.json; choose 24.7.0 or newer'

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
