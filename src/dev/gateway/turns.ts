import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Line {
  /** Resolves when all that came before is over. */
  last: Promise<void>
  readonly open: Set<() => void>
}

/** Requests of one connection come one after the other, as nginx takes them. */
export class Turns {
  readonly #lines = new WeakMap<Socket, Line>()

  /** Resolves when every response that was begun on the connection is over, or the connection is. */
  async over(socket: Socket): Promise<void> {
    await this.#lines.get(socket)?.last
  }

  /** The response's turn lasts until it is closed; gives what resolves when it has come. */
  take(socket: Socket, response: ServerResponse): Promise<void> {
    const line = this.#lineOf(socket)
    const before = line.last
    line.last = new Promise((resolve) => {
      const end = () => {
        line.open.delete(end)
        resolve()
      }
      line.open.add(end)
      response.once('close', end)
      if (socket.destroyed) end()
    })
    return before
  }

  #lineOf(socket: Socket): Line {
    const known = this.#lines.get(socket)
    if (known !== undefined) return known
    const line: Line = { last: Promise.resolve(), open: new Set() }
    this.#lines.set(socket, line)
    socket.once('close', () => {
      for (const end of line.open) end()
    })
    return line
  }
}
