import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { type Phase, phases } from '../../pdk/phases.ts'

/** The event whose handler ran last in a process. */
export interface Turn {
  readonly instance: number
  readonly phase: Phase
}

const keyWords = 4
const keyBytes = 4 * keyWords
const markBytes = keyBytes + 12
/** Above what V8 keeps among its own objects, so that it stays in one place. */
const room = 256
const chunk = 1 << 20

/**
 * Where a worker notes which handler runs, at the cost of three stores. When that handler never ends nobody there can
 * tell, so the parent reads the note out of the worker's memory, where it finds it by its key.
 */
export class TurnNote {
  readonly #words = new Uint32Array(room / 4)

  constructor() {
    for (let word = 0; word < keyWords; word++) this.#words[word] = Math.random() * 2 ** 32
  }

  get key(): string {
    return Buffer.from(this.#words.buffer, 0, keyBytes).toString('hex')
  }

  write({ instance, phase }: Turn): void {
    const words = this.#words
    words[keyWords] = instance
    words[keyWords + 1] = phases.indexOf(phase)
    words[keyWords + 2] = ~instance
  }
}

/** What a process has noted last; `undefined` where that is nothing, or the system does not let us look. */
export function readTurn(pid: number, key: string): Turn | undefined {
  try {
    for (const mark of marksOf(pid, Buffer.from(key, 'hex'))) {
      const instance = mark.readInt32LE(keyBytes)
      const phase = phases[mark.readUInt32LE(keyBytes + 4)]
      if (phase !== undefined && mark.readInt32LE(keyBytes + 8) === ~instance) return { instance, phase }
    }
  } catch {
    // Another system than Linux, one that forbids it, or the process is gone.
  }
  return undefined
}

/** All places that begin with that key: it may lie elsewhere by itself. */
function* marksOf(pid: number, key: Buffer): Generator<Buffer> {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1')
  const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw.*\[heap\]$/m.exec(maps) ?? []
  const end = Number.parseInt(to, 16)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    const bytes = Buffer.alloc(chunk + markBytes)
    for (let start = Number.parseInt(from, 16); start < end; start += chunk) {
      const length = readSync(memory, bytes, 0, Math.min(bytes.length, end - start), start)
      const found = bytes.subarray(0, length)
      for (let at = found.indexOf(key); at >= 0 && at + markBytes <= length; at = found.indexOf(key, at + 1))
        yield found.subarray(at, at + markBytes)
    }
  } finally {
    closeSync(memory)
  }
}
