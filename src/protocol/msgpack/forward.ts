import type { Socket } from 'node:net'
import type { ForwardedStep } from '../../plugin/sharing.ts'
import { MessageDecoder } from '../../wire/msgpack.ts'
import { encodeMessage } from '../../wire/msgpack-writer.ts'
import type { Session, Wire } from '../dialect.ts'

/**
 * Steps of MsgPack:1 events that arrived here and began in another worker. An event's id tells its worker; between each
 * two workers there is a connection for each direction, on which they speak as Kong does.
 */
export class Forwarder {
  readonly #slot: number
  readonly #count: number
  readonly #frameLimit: number
  readonly #links = new Map<number, Link>()

  constructor(slot: number, count: number, frameLimit: number) {
    this.#slot = slot
    this.#count = count
    this.#frameLimit = frameLimit
  }

  /** Takes the connection on which another worker answers. */
  link(slot: number, socket: Socket): void {
    this.#links.set(slot, new Link(socket, this.#frameLimit))
  }

  forward(step: ForwardedStep, answer: (result: unknown) => void): boolean {
    const slot = step.eventId % this.#count
    const link = slot === this.#slot ? undefined : this.#links.get(slot)
    link?.ask(step, answer)
    return link !== undefined
  }
}

/** Serves the steps that another worker sends on: as if it were Kong. */
export function serveLink(socket: Socket, createSession: (wire: Wire) => Session): void {
  const session = createSession({
    write: (bytes, length) => void socket.write(Buffer.from(bytes.subarray(0, length))),
    end: () => socket.end(),
    // The other worker closes it, when it leaves.
    close: () => false,
  })
  socket.on('data', (chunk: Buffer) => session.receive(chunk, chunk.length))
  socket.on('error', () => undefined)
  socket.on('close', () => session.closed())
}

class Link {
  readonly #socket: Socket
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #asked = 0

  constructor(socket: Socket, frameLimit: number) {
    this.#socket = socket
    const decoder = new MessageDecoder(frameLimit)
    socket.on('data', (chunk: Buffer) => {
      for (const message of decoder.push(chunk)) this.#answered(message as readonly unknown[])
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const answer of this.#waiting.values()) answer(undefined)
      this.#waiting.clear()
    })
  }

  ask({ method, argument }: ForwardedStep, answer: (result: unknown) => void): void {
    if (this.#socket.destroyed) {
      answer(undefined)
      return
    }
    const id = ++this.#asked
    this.#waiting.set(id, answer)
    this.#socket.write(encodeMessage([0, id, method, [argument]]))
  }

  #answered([, id, , result]: readonly unknown[]): void {
    const answer = this.#waiting.get(Number(id))
    this.#waiting.delete(Number(id))
    answer?.(result ?? undefined)
  }
}
