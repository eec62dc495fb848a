/** A session that has written something. */
export interface Written {
  flush(): void
}

/**
 * Sends what the sessions have written since the last turn of the loop: one write each, all after another, so that the
 * gateway is woken once for many of them.
 */
export class Flusher {
  #sessions: Written[] = []
  #others: Written[] = []
  #count = 0
  readonly flush = (): void => {
    const sessions = this.#sessions
    const count = this.#count
    this.#sessions = this.#others
    this.#others = sessions
    this.#count = 0
    for (let index = 0; index < count; index++) {
      const session = sessions[index]!
      sessions[index] = nobody
      session.flush()
    }
  }

  add(session: Written): void {
    this.#sessions[this.#count++] = session
    if (this.#count === 1) setImmediate(this.flush)
  }
}

const nobody: Written = { flush() {} }
