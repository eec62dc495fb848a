import { constants, type FileHandle, open, stat } from 'node:fs/promises'

export interface LogOptions {
  /** Look before each write whether the path still names the open file. */
  readonly reopen: boolean
  /** Bytes that may wait to be written. */
  readonly maxWaiting: number
}

/** One user's hold on a log file. */
export interface Log {
  write(line: string): void
  /** Resolves when all lines are in the file, or reported as lost. */
  close(): Promise<void>
}

const files = new Map<string, LogFile>()

/**
 * Opens a file for its user. All users of a path share one writer, whatever instance of the plugin they are, so
 * that lines never mix; it outlives the events, and ends with its last user.
 */
export function openLog(path: string, options: LogOptions): Log {
  const file = files.get(path) ?? new LogFile(path)
  files.set(path, file)
  file.users.push(options)
  return {
    write: (line) => file.write(line, options),
    async close() {
      file.users.splice(file.users.indexOf(options), 1)
      if (file.users.length > 0) return file.written()
      files.delete(path)
      await file.close()
    },
  }
}

/** Kong starts plugins with umask 0. */
const mode = 0o640
const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY
/** Milliseconds between two tries when the disk is full, or the folder missing. */
const retryAfter = 1000

class LogFile {
  readonly users: LogOptions[] = []
  readonly #path: string
  #handle: FileHandle | undefined
  #lines: Buffer[] = []
  /** What is left of a write that broke off. */
  #rest: Buffer = Buffer.alloc(0)
  #waiting = 0
  #lost = 0
  #failing = false
  #closing = false
  #wake = () => {}
  #writer: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  write(line: string, { maxWaiting }: LogOptions): void {
    const bytes = Buffer.from(`${line}\n`)
    if (this.#waiting + bytes.length > maxWaiting) {
      if (this.#lost++ === 0) console.error(`${this.#path} is too slow: lines are lost from now on`)
      return
    }
    this.#lines.push(bytes)
    this.#waiting += bytes.length
    this.#writer ??= this.#writeAll()
  }

  async written(): Promise<void> {
    await this.#writer
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#wake()
    await this.#writer
    this.#lost += this.#lines.length + linesIn(this.#rest)
    if (this.#lost > 0) console.error(`${this.#path}: ${this.#lost} lines were lost`)
    await this.#handle?.close()
  }

  /** Takes all that waits into one write, again and again; what could not be written is tried again later. */
  async #writeAll(): Promise<void> {
    while (this.#waiting > 0) {
      try {
        await this.#follow()
        await this.#writeBatch()
        this.#reportEnd()
      } catch (error) {
        if (!this.#failing) console.error(`Cannot write to ${this.#path}, will try again: ${error}`)
        this.#failing = true
        if (this.#closing) break
        await this.#pause()
      }
    }
    this.#writer = undefined
  }

  /** Opens the file, and opens it again where the path names another one by now, or none. */
  async #follow(): Promise<void> {
    const half = this.#rest.length > 0 // of a line: the other half belongs to the same file
    if (this.#handle !== undefined && !half && this.users.some(({ reopen }) => reopen)) {
      const [own, there] = await Promise.all([this.#handle.stat(), stat(this.#path).catch(() => undefined)])
      if (own.ino !== there?.ino || own.dev !== there.dev) {
        const old = this.#handle
        this.#handle = undefined
        await old.close()
      }
    }
    this.#handle ??= await open(this.#path, flags, mode)
  }

  async #writeBatch(): Promise<void> {
    const lines = this.#lines
    this.#lines = []
    this.#rest = Buffer.concat([this.#rest, ...lines])
    while (this.#rest.length > 0) {
      const { bytesWritten } = await (this.#handle as FileHandle).write(this.#rest)
      this.#rest = this.#rest.subarray(bytesWritten)
      this.#waiting -= bytesWritten
    }
  }

  #reportEnd(): void {
    if (this.#failing) console.error(`${this.#path} is written again`)
    if (this.#lost > 0) console.error(`${this.#path}: ${this.#lost} lines were lost`)
    this.#failing = false
    this.#lost = 0
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, retryAfter)
    })
  }
}

function linesIn(bytes: Buffer): number {
  return bytes.filter((byte) => byte === 0x0a).length
}
