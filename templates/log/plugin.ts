import { appendFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { definePlugin, s } from 'kong-ts-pdk'

export default definePlugin({
  version: '0.1.0',
  priority: 9,
  config: {
    path: s.string({
      required: true,
      startsWith: '/',
      description: 'The file that gets one line of JSON per request.',
    }),
    max_waiting: s.integer({
      default: 10_000,
      gt: 0,
      description: 'Lines that may wait for a slow or full disk; those beyond are lost, and counted.',
    }),
  },
  init: ({ path, max_waiting }) => new LineQueue(path, max_waiting),
  close: (queue) => queue.close(),

  async log(kong, _config, queue) {
    const { client_ip, request, response, latencies } = await kong.log.serialize()
    const line = {
      at: new Date().toISOString(),
      client: client_ip,
      method: request?.method,
      uri: request?.uri,
      status: response?.status,
      milliseconds: latencies?.request,
    }
    queue.add(JSON.stringify(line))
  },
})

/** Lines on their way into a file: no request waits for the disk, and no more than `most` lines wait in memory. */
class LineQueue {
  readonly #path: string
  readonly #most: number
  readonly #stop = new AbortController()
  #lines: string[] = []
  #lost = 0
  #writing: Promise<void> | undefined

  constructor(path: string, most: number) {
    this.#path = path
    this.#most = most
  }

  add(line: string): void {
    if (this.#lines.length >= this.#most) this.#lost++
    else this.#lines.push(`${line}\n`)
    this.#writing ??= this.#write()
  }

  /** Writes what waits; a disk that fails now is not tried again. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#writing
    this.#lost += this.#lines.length
    if (this.#lost > 0) console.error(`${this.#path}: ${this.#lost} lines were lost`)
  }

  async #write(): Promise<void> {
    while (this.#lines.length > 0) {
      // What is being written counts as waiting still.
      const batch = this.#lines.length
      const text = this.#lines.join('')
      try {
        // Kong starts plugins with umask 0, so a mode is needed.
        await appendFile(this.#path, text, { mode: 0o640 })
        this.#lines.splice(0, batch)
        this.#reportLost()
      } catch (error) {
        console.error(`Cannot write to ${this.#path}, ${batch} lines wait: ${(error as Error).message}`)
        if (this.#stop.signal.aborted) return
        await setTimeout(1000, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
    this.#writing = undefined
  }

  #reportLost(): void {
    if (this.#lost > 0)
      console.error(`${this.#path}: ${this.#lost} lines were lost while it could not be written`)
    this.#lost = 0
  }
}
