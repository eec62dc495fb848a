import type { RecordedFailure, RecordedFrame } from './record.ts'

/** Gives the lines around one, where the file can be read. */
export type ExcerptOf = (file: string, line: number) => RecordedFrame['excerpt']

/** Frames with the author's lines, of one failure. */
const mostFrames = 30

/**
 * The failure that a plugin's server tells Kong in a line of its log, as `hello access (instance 3) failed: Error: no | at
 * access (plugin.ts:3:9)`; undefined for a line of another kind.
 */
export function failureIn(line: string, plugin: string, excerptOf: ExcerptOf): RecordedFailure | undefined {
  const [, name, phase = '', stack = ''] = entry.exec(line) ?? []
  if (name?.toLowerCase() !== plugin.toLowerCase()) return undefined
  const parts = stack.split(' | ')
  const first = parts.findIndex((part) => isFrame.test(part))
  const end = first < 0 ? parts.length : first
  return {
    plugin,
    phase,
    message: parts.slice(0, end).join('\n'),
    frames: parts.slice(end, end + mostFrames).map((part) => frameOf(part, excerptOf)),
  }
}

const entry = /^(\S+) (\w+) \(instance -?\d+\) failed: (.*)$/s

/** A message may hold ` | at ` too: a frame names a place. */
const isFrame = /^at .*(:\d+:\d+\)?|\(native\)|\(<anonymous>\)|\(index \d+\))$/

function frameOf(part: string, excerptOf: ExcerptOf): RecordedFrame {
  const text = part.replace(/^at /, '')
  const [, file = '', line, column] = /^(?:.*\()?([^()]+):(\d+):(\d+)\)?$/.exec(part.slice(3)) ?? []
  if (!part.startsWith('at ') || line === undefined) return { text }
  const place = { file: file.replace(/^async /, ''), line: Number(line), column: Number(column) }
  const excerpt = excerptOf(place.file, place.line)
  return { text, ...place, ...(excerpt !== undefined && { excerpt }) }
}
