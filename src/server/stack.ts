import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { inBinary } from './binary.ts'

/**
 * Turns the positions of a stack from the bundle into the author's TypeScript. The source map lies in the binary
 * and is read when the first stack has to be shown; without one the stack stays as it is.
 */
export function createStackMapper(bundle: string): (stack: string) => string {
  let map: SourceMap | null | undefined
  return (stack) => {
    map ??= readMap(bundle)
    if (map === null) return stack
    return stack
      .split('\n')
      .map((line) => mapLine(line, bundle, map as SourceMap))
      .join('\n')
  }
}

function mapLine(line: string, bundle: string, map: SourceMap): string {
  const at = line.lastIndexOf(`${bundle}:`)
  if (at < 0) return line
  const position = /^:(\d+):(\d+)/.exec(line.slice(at + bundle.length))
  if (position === null) return line
  const entry = map.findEntry(Number(position[1]) - 1, Number(position[2]) - 1)
  if (!('originalSource' in entry) || entry.originalSource === undefined) return line
  const source = entry.originalSource.replace(/^(\.\.\/)+/, '')
  const end = at + bundle.length + position[0].length
  return `${line.slice(0, at)}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}${line.slice(end)}`
}

function readMap(bundle: string): SourceMap | null {
  try {
    const text = inBinary()?.getAsset('plugin.map', 'utf8') ?? readFileSync(`${bundle}.map`, 'utf8')
    return new SourceMap(JSON.parse(text) as SourceMapPayload)
  } catch {
    return null
  }
}
