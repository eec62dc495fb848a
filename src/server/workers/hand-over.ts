import type { Socket } from 'node:net'
import type { Abandoned } from '../../protocol/abandoned.ts'
import { readNow } from '../close.ts'
import type { ToWorker } from './messages.ts'
import { sendRefusal } from './refusal.ts'

/** A connection as the parent keeps it: its own descriptor of the socket, from which it does not read. */
export interface HandedOver {
  readonly socket: Socket
  /** What came on it for a worker that is gone. */
  readonly unread: Buffer | undefined
  /** Whether the worker has begun to read from it. */
  taken: boolean
  /** Whether Kong waits there for an instance. */
  starting: boolean
}

/** A worker, as far as it gets connections. */
export interface Holder {
  readonly slot: number
  readonly serving: boolean
  readonly silent: boolean
  readonly connections: Map<number, HandedOver>
  send(message: ToWorker, socket: Socket, keepOpen: true): void
}

/** Looks for a command on a connection whose worker died, and milliseconds between two of them. */
const looks = 6
const pause = 10

/**
 * Hands connections to the worker that has the fewest. The parent keeps a descriptor of each, so that it can answer in
 * the stead of a worker that died.
 */
export class HandOver {
  readonly #workers: () => readonly Holder[]
  readonly #abandoned: Abandoned
  #waiting: { socket: Socket; unread: Buffer | undefined }[] = []
  #last = 0
  #lastSlot = -1
  #letGo = false

  constructor(workers: () => readonly Holder[], abandoned: Abandoned) {
    this.#workers = workers
    this.#abandoned = abandoned
  }

  accept(socket: Socket): void {
    // What breaks is one connection's loss.
    socket.on('error', () => undefined)
    this.#give(socket)
  }

  /** `unread` came on it for a worker that is gone. */
  #give(socket: Socket, unread?: Buffer): void {
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
    for (const { socket, unread } of waiting) this.#give(socket, unread)
  }

  taken(worker: Holder, id: number): void {
    const connection = worker.connections.get(id)
    if (connection === undefined) return
    connection.taken = true
    if (this.#letGo) this.gone(worker, id)
  }

  gone(worker: Holder, id: number): void {
    worker.connections.get(id)?.socket.destroy()
    worker.connections.delete(id)
  }

  /** What a dead worker had not read goes to another one; all else is answered in its stead. */
  release(worker: Holder): void {
    const connections = [...worker.connections.values()]
    worker.connections.clear()
    for (const connection of connections) void this.#release(connection)
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

  async #release({ socket, unread, taken, starting }: HandedOver): Promise<void> {
    const { refusal, goesOn } = this.#abandoned
    const command = taken ? await this.#commandOn(socket) : undefined
    if (!this.#letGo && (!taken || command !== undefined)) this.#give(socket, command ?? unread)
    else if (!taken || starting || refusal === undefined) socket.destroy()
    else if (this.#letGo || !goesOn) sendRefusal(socket, refusal)
    else {
      socket.write(refusal)
      this.#give(socket)
    }
  }

  /**
   * What Kong has sent, once that is a whole command. The worker may have answered right before it died, which nobody
   * can know; Kong is quick to send the next command then. So where nothing comes for a while Kong waits for an
   * answer, or for nothing.
   */
  async #commandOn(socket: Socket): Promise<Buffer | undefined> {
    let bytes = Buffer.alloc(0)
    for (let look = 1; ; look++) {
      for (let more = readNow(socket); more !== undefined; more = readNow(socket))
        bytes = Buffer.concat([bytes, more])
      if (this.#abandoned.isCommand(bytes)) return bytes
      if (look === looks || this.#letGo) return undefined
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  /** Those that are late to answer come last; among equals it goes round. */
  #choose(): Holder | undefined {
    let best: Holder | undefined
    for (const worker of this.#inTurn())
      if (worker.serving && (best === undefined || weight(worker) < weight(best))) best = worker
    return best
  }

  #inTurn(): Holder[] {
    const workers = this.#workers()
    const after = workers.findIndex(({ slot }) => slot > this.#lastSlot)
    return after < 0 ? [...workers] : [...workers.slice(after), ...workers.slice(0, after)]
  }
}

function weight({ connections, silent }: Holder): number {
  return silent ? connections.size + 1_000_000 : connections.size
}
