import { setTimeout as delay } from 'node:timers/promises'
import { BuildError } from '../../../build/errors.ts'
import { PeerError } from '../../fake-kong/peer-error.ts'

/** One thing that was tried. */
export interface Step {
  /** `DUMP`, `SOCKET`, `PHASE` and so on. */
  readonly name: string
  /** The plugin that it was about; absent where it is about the whole server. */
  readonly plugin?: string
  readonly phase?: string
  readonly ok: boolean
  readonly milliseconds: number
  /** What was found, in words. */
  readonly detail: string
  /** What the plugin wrote meanwhile; for failures only. */
  readonly output: readonly string[]
}

/** What a step is about, and where the plugin's words are to be found when it fails. */
export interface About {
  readonly plugin?: string
  readonly phase?: string
  /** Gives the lines since it was last called. */
  readonly output?: () => readonly string[]
  /** How many times the limit it may take as a whole; each wait inside has the limit by itself. */
  readonly rounds?: number
}

/** A step's answer is no; the message says why. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

const mostLines = 20
/** Milliseconds in which the last words of a plugin arrive after it has failed. */
const lastWords = 100

/** Runs steps one after the other, each with a time limit, until it is interrupted. */
export class Steps {
  readonly #limit: number
  readonly #interruption: AbortSignal
  readonly #onStep: (step: Step) => void
  readonly done: Step[] = []

  constructor(limit: number, interruption: AbortSignal, onStep: (step: Step) => void) {
    this.#limit = limit
    this.#interruption = interruption
    this.#onStep = onStep
  }

  /** Runs one step; gives what it found, or undefined where it failed. What is neither is thrown. */
  async run<T>(
    name: string,
    about: About,
    work: () => Promise<readonly [string, T]>,
  ): Promise<T | undefined> {
    const started = performance.now()
    const { plugin, phase, output, rounds = 1 } = about
    // What was written before is about other steps.
    output?.()
    const finish = (ok: boolean, detail: string, lines: readonly string[], took: number) => {
      const where = { ...(plugin !== undefined && { plugin }), ...(phase !== undefined && { phase }) }
      const step = { name, ...where, ok, milliseconds: Math.round(took), detail, output: lines }
      this.done.push(step)
      this.#onStep(step)
    }
    try {
      const [detail, found] = await this.#within(this.#limit * rounds + lastWords, work())
      finish(true, detail, [], performance.now() - started)
      return found
    } catch (error) {
      if (!(error instanceof Failure || error instanceof PeerError)) throw error
      const took = performance.now() - started
      await delay(lastWords)
      finish(false, error.message, output?.().slice(-mostLines) ?? [], took)
      return undefined
    }
  }

  async #within<T>(limit: number, work: Promise<T>): Promise<T> {
    const settled = new AbortController()
    const { signal } = settled
    const expired = delay(limit, undefined, { signal }).then(() => {
      throw new Failure(`it was not over within ${limit} ms`)
    })
    const interrupted = new Promise<never>((_, reject) => {
      const stop = () => reject(new BuildError('Interrupted: what was started has been ended'))
      if (this.#interruption.aborted) stop()
      this.#interruption.addEventListener('abort', stop, { once: true, signal })
    })
    work.catch(() => undefined)
    expired.catch(() => undefined)
    try {
      return await Promise.race([work, expired, interrupted])
    } finally {
      settled.abort()
    }
  }
}
