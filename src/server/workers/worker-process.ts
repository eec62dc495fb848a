import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { inBinary } from '../../binary.ts'
import { slotFlag } from '../arguments.ts'
import type { HandedOver, Holder } from './hand-over.ts'
import { readTurn, type Turn } from './last-turn.ts'
import { type FromWorker, isMessage, type SharedInstance, type ToWorker } from './messages.ts'

/**
 * Milliseconds that a worker has to confirm something. One that is busy for longer gets it all the same, and an event
 * that it finds first is answered as one of an unknown instance: Kong starts it again. Requests wait for the start of
 * their instance, ten seconds at most.
 */
const longestWait = 2000

/** Milliseconds for what a worker had still said when it ended. */
const lastWords = 100

/** A worker process, as its parent sees it. */
export class WorkerProcess implements Holder {
  readonly slot: number
  readonly connections = new Map<number, HandedOver>()
  /** Whether it takes part in what all have to know. */
  informed = false
  /** Whether it gets connections. */
  serving = false
  /** Since when it has, by the monotonic clock. */
  servesSince: number | undefined
  /** By which its note of the last turn is found. */
  turnKey = ''
  /** Looks at it since it last gave an answer. */
  silence = 0
  readonly #child: ChildProcess
  readonly #receipts = new Map<number, () => void>()
  #lastReceipt = 0

  constructor(
    slot: number,
    count: number,
    heard: (worker: WorkerProcess, message: FromWorker) => void,
    ended: (worker: WorkerProcess, how: string) => void,
  ) {
    this.slot = slot
    const child = startAgain(slot, count)
    this.#child = child
    child.on('message', (message) => {
      if (!isMessage<FromWorker>(message)) return
      this.silence = 0
      if (message.kind === 'receipt') this.#received(message.receipt)
      else heard(this, message)
    })
    let over = false
    const end = (how: string) => {
      if (over) return
      over = true
      this.informed = false
      this.serving = false
      for (const receipt of [...this.#receipts.keys()]) this.#received(receipt)
      ended(this, how)
    }
    child.once('exit', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`
      // What it has said is heard before its end is. Node may not tell the end of a message that was cut.
      if (!child.connected) end(how)
      else {
        child.once('disconnect', () => end(how))
        setTimeout(() => end(how), lastWords)
      }
    })
    child.on('error', (error) => {
      if (child.pid === undefined) end(error.message)
    })
  }

  /** Whether it has not answered between two looks. */
  get silent(): boolean {
    return this.silence > 1
  }

  /** The event whose handler ran last there, if it can be found out. */
  get lastTurn(): Turn | undefined {
    return this.pid === undefined || this.turnKey === '' ? undefined : readTurn(this.pid, this.turnKey)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  send(message: ToWorker, socket?: Socket, keepOpen = false): void {
    if (this.#child.connected) this.#child.send(message, socket, { keepOpen }, () => undefined)
    else if (!keepOpen) socket?.destroy()
  }

  /** Resolves once the worker has an instance, is gone, or is busy with something else. */
  learn(instance: SharedInstance): Promise<void> {
    return this.#receipt((receipt) => this.send({ kind: 'instance', receipt, ...instance }))
  }

  /** Resolves once the worker uses its end of a connection with another one, is gone, or is busy. */
  link(slot: number, asks: boolean, socket: Socket): Promise<void> {
    return this.#receipt((receipt) => this.send({ kind: 'link', receipt, slot, asks }, socket))
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #receipt(send: (receipt: number) => void): Promise<void> {
    const receipt = ++this.#lastReceipt
    if (!this.#child.connected || this.silent) {
      send(receipt)
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#received(receipt), longestWait)
      this.#receipts.set(receipt, () => {
        clearTimeout(timer)
        resolve()
      })
      send(receipt)
    })
  }

  #received(receipt: number): void {
    this.#receipts.get(receipt)?.()
    this.#receipts.delete(receipt)
  }
}

/**
 * This very program once more, with its flags and the environment that it has. On Linux it is the file that runs, even
 * if another one has its name by now: workers of two versions would not understand each other.
 */
function startAgain(slot: number, count: number): ChildProcess {
  const self = '/proc/self/exe'
  const program = process.platform === 'linux' && existsSync(self) ? self : process.execPath
  const script = inBinary() === undefined ? [...process.execArgv, process.argv[1] as string] : []
  return spawn(program, [...script, `-${slotFlag}=${slot}/${count}`, ...process.argv.slice(2)], {
    argv0: process.argv0,
    // Descriptor 1 is stderr here too: stdout belongs to the dump.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
}
