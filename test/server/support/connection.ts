import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection of Kong's side: the bytes that came and were not read yet, and whether it has ended. */
export class Connection {
  readonly socket: Socket
  bytes = Buffer.alloc(0)
  closed = false
  #wake: () => void = () => undefined

  constructor(path: string) {
    this.socket = connect(path)
    this.socket.on('data', (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk as Buffer])
      this.#wake()
    })
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  async connected(): Promise<this> {
    await once(this.socket, 'connect')
    return this
  }

  /** Resolves when something has come, or when the connection has ended. */
  news(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }
}
