import { Packr, Unpackr } from 'msgpackr'
import { Connection } from './connection.ts'

type Reply = [kind: number, id: number, error: string | null, result: unknown]
interface Step {
  EventId: number
  Data: 'ret' | { Method: string; Args: unknown[] }
}

const packer = new Packr({ useRecords: false })
const reader = new Unpackr({ useRecords: false, mapsAsObjects: true })

/** Kong's side of MsgPack:1, written and read by msgpackr. */
export class MsgpackPeer extends Connection {
  /** Whether what was read in one piece with a reply is dropped, as Kong does; where a test does not say so it is an error. */
  dropsRest = false
  #id = 0

  static connect(path: string): Promise<MsgpackPeer> {
    return new MsgpackPeer(path).connected()
  }

  requestBytes(method: string, argument: unknown): Buffer {
    return Buffer.from(packer.pack([0, ++this.#id, method, [argument]]))
  }

  async request(method: string, argument: unknown): Promise<unknown> {
    this.socket.write(this.requestBytes(method, argument))
    return this.reply()
  }

  /** The result of the last request; an error reply is thrown. Replies are one write each. */
  async reply(): Promise<unknown> {
    while (this.bytes.length === 0) {
      if (this.closed) throw new Error('closed')
      await this.news()
    }
    const [first, ...rest] = reader.unpackMultiple(this.bytes) as Reply[]
    if (rest.length > 0 && !this.dropsRest) throw new Error(`${rest.length} replies too many`)
    const [kind, id, error, result] = first as Reply
    this.bytes = Buffer.alloc(0)
    if (kind !== 1 || id !== this.#id) throw new Error(`reply ${kind} ${id} to request ${this.#id}`)
    if (error !== null) throw new Error(error)
    return result
  }

  async start(name: string, config: object): Promise<number> {
    const reply = await this.request('plugin.StartInstance', { Name: name, Config: JSON.stringify(config) })
    return (reply as { Id: number }).Id
  }

  handleBytes(instance: number, phase: string): Buffer {
    return this.requestBytes('plugin.HandleEvent', { InstanceId: instance, EventName: phase })
  }

  /** Runs one event; its calls as `method arguments-as-JSON`, with "ret" at an ordinary end. */
  async event(
    instance: number,
    phase: string,
    answer: (method: string) => unknown = () => undefined,
  ): Promise<string[]> {
    this.socket.write(this.handleBytes(instance, phase))
    return this.finish(answer)
  }

  async finish(answer: (method: string) => unknown = () => undefined): Promise<string[]> {
    const calls: string[] = []
    for (;;) {
      const { EventId, Data } = (await this.reply()) as Step
      if (Data === 'ret') return [...calls, 'ret']
      calls.push(`${Data.Method} ${JSON.stringify(Data.Args)}`)
      if (Data.Method === 'kong.response.exit') return calls
      const value = answer(Data.Method)
      const step = value === undefined ? { EventId } : { EventId, Data: value }
      this.socket.write(this.requestBytes('plugin.Step', step))
    }
  }
}
