import { type About, type Log, oneLine } from '../plugin/log.ts'

/** Kong cuts the lines it takes over at about 4 kB. */
const longestLine = 4000
/** Bytes of a plugin's name in an object: of one that is not here it is whatever Kong was told. */
const longestName = 256
/** Bytes that may wait for a reader that does not read; what comes after them is counted, not kept. */
const mostWaiting = 1_048_576

export const levels = ['error', 'warn', 'info', 'debug'] as const satisfies readonly (keyof Log)[]
export type Level = keyof Log

export const formats = ['text', 'json'] as const
export type Format = (typeof formats)[number]

/** How a process writes its log, as its flags say; they are read when the first entries may be there already. */
export interface LogSettings {
  /** Entries below it are not written. */
  level: Level
  format: Format
  /** The plugin of entries that do not name one: that of a process that serves one. */
  plugin: string | undefined
}

/**
 * A log on a stream, which is opened with the first entry: one line an entry, level first, no colour. It never
 * waits for the stream's reader.
 */
export function createLog(
  open: () => NodeJS.WriteStream,
  settings: LogSettings = { level: 'debug', format: 'text', plugin: undefined },
): Log {
  let opened: NodeJS.WriteStream | undefined
  let dropped = 0
  const format = (level: Level, message: string, about?: About): string =>
    settings.format === 'text'
      ? formatLine(level, message)
      : formatRecord(level, message, settings.plugin, about)
  const write = (level: Level, message: string, about?: About): void => {
    if (levels.indexOf(level) > levels.indexOf(settings.level)) return
    // A reader that has gone away is no reason to stop.
    opened ??= open().on('error', () => undefined)
    const stream = opened
    if (stream.writableLength > mostWaiting) {
      dropped++
      return
    }
    if (dropped > 0) {
      const lost = dropped
      dropped = 0
      stream.write(format('warn', `${lost} log lines were lost as nobody read them in time`))
    }
    stream.write(format(level, message, about))
  }
  return {
    error: (message, about) => write('error', message, about),
    warn: (message, about) => write('warn', message, about),
    info: (message, about) => write('info', message, about),
    debug: (message, about) => write('debug', message, about),
  }
}

/** `error: message` and a line feed. */
export function formatLine(level: Level, message: string): string {
  return `${level}: ${oneLine(message, longestLine - level.length - 3)}\n`
}

/** The same as one object of JSON: cut in its message, so that it stays one. */
export function formatRecord(
  level: Level,
  message: string,
  plugin: string | undefined,
  about: About | undefined,
): string {
  const name = about?.plugin ?? plugin
  const head = {
    time: new Date(),
    level,
    pid: process.pid,
    plugin: name === undefined ? undefined : oneLine(name, longestName),
    phase: about?.phase,
    instance: about?.instance,
  }
  const record = (text: string) => JSON.stringify({ ...head, message: text.toWellFormed() })
  let room = longestLine
  let line = record(oneLine(message, room))
  // What is escaped is longer than it was.
  for (let bytes = lengthOf(line); bytes > longestLine; bytes = lengthOf(line)) {
    room = Math.floor((room * longestLine) / bytes) - 16
    line = record(oneLine(message, room))
  }
  return `${line}\n`
}

function lengthOf(line: string): number {
  return Buffer.byteLength(line) + 1
}
