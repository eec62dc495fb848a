import { createConnection, type Socket } from 'node:net'
import { KongPluginError, reason } from '../errors.ts'
import { PeerError } from './peer-error.ts'

/** Finds the messages in bytes that arrive in any cut. */
export type Decode<M> = (chunk: Buffer) => Iterable<M>

/** One connection to a plugin server, read message by message. Each wait has a limit, as Kong's has. */
export class Connection<M> {
  readonly #socket: Socket
  readonly #messages: M[] = []
  #failure: PeerError | undefined
  #wake: () => void = () => undefined

  private constructor(socket: Socket, decode: Decode<M>) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      try {
        for (const message of decode(chunk as Buffer)) {
          if (message instanceof KongPluginError) throw message
          this.#messages.push(message)
        }
        this.#wake()
      } catch (error) {
        this.#fail(new PeerError('unreadable', `it sent what cannot be read: ${reason(error)}`))
        socket.destroy()
      }
    })
    // A reset; 'close' follows.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#fail(new PeerError('closed', 'it closed the connection')))
  }

  static open<M>(path: string, limit: number, decode: Decode<M>): Promise<Connection<M>> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path)
      const refuse = (why: string) => {
        socket.destroy()
        reject(new PeerError('refused', `it takes no connection: ${why}`))
      }
      const timer = setTimeout(() => refuse(`no answer in ${limit} ms`), limit)
      socket.once('error', (error) => {
        clearTimeout(timer)
        refuse(error.message)
      })
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.removeAllListeners('error')
        resolve(new Connection(socket, decode))
      })
    })
  }

  /** Whether it can carry another command: open, and nothing unread on it. */
  get isClean(): boolean {
    return this.#failure === undefined && !this.hasMessage
  }

  /** Whether something came that is not read yet. */
  get hasMessage(): boolean {
    return this.#messages.length > 0
  }

  write(bytes: Uint8Array): void {
    if (this.#failure === undefined) this.#socket.write(bytes)
  }

  async read(limit: number, what: string): Promise<M> {
    const expired = performance.now() + limit
    for (;;) {
      const message = this.#messages.shift()
      if (message !== undefined) return message
      if (this.#failure !== undefined) throw this.#failure
      const left = expired - performance.now()
      if (left <= 0) throw new PeerError('silent', `it did not send ${what} within ${limit} ms`)
      await this.#wait(left)
    }
  }

  /** Resolves when the server has closed it, or after the limit; tells which. */
  async closedWithin(limit: number): Promise<boolean> {
    const expired = performance.now() + limit
    while (this.#failure === undefined) {
      const left = expired - performance.now()
      if (left <= 0) return false
      await this.#wait(left)
    }
    return true
  }

  close(): void {
    this.#socket.destroy()
  }

  #wait(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limit)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #fail(failure: PeerError): void {
    this.#failure ??= failure
    this.#wake()
  }
}

/** Kong's pool: connections without a command under way, the latest is used first. */
export class Pool<M> {
  readonly #path: string
  readonly #limit: number
  readonly #createDecode: () => Decode<M>
  readonly #idle: Connection<M>[] = []

  constructor(path: string, limit: number, createDecode: () => Decode<M>) {
    this.#path = path
    this.#limit = limit
    this.#createDecode = createDecode
  }

  async take(): Promise<Connection<M>> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isClean) return idle
      idle.close()
    }
    return Connection.open(this.#path, this.#limit, this.#createDecode())
  }

  /** Kong keeps no connection on which something came that nobody asked for. */
  put(connection: Connection<M>): void {
    if (connection.isClean) this.#idle.push(connection)
    else connection.close()
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close()
  }
}
