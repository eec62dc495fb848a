import type { Socket } from 'node:net'

/** Connections and the work that goes on for them, so that both come to an end. */
export class UnderWay {
  readonly #sockets = new Set<Socket>()
  readonly #work = new Set<Promise<void>>()

  /** One that is given back by node:http after an upgrade is known already. */
  addSocket(socket: Socket): void {
    if (this.#sockets.has(socket)) return
    // A reset is the client's own business; 'close' follows.
    socket.on('error', () => undefined)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** Work that never rejects. */
  addWork(work: Promise<void>): void {
    this.#work.add(work)
    void work.finally(() => this.#work.delete(work))
  }

  async finished(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work)
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
