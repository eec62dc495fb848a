import type { Log } from '../../plugin/log.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { WorkerProcess } from './worker-process.ts'

/** Milliseconds between two looks at the workers. */
const longestInterval = 1000
/** Looks in a whole timeout. */
const looksPerTimeout = 4
/** Milliseconds that a worker must have served to be started again at once. */
const shortestLife = 200
/** Milliseconds before one is that had not, and at most after it did so time and again: as Kong does with servers. */
const firstDelay = 100
const longestDelay = 1000

export interface CrewOptions {
  readonly name: string
  readonly count: number
  /** Milliseconds for which a worker may be silent. */
  readonly timeout: number
  readonly log: Log
  /** A worker is there: resolves when it may serve. */
  readonly prepare: (worker: WorkerProcess) => Promise<void>
  readonly serves: (worker: WorkerProcess) => void
  readonly heard: (worker: WorkerProcess, message: FromWorker) => void
  readonly ended: (worker: WorkerProcess) => void
  /** A name for the handler that keeps a worker from answering. */
  readonly blamed: (worker: WorkerProcess) => string
  /** Called at each look. */
  readonly looks: () => void
}

/** The worker processes: one in each slot, started again when it ends, ended when it does not answer. */
export class Crew {
  readonly #options: CrewOptions
  readonly #slots: (WorkerProcess | undefined)[]
  readonly #failures: number[]
  readonly #interval: number
  readonly #timer: NodeJS.Timeout
  readonly #delays = new Set<NodeJS.Timeout>()
  #stopping = false
  #changed = () => {}

  constructor(options: CrewOptions) {
    const { count, timeout } = options
    this.#options = options
    this.#failures = Array.from({ length: count }, () => 0)
    this.#slots = this.#failures.map((_, slot) => this.#start(slot))
    this.#interval = Math.min(longestInterval, Math.ceil(timeout / looksPerTimeout))
    this.#timer = setInterval(() => this.#look(), this.#interval)
  }

  get workers(): WorkerProcess[] {
    return this.#slots.filter((worker) => worker !== undefined)
  }

  /** Those that take part in what all have to know. */
  get informed(): WorkerProcess[] {
    return this.workers.filter(({ informed }) => informed)
  }

  tellAll(message: ToWorker): void {
    for (const worker of this.informed) worker.send(message)
  }

  /** Resolves when each has served or failed, and one serves. */
  async manned(): Promise<void> {
    const ready = () =>
      this.workers.some(({ serving }) => serving) &&
      this.#failures.every((failures, slot) => failures > 0 || this.#slots[slot]?.serving)
    while (!ready()) await this.#change()
  }

  /** Starts none again; resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const delay of this.#delays) clearTimeout(delay)
    for (const worker of this.workers) if (!worker.informed) worker.kill()
    while (this.workers.length > 0) await this.#change()
    clearInterval(this.#timer)
  }

  killAll(): void {
    for (const worker of this.workers) worker.kill()
  }

  #start(slot: number): WorkerProcess {
    return new WorkerProcess(
      slot,
      this.#options.count,
      (worker, message) => {
        if (message.kind === 'ready') {
          worker.turnKey = message.turnKey
          void this.#ready(worker)
        } else this.#options.heard(worker, message)
      },
      (worker, how) => this.#ended(worker, how),
    )
  }

  async #ready(worker: WorkerProcess): Promise<void> {
    worker.informed = true
    await this.#options.prepare(worker)
    if (!worker.informed || this.#stopping) return
    worker.serving = true
    worker.servesSince = performance.now()
    this.#options.serves(worker)
    this.#changed()
  }

  #ended(worker: WorkerProcess, how: string): void {
    const { name, log, ended } = this.#options
    const { slot, servesSince } = worker
    this.#slots[slot] = undefined
    ended(worker)
    if (!this.#stopping) {
      const lasted = servesSince !== undefined && performance.now() - servesSince >= shortestLife
      const failures = lasted ? 0 : (this.#failures[slot] ?? 0) + 1
      this.#failures[slot] = failures
      const delay = lasted ? 0 : Math.min(firstDelay * 2 ** (failures - 1), longestDelay)
      const what =
        servesSince === undefined ? 'it had not served yet' : 'the events that it had begun are refused'
      const when = delay === 0 ? 'at once' : `in ${delay} ms`
      log.error(
        `worker ${slot + 1} of ${name} (pid ${worker.pid}) ended with ${how}: ${what}; another one starts ${when}`,
      )
      const timer = setTimeout(() => {
        this.#delays.delete(timer)
        this.#slots[slot] = this.#start(slot)
      }, delay)
      this.#delays.add(timer)
    }
    this.#changed()
  }

  /** Counts looks, not time: while this process is stopped, or the machine asleep, nobody is late. */
  #look(): void {
    const { name, timeout, log, looks, blamed } = this.#options
    for (const worker of this.workers) {
      const silent = worker.silence * this.#interval
      const what = () =>
        `worker ${worker.slot + 1} of ${name} (pid ${worker.pid}) has not answered for ${silent} ms, as ${blamed(worker)} does not let its loop go on`
      if (silent >= timeout) {
        log.error(`${what()}: it is ended`)
        worker.kill()
        continue
      }
      if (worker.silence === 1 && worker.informed) log.warn(what())
      if (worker.silence++ === 0 && worker.informed) worker.send({ kind: 'ping' })
    }
    looks()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#changed
      this.#changed = () => {
        before()
        resolve()
      }
    })
  }
}
