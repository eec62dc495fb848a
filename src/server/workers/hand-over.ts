import type { Socket } from 'node:net'
import type { Abandoned } from '../../protocol/abandoned.ts'
import { readNow } from '../close.ts'
import { refuse } from './refusal.ts'
import type { HandedOver, WorkerProcess } from './worker-process.ts'

/**
 * Hands connections to the worker that has the fewest. The parent keeps a descriptor of each, so that it can answer in
 * the stead of a worker that died.
 */
export class HandOver {
  readonly #workers: () => readonly WorkerProcess[]
  readonly #abandoned: Abandoned
  #waiting: { socket: Socket; unread: Buffer | undefined }[] = []
  #last = 0
  #lastSlot = -1
  #letGo = false

  constructor(workers: () => readonly WorkerProcess[], abandoned: Abandoned) {
    this.#workers = workers
    this.#abandoned = abandoned
  }

  /** `unread` came on it before, and was not for us. */
  accept(socket: Socket, unread?: Buffer): void {
    const worker = this.#choose()
    if (worker === undefined) {
      this.#waiting.push({ socket, unread })
      return
    }
    const id = ++this.#last
    this.#lastSlot = worker.slot
    worker.connections.set(id, { socket, unread, taken: false, starting: false })
    const text = unread?.toString('base64')
    worker.send({ kind: 'connection', id, ...(text !== undefined && { unread: text }) }, socket, true)
  }

  /** A worker has begun to serve: what waited for one is handed over. */
  serveWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { socket, unread } of waiting) this.accept(socket, unread)
  }

  taken(worker: WorkerProcess, id: number): void {
    const connection = worker.connections.get(id)
    if (connection === undefined) return
    connection.taken = true
    if (this.#letGo) this.gone(worker, id)
  }

  gone(worker: WorkerProcess, id: number): void {
    worker.connections.get(id)?.socket.destroy()
    worker.connections.delete(id)
  }

  /** What a dead worker had not read goes to another one; all else is answered in its stead. */
  release(worker: WorkerProcess): void {
    const connections = [...worker.connections.values()]
    worker.connections.clear()
    for (const connection of connections) this.#release(connection)
  }

  /**
   * From now on a connection is its worker's alone: while the server stops, Kong must see its end in the moment in which
   * the worker closes it.
   */
  letGo(): void {
    this.#letGo = true
    for (const { socket } of this.#waiting.splice(0)) socket.destroy()
    for (const worker of this.#workers())
      for (const [id, { taken }] of worker.connections) if (taken) this.gone(worker, id)
  }

  #release({ socket, unread, taken, starting }: HandedOver): void {
    const late = taken && !starting ? readNow(socket) : unread
    const whole = taken ? late !== undefined && this.#abandoned.isCommand(late) : true
    if (!whole) refuse(socket, this.#abandoned.refusal, starting)
    else if (this.#letGo) socket.destroy()
    else this.accept(socket, late)
  }

  /** Those that are late to answer come last; among equals it goes round. */
  #choose(): WorkerProcess | undefined {
    let best: WorkerProcess | undefined
    for (const worker of this.#inTurn())
      if (worker.serving && (best === undefined || weight(worker) < weight(best))) best = worker
    return best
  }

  #inTurn(): WorkerProcess[] {
    const workers = this.#workers()
    const after = workers.findIndex(({ slot }) => slot > this.#lastSlot)
    return after < 0 ? [...workers] : [...workers.slice(after), ...workers.slice(0, after)]
  }
}

function weight({ connections, silence }: WorkerProcess): number {
  return silence > 1 ? connections.size + 1_000_000 : connections.size
}
