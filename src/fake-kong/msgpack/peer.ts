import type { Phase } from '../../pdk/phases.ts'
import { encodeMessage, MessageDecoder } from '../../wire/msgpack.ts'
import { answerCall } from '../answers.ts'
import { Pool } from '../connection.ts'
import type { Call, Outcome, Peer } from '../peer.ts'
import { PeerError } from '../peer-error.ts'
import type { World } from '../world.ts'
import { stepOf } from './steps.ts'

/** The longest message that is taken from a plugin. */
const messageLimit = 2 ** 28

/** Kong's side of MsgPack:1: each message takes a connection from the pool, so an event may wander between them. */
export class MsgpackPeer implements Peer {
  readonly #limit: number
  readonly #pool: Pool<unknown>
  #id = 0

  constructor(path: string, limit: number) {
    this.#limit = limit
    this.#pool = new Pool(path, limit, () => {
      const decoder = new MessageDecoder(messageLimit)
      return (chunk) => decoder.push(chunk)
    })
  }

  async startInstance(name: string, config: string): Promise<number> {
    return Number(membersOf(await this.#ask('plugin.StartInstance', { Name: name, Config: config })).Id ?? 0)
  }

  async closeInstance(instance: number): Promise<void> {
    await this.#ask('plugin.CloseInstance', instance)
  }

  async runPhase(instance: number, phase: Phase, world: World): Promise<Outcome> {
    const calls: Call[] = []
    let next = membersOf(await this.#ask('plugin.HandleEvent', { InstanceId: instance, EventName: phase }))
    for (;;) {
      const { EventId, Data } = next
      if (Data === 'ret') return { calls, end: 'returned' }
      const { Method, Args } = membersOf(Data)
      if (typeof Method !== 'string')
        throw new PeerError('unreadable', `its event goes on with neither "ret" nor a Method`)
      const args = Array.isArray(Args) ? Args : []
      const answered = answerCall({ world, phase }, Method, args)
      if (answered.kind === 'result' || answered.kind === 'unknown') {
        // Kong logs that there is no such function, and goes on with nil.
        const value = answered.kind === 'result' ? answered.value : undefined
        calls.push({ method: Method, args, result: value })
        const { step, data } = stepOf(Method, value)
        next = membersOf(await this.#ask(step, { EventId, ...(data !== undefined && { Data: data }) }))
        continue
      }
      calls.push({ method: Method, args })
      // Kong says nothing more about an event that ends so.
      return answered.kind === 'exit' ? { calls, end: 'exited' } : { calls, end: 'raised', why: answered.why }
    }
  }

  close(): void {
    this.#pool.close()
  }

  async #ask(method: string, argument: unknown): Promise<unknown> {
    const connection = await this.#pool.take()
    const id = ++this.#id
    connection.write(encodeMessage([0, id, method, [argument]]))
    try {
      for (;;) {
        const message = await connection.read(this.#limit, `its answer to ${method}`)
        const [kind, echoed, error, result] = Array.isArray(message) ? message : []
        // A notification: Kong passes over all but serverPid.
        if (kind === 2) continue
        if (kind !== 1 || echoed !== id)
          throw new PeerError(
            'unreadable',
            `its answer to ${method} is not of the form [1, ${id}, error, result]`,
          )
        this.#pool.put(connection)
        if (error === undefined) return result
        const words = typeof error === 'string' ? error : JSON.stringify(error)
        throw new PeerError(
          words.includes('no plugin instance') ? 'no-instance' : 'error',
          `it answers ${method} with the error ${words}`,
        )
      }
    } catch (error) {
      if (!(error instanceof PeerError && (error.fault === 'error' || error.fault === 'no-instance')))
        connection.close()
      throw error
    }
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
