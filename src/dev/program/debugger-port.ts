import type { Started } from '../../fake-kong/launcher.ts'

/**
 * The one port of Node's debugger, for one process after the other. A process that finds it taken by the one before
 * opens it when that has ended: SIGUSR1 tells Node to.
 */
export class DebuggerPort {
  readonly #port: number | undefined
  /** Has the port, or is about to. */
  #holder: Started | undefined
  #current: Started | undefined

  constructor(port: number | undefined) {
    this.#port = port
  }

  /** The flags of a process that is to be started. */
  get flags(): readonly string[] {
    if (this.#port === undefined) return []
    return [`--inspect${this.#holder === undefined ? '' : '-port'}=127.0.0.1:${this.#port}`]
  }

  /** A process was started with the flags of just before. */
  started(started: Started): void {
    if (this.#port !== undefined && this.#holder === undefined) this.#hold(started)
  }

  /** The process that takes requests from now on. */
  follow(started: Started): void {
    this.#current = started
    if (this.#port !== undefined && this.#holder === undefined) this.#open(started)
  }

  #open(started: Started): void {
    if (started.end !== undefined) return
    started.signal('SIGUSR1')
    this.#hold(started)
  }

  #hold(started: Started): void {
    this.#holder = started
    void started.ended.then(() => {
      this.#holder = undefined
      if (this.#current !== undefined && this.#current !== started) this.#open(this.#current)
    })
  }
}
