/** What Kong does with a plugin server, over either protocol. Written apart from `src/`, so that it can check it. */
export interface Peer {
  startInstance(name: string, config: object): Promise<number>
  closeInstance(id: number): Promise<void>
  /** Runs one phase; `watch` sees each call as it is answered. */
  handleEvent(id: number, phase: string, answers: Answers, watch?: (call: Call) => void): Promise<Outcome>
  end(): void
}

/** Results by Kong's name of the function. What returns nothing needs no answer; all else must be here. */
export type Answers = Readonly<Record<string, (...args: unknown[]) => unknown>>

export interface Call {
  readonly method: string
  readonly args: readonly unknown[]
  readonly result: unknown
}

export interface Outcome {
  /** All calls but the last one where that ended the event. */
  readonly calls: readonly Call[]
  /** Present when the plugin answered the request itself. */
  readonly exit?: Exit
}

export interface Exit {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** The answer to a call; one that the table does not hold is a mistake of the test, and says so. */
export function answerOf(answers: Answers, method: string, args: readonly unknown[]): unknown {
  const answer = answers[method]
  if (answer !== undefined) return answer(...args)
  if (/\.(set|add|clear)_|\.log\.(?!serialize)|\.authenticate$/.test(method)) return undefined
  throw new Error(`The plugin called ${method}(${args.map(String).join(', ')}), which has no answer here`)
}

/** An answer that looks a name up: `named({ host: 'a.example' })`. */
export function named(values: Readonly<Record<string, unknown>>): (...args: unknown[]) => unknown {
  return (name) => values[String(name)]
}
