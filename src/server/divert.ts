import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Writable } from 'node:stream'
import type { Log } from '../plugin/log.ts'
import { readLogFlags } from './arguments.ts'
import { createLog, type LogSettings } from './log.ts'
import { writeSync } from './real-write.ts'

export interface Output {
  readonly log: Log
  /** What the flags say of the log. */
  readonly settings: LogSettings
  /** Writes the whole text to the real stdout before it returns. */
  print(text: string): void
}

let output: Output | undefined

/**
 * Takes stdout away from the author's code, once per process: it belongs to `-dump`, where one stray word stops
 * Kong from starting. Whatever that code prints, with `console`, `process.stdout` or `fs`, becomes a log line. In a log
 * of JSON what it writes to stderr becomes one too.
 */
export function divertOutput(): Output {
  output ??= divert()
  return output
}

function divert(): Output {
  // What the author's file prints while it is evaluated comes before the flags are read as a whole.
  const settings: LogSettings = { ...readLogFlags(process.argv.slice(2)), plugin: undefined }
  let stderr = () => process.stderr
  const log = createLog(() => stderr(), settings)
  const realStdout = moveStdout()
  const stdout = once(() => asLines(log, 'info'))
  Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, get: stdout })
  const printer = once(() => new console.Console({ stdout: stdout(), stderr: asLines(log, 'error') }))
  const aside = once(
    () => new console.Console({ stdout: asLines(log, 'debug'), stderr: asLines(log, 'warn') }),
  )
  for (const [name, member] of Object.entries(console) as [keyof Console, unknown][]) {
    if (typeof member !== 'function' || name === 'Console') continue
    const target = ['debug', 'warn', 'trace'].includes(name) ? aside : printer
    Object.assign(console, {
      [name]: (...args: never[]) => (target()[name] as (...args: never[]) => unknown)(...args),
    })
  }
  divertWrites(1, stdout)
  if (settings.format === 'json') {
    // Opened before the functions are replaced with which it writes where it is a file.
    const real = process.stderr
    stderr = () => real
    const lines = once(() => asLines(log, 'error'))
    Object.defineProperty(process, 'stderr', { configurable: true, enumerable: true, get: lines })
    divertWrites(2, lines)
  }
  syncBuiltinESMExports()
  return { log, settings, print: (text) => printAll(Buffer.from(text, 'utf8'), realStdout) }
}

type Write = (
  fd: number,
  data: string | NodeJS.ArrayBufferView | NodeJS.ArrayBufferView[],
  ...rest: unknown[]
) => unknown

/** Lets functions of `fs` write to our stream where they are asked to write to stdout, or stderr. */
function divertWrites(descriptor: 1 | 2, stream: () => Writable): void {
  for (const name of ['writeSync', 'writevSync', 'write', 'writev'] as const) {
    const real = fs[name] as Write
    const diverted: Write = (fd, data, ...rest) => {
      if (fd !== descriptor) return real(fd, data, ...rest)
      const bytes = Buffer.concat([data].flat().map(bytesOf))
      stream().write(bytes)
      const done = rest.at(-1)
      if (typeof done === 'function') process.nextTick(done, null, bytes.length, data)
      return bytes.length
    }
    // What util.promisify and others look up on the real one is found there.
    Object.assign(fs, { [name]: Object.setPrototypeOf(diverted, real) })
  }
}

function bytesOf(data: string | NodeJS.ArrayBufferView): Buffer {
  return typeof data === 'string'
    ? Buffer.from(data)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

/**
 * Opens stdout once more and lets descriptor 1 be stderr, for all that prints without the functions above: child
 * processes, `fs.write`, `/dev/stdout`. A file stays as it is, as its position would be lost, and so does what
 * cannot be opened: Linux does not open sockets.
 */
function moveStdout(): number {
  // Without O_NONBLOCK, opening a pipe that nobody reads any more would wait for ever.
  const flags = fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_NONBLOCK
  try {
    if (!fs.fstatSync(1).isFIFO()) return 1
    const moved = fs.openSync('/dev/fd/1', flags)
    // The lowest free descriptor is the next one given out: 1.
    fs.closeSync(1)
    try {
      fs.openSync(fs.fstatSync(2).isFile() ? '/dev/null' : '/dev/fd/2', flags)
    } catch {
      fs.openSync('/dev/null', flags)
    }
    return moved
  } catch {
    return 1
  }
}

/** Most plugins print nothing: what printing needs is made when it is needed. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function asLines(log: Log, level: keyof Log): Writable {
  // Streams are a millisecond's work to load, which a dump has no use for.
  const { Writable } = process.getBuiltinModule('node:stream')
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const text = String(chunk)
      if (text.trim() !== '') log[level](text)
      done()
    },
  })
}

/** A slow reader of a non-blocking pipe answers EAGAIN: wait a little and go on. */
function printAll(bytes: Buffer, stdout: number): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(stdout, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
