/** Characters after which a line is taken for one although it has not ended. */
const longest = 65_536

/** Lines that are kept of what was said last. */
const mostKept = 20

/** Makes whole lines of what a process writes. They are held back until somebody listens. */
export class Lines {
  readonly #rests = { stdout: '', stderr: '' }
  #held: string[] = []
  #last: string[] = []
  #listener: ((line: string) => void) | undefined

  /** The latest lines. */
  get last(): readonly string[] {
    return this.#last
  }

  push(stream: 'stdout' | 'stderr', text: string): void {
    const lines = (this.#rests[stream] + text).split('\n')
    const rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
    if (rest.length > longest) this.#line(rest)
    this.#rests[stream] = rest.length > longest ? '' : rest
  }

  /** The process has ended: what is left is a line too. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#rests[stream] !== '') this.#line(this.#rests[stream])
      this.#rests[stream] = ''
    }
  }

  listen(listener: (line: string) => void): void {
    this.#listener = listener
    for (const line of this.#held.splice(0)) listener(line)
  }

  #line(line: string): void {
    if (line.trim() === '') return
    this.#last = [...this.#last.slice(1 - mostKept), line]
    if (this.#listener === undefined) this.#held = [...this.#held, line].slice(-1000)
    else this.#listener(line)
  }
}
