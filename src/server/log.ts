import { type Log, oneLine } from '../plugin/log.ts'

/** Kong cuts the lines it takes over at about 4 kB. */
const longestLine = 4000
/** Bytes that may wait for a reader that does not read; what comes after them is counted, not kept. */
const mostWaiting = 1_048_576

type Level = keyof Log

/**
 * A log on a stream, which is opened with the first entry: one line an entry, level first, no colour. It never
 * waits for the stream's reader.
 */
export function createLog(open: () => NodeJS.WriteStream): Log {
  let opened: NodeJS.WriteStream | undefined
  let dropped = 0
  const write = (level: Level, message: string): void => {
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
      stream.write(formatLine('warn', `${lost} log lines were lost as nobody read them in time`))
    }
    stream.write(formatLine(level, message))
  }
  return {
    error: (message) => write('error', message),
    warn: (message) => write('warn', message),
    info: (message) => write('info', message),
    debug: (message) => write('debug', message),
  }
}

/** `error: message` and a line feed. */
export function formatLine(level: Level, message: string): string {
  return `${level}: ${oneLine(message, longestLine - level.length - 3)}\n`
}
