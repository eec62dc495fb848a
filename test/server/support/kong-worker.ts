import { MsgpackPeer } from './msgpack-peer.ts'
import { ProtobufPeer } from './protobuf-peer.ts'

/** What became of an event: the value of the last header it set, a refusal with 500, or a closed connection. */
export type Outcome = { done: string } | 'refused' | 'closed'

interface Peer {
  readonly closed: boolean
  readonly bytes: Buffer
  readonly socket: { destroy(): void }
}

/** A worker of Kong with its pool: an idle connection on which something came is dropped, as nginx does. */
abstract class KongWorker<P extends Peer> {
  readonly socket: string
  readonly #idle: P[] = []

  constructor(socket: string) {
    this.socket = socket
  }

  async take(): Promise<P> {
    for (let peer = this.#idle.pop(); peer !== undefined; peer = this.#idle.pop()) {
      if (!peer.closed && peer.bytes.length === 0) return peer
      peer.socket.destroy()
    }
    return this.connect()
  }

  put(peer: P): void {
    this.#idle.push(peer)
  }

  /** Opens so many connections and keeps them. */
  async warm(count: number): Promise<void> {
    for (const peer of await Promise.all(Array.from({ length: count }, () => this.connect()))) this.put(peer)
  }

  end(): void {
    for (const peer of this.#idle.splice(0)) peer.socket.destroy()
  }

  protected abstract connect(): Promise<P>
}

export class ProtobufWorker extends KongWorker<ProtobufPeer> {
  async start(name: string, config: object): Promise<number> {
    const peer = await this.take()
    const id = await peer.start(name, config)
    this.put(peer)
    return id
  }

  async event(instance: number, phase = 'access'): Promise<Outcome> {
    const peer = await this.take()
    const calls = await peer.event(instance, phase)
    const last = calls.at(-1)
    if (last === 'closed') return 'closed'
    if (last?.startsWith('kong.response.exit 08f403')) return 'refused'
    if (last !== 'end') throw new Error(`an event ended with ${last}`)
    this.put(peer)
    const [, hex = ''] = calls.at(-2)?.split(' ') ?? []
    return { done: /[\w:. ]+$/.exec(Buffer.from(hex, 'hex').toString('latin1'))?.[0] ?? '' }
  }

  protected connect(): Promise<ProtobufPeer> {
    return ProtobufPeer.connect(this.socket)
  }
}

interface Turn {
  EventId: number
  Data: 'ret' | { Method: string; Args: unknown[] }
}

/** Each message of an event takes a connection from the pool, so steps wander where events run side by side. */
export class MsgpackWorker extends KongWorker<MsgpackPeer> {
  async start(name: string, config: object): Promise<number> {
    const started = await this.ask('plugin.StartInstance', { Name: name, Config: JSON.stringify(config) })
    return (started as { Id: number }).Id
  }

  async event(instance: number, phase = 'access'): Promise<Outcome> {
    let done = ''
    let turn = (await this.#tryTo('plugin.HandleEvent', { InstanceId: instance, EventName: phase })) as
      | Turn
      | Outcome
    for (;;) {
      if (typeof turn === 'string' || 'done' in turn) return turn
      if (turn.Data === 'ret') return { done }
      const { Method, Args } = turn.Data
      if (Method === 'kong.response.exit') return Args[0] === 500 ? 'refused' : { done: String(Args[0]) }
      done = String(Args.at(-1))
      turn = (await this.#tryTo('plugin.Step', { EventId: turn.EventId })) as Turn | Outcome
    }
  }

  async ask(method: string, argument: unknown): Promise<unknown> {
    const peer = await this.take()
    const result = await peer.request(method, argument)
    this.put(peer)
    return result
  }

  /** A reply to another request raises in Kong: 500. Over a closed connection the request passes without the plugin. */
  async #tryTo(method: string, argument: unknown): Promise<unknown> {
    try {
      return await this.ask(method, argument)
    } catch (error) {
      if (/^reply \d+ \d+ to request/.test((error as Error).message)) return 'refused'
      if ((error as Error).message === 'closed') return 'closed'
      throw error
    }
  }

  protected async connect(): Promise<MsgpackPeer> {
    const peer = await MsgpackPeer.connect(this.socket)
    peer.dropsRest = true
    return peer
  }
}

/** Runs so many events, and on as long as more are wanted, so many at once, and counts what became of them. */
export async function runEvents(
  count: number,
  atOnce: number,
  event: () => Promise<Outcome>,
  more: () => boolean = () => false,
): Promise<{ done: Map<string, number>; refused: number; closed: number }> {
  const counts = { done: new Map<string, number>(), refused: 0, closed: 0 }
  let begun = 0
  const run = async () => {
    while (begun++ < count || more()) {
      const outcome = await event()
      if (typeof outcome === 'string') counts[outcome]++
      else counts.done.set(outcome.done, (counts.done.get(outcome.done) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, run))
  return counts
}
