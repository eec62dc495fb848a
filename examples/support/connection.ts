import { createConnection, type Socket } from 'node:net'

/** Takes one message off the front of the bytes, or `undefined` when it is not whole yet. */
export type Take<T> = (bytes: Buffer) => { message: T; rest: Buffer } | undefined

/** A connection to a plugin's socket, read message by message. */
export class Connection {
  readonly #socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #ended = false
  #wake = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  static open(path: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path, () => resolve(new Connection(socket)))
      socket.once('error', reject)
    })
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  async read<T>(take: Take<T>): Promise<T> {
    for (;;) {
      const taken = take(this.#bytes)
      if (taken !== undefined) {
        this.#bytes = taken.rest
        return taken.message
      }
      if (this.#ended) throw new Error('The plugin closed the connection in the middle of an event')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  end(): void {
    this.#socket.end()
  }
}

/** Idle connections are used again, the latest first, as Kong's pool does. */
export class Pool {
  readonly #path: string
  readonly #idle: Connection[] = []

  constructor(path: string) {
    this.#path = path
  }

  async take(): Promise<Connection> {
    return this.#idle.pop() ?? (await Connection.open(this.#path))
  }

  put(connection: Connection): void {
    this.#idle.push(connection)
  }

  end(): void {
    for (const connection of this.#idle.splice(0)) connection.end()
  }
}
