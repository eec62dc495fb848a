import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { inBinary } from '../binary.ts'
import { KongPluginError, stackOf } from '../errors.ts'

interface Bundle {
  /** The name that stack frames give it; in a binary that is the one it had when it was built. */
  readonly file: string
  readonly map: SourceMap
}

let bundle: Bundle | null | undefined

/**
 * Turns the positions of a stack from the bundle into the author's TypeScript, and leaves out this kit's own frames
 * where the author's are there. The source map lies in the binary and is read when the first stack has to be
 * shown; without one the stack stays as it is.
 */
export function mapStack(stack: string): string {
  try {
    // Where there is none it is not looked for again: a handler may fail at every request.
    if (bundle === undefined) bundle = readBundle()
    return bundle === null ? stack : mapLines(stack, bundle)
  } catch {
    // The author's code may have changed what a stack is (Error.prepareStackTrace): then it is shown as it came.
    return stack
  }
}

function mapLines(stack: string, { file, map }: Bundle): string {
  const lines = stack.split('\n').map((line) => mapLine(line, file, map))
  const kept = lines.filter((line) => !ownFrame.test(line))
  return (kept.some((line) => frame.test(line)) ? kept : lines).join('\n')
}

const frame = /^\s+at /
/** A frame of this kit, by the name that the build gives its sources, or of Node itself. */
const ownFrame = /^\s+at (.*\()?(kong-ts-pdk\/src\/|node:)/

/** What a log line says of an error: our own sentences stand for themselves, all others need their stack. */
export function sentenceOf(error: unknown): string {
  return error instanceof KongPluginError ? error.message : mapStack(stackOf(error))
}

function mapLine(line: string, file: string, map: SourceMap): string {
  const at = line.lastIndexOf(`${file}:`)
  if (at < 0) return line
  const position = /^:(\d+):(\d+)/.exec(line.slice(at + file.length))
  if (position === null) return line
  const entry = map.findEntry(Number(position[1]) - 1, Number(position[2]) - 1)
  if (!('originalSource' in entry) || entry.originalSource === undefined) return line
  const source = entry.originalSource.replace(/^(\.\.\/)+/, '')
  const end = at + file.length + position[0].length
  return `${line.slice(0, at)}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}${line.slice(end)}`
}

function readBundle(): Bundle | null {
  const file = ownFile()
  try {
    const text = inBinary()?.getAsset('plugin.map', 'utf8') ?? readFileSync(`${file}.map`, 'utf8')
    return { file, map: new SourceMap(JSON.parse(text) as SourceMapPayload) }
  } catch {
    return null
  }
}

/** The file that this very code runs from, which is the bundle, as a stack names it. */
function ownFile(): string {
  const frame = new Error().stack?.split('\n')[1] ?? ''
  return /\(?([^()\s][^()]*?):\d+:\d+\)?$/.exec(frame.replace(/^\s*at /, ''))?.[1] ?? ''
}
