import type { Event } from '../../plugin/event.ts'
import type { Session, Wire } from '../../protocol/dialect.ts'

/**
 * Sessions whose words can be held back: an instance that a session starts must be known to all workers before Kong
 * hears of it, and Kong sends nothing on that connection meanwhile.
 */
export class Gates {
  readonly #create: (wire: Wire) => Session
  readonly #goesOn: (event: Event) => void
  #current: Gate | undefined

  /** `goesOn` hears of the event that began last on a connection when more comes there. */
  constructor(create: (wire: Wire) => Session, goesOn: (event: Event) => void) {
    this.#create = create
    this.#goesOn = goesOn
  }

  get current(): Gate | undefined {
    return this.#current
  }

  /** A session on the connection of that id. */
  createSession(wire: Wire, connection: number): Session {
    const gate = new Gate(wire, connection)
    const session = this.#create(gate)
    return {
      receive: (chunk, length) => {
        this.#current = gate
        if (gate.event !== undefined) this.#goesOn(gate.event)
        try {
          session.receive(chunk, length)
        } finally {
          this.#current = undefined
        }
      },
      closed: () => session.closed(),
      drain: () => session.drain(),
      endIfIdle: (stale) => session.endIfIdle(stale),
    }
  }

  /** Holds back what the session that is just receiving says, until its gate is opened. */
  hold(): Gate | undefined {
    this.#current?.hold()
    return this.#current
  }
}

export class Gate implements Wire {
  readonly connection: number
  /** The one whose handler ran last for what came here. */
  event: Event | undefined
  readonly #wire: Wire
  #holds = 0
  #held: (() => void)[] = []

  constructor(wire: Wire, connection: number) {
    this.#wire = wire
    this.connection = connection
  }

  hold(): void {
    this.#holds++
  }

  open(): void {
    if (--this.#holds > 0) return
    const held = this.#held
    this.#held = []
    for (const act of held) act()
  }

  write(bytes: Buffer, length: number): void {
    if (this.#holds === 0) {
      this.#wire.write(bytes, length)
      return
    }
    const held = Buffer.from(bytes.subarray(0, length))
    this.#held.push(() => this.#wire.write(held, length))
  }

  end(): void {
    if (this.#holds === 0) this.#wire.end()
    else this.#held.push(() => this.#wire.end())
  }

  close(): boolean {
    return this.#holds === 0 && this.#wire.close()
  }
}
