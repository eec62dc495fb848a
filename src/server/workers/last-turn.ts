import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { type Phase, phases } from '../../pdk/phases.ts'

/** The event whose handler ran last in a process. */
export interface Turn {
  readonly instance: number
  readonly phase: Phase
}

const keyWords = 4
const keyBytes = 4 * keyWords
const markBytes = keyBytes + 8
/** Above what V8 keeps among its own objects, so that it stays in one place. */
const room = 256
const chunk = 1 << 20

/**
 * Where a worker notes which handler runs, at the cost of two stores. When that handler never ends nobody there can
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
    this.#words[keyWords] = instance
    this.#words[keyWords + 1] = phases.indexOf(phase) + 1
  }
}

/** What a process has noted last; `undefined` where that is nothing, or the system does not let us look. */
export function readTurn(pid: number, key: string): Turn | undefined {
  try {
    const mark = findMark(pid, Buffer.from(key, 'hex'))
    const phase = phases[(mark?.readUInt32LE(keyBytes + 4) ?? 0) - 1]
    return mark && phase && { instance: mark.readUInt32LE(keyBytes), phase }
  } catch {
    return undefined
  }
}

function findMark(pid: number, key: Buffer): Buffer | undefined {
  const [, from, to] =
    /^([0-9a-f]+)-([0-9a-f]+) rw.*\[heap\]$/m.exec(readFileSync(`/proc/${pid}/maps`, 'latin1')) ?? []
  const end = Number.parseInt(to ?? '0', 16)
  const fd = openSync(`/proc/${pid}/mem`, 'r')
  try {
    const bytes = Buffer.alloc(chunk + markBytes)
    for (let start = Number.parseInt(from ?? '0', 16); start < end; start += chunk) {
      const length = readSync(fd, bytes, 0, Math.min(bytes.length, end - start), start)
      const at = bytes.subarray(0, length).indexOf(key)
      if (at >= 0 && at + markBytes <= length) return Buffer.from(bytes.subarray(at, at + markBytes))
    }
  } finally {
    closeSync(fd)
  }
  return undefined
}
