import { Packr, Unpackr } from 'msgpackr'
import { type Connection, Pool, type Take } from './connection.ts'
import { type Answers, answerOf, type Call, type Outcome, type Peer } from './peer.ts'

/** Kong's side of MsgPack:1. */
export class MsgpackPeer implements Peer {
  readonly #pool: Pool
  #id = 0

  constructor(path: string) {
    this.#pool = new Pool(path)
  }

  async startInstance(name: string, config: object): Promise<number> {
    const status = await this.#ask('plugin.StartInstance', { Name: name, Config: JSON.stringify(config) })
    return status.Id as number
  }

  async closeInstance(id: number): Promise<void> {
    await this.#ask('plugin.CloseInstance', id)
  }

  /** Each step takes a connection from the pool, so that they wander where events run side by side. */
  async handleEvent(
    id: number,
    phase: string,
    answers: Answers,
    watch: (call: Call) => void = () => {},
  ): Promise<Outcome> {
    const calls: Call[] = []
    let next = await this.#ask('plugin.HandleEvent', { InstanceId: id, EventName: phase })
    for (;;) {
      if (next.Data === 'ret') return { calls }
      const { Method: method, Args: args } = next.Data as { Method: string; Args: unknown[] }
      if (method === 'kong.response.exit') {
        const [status, body, headers] = args as [number, unknown, Record<string, unknown> | undefined]
        return { calls, exit: { status, body: String(body ?? ''), headers: headers ?? {} } }
      }
      const result = answerOf(answers, method, args)
      const call = { method, args, result }
      calls.push(call)
      watch(call)
      next = await this.#ask('plugin.Step', {
        EventId: next.EventId,
        ...(result === undefined ? {} : { Data: result }),
      })
    }
  }

  end(): void {
    this.#pool.end()
  }

  async #ask(method: string, argument: unknown): Promise<Record<string, unknown>> {
    const connection: Connection = await this.#pool.take()
    const id = ++this.#id
    connection.write(packr.pack([0, id, method, [argument]]))
    const [kind, echoed, error, result] = await connection.read(reply)
    if (kind !== 1 || echoed !== id) throw new Error(`The plugin answered request ${echoed}, not ${id}`)
    if (error !== null) throw new Error(`The plugin answered ${method} with the error ${error}`)
    this.#pool.put(connection)
    return result
  }
}

type Reply = [kind: number, id: number, error: string | null, result: Record<string, unknown>]

const packr = new Packr({ useRecords: false })
const unpackr = new Unpackr({ useRecords: false })

const reply: Take<Reply> = (bytes) => {
  let whole: { message: Reply; end: number } | undefined
  try {
    unpackr.unpackMultiple(bytes, (message: unknown, _start?: number, end?: number) => {
      whole = { message: message as Reply, end: end ?? bytes.length }
      return false
    })
  } catch (error) {
    if ((error as { incomplete?: boolean }).incomplete !== true) throw error
  }
  return whole && { message: whole.message, rest: bytes.subarray(whole.end) }
}
