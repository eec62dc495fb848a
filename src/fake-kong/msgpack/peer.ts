import type { Phase } from '../../pdk/phases.ts'
import { MessageDecoder } from '../../wire/msgpack.ts'
import { Raised, type Scene } from '../answer.ts'
import { answerCall } from '../answers.ts'
import { Pool } from '../connection.ts'
import { isTable, unpacked } from '../lua.ts'
import { type Call, type End, named, type Outcome } from '../outcome.ts'
import type { Peer, PeerOptions } from '../peer.ts'
import { PeerError } from '../peer-error.ts'
import type { CallWatch } from '../watch.ts'
import type { World } from '../world.ts'
import { encodeLua, Packed } from './encode.ts'
import { stepOf } from './steps.ts'

/** The longest message that is taken from a plugin. */
const messageLimit = 2 ** 28

/** Kong's side of MsgPack:1: each message takes a connection from the pool, so an event may wander between them. */
export class MsgpackPeer implements Peer {
  readonly #limit: number
  readonly #pool: Pool<unknown>
  readonly #watch: CallWatch | undefined
  #id = 0

  constructor(path: string, { limit, watch }: PeerOptions) {
    this.#limit = limit
    this.#watch = watch
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
      const args = unpacked(argumentsIn(Args))
      const why = await this.#watch?.before(world, phase, Method)
      const answered: Answer =
        why === undefined ? answerStep({ world, phase }, Method, args) : { end: 'raised', why }
      const call = {
        method: Method,
        args,
        ...('result' in answered && { result: answered.result }),
        trip: calls.length + 1,
      }
      calls.push(call)
      this.#watch?.after(world, phase, call)
      // Kong says nothing more about an event that ends so.
      if ('end' in answered) return { calls, ...named(answered, Method) }
      const { step, data } = answered
      next = membersOf(await this.#ask(step, { EventId, ...(data !== undefined && { Data: data }) }))
    }
  }

  close(): void {
    this.#pool.close()
  }

  async #ask(method: string, argument: unknown): Promise<unknown> {
    const connection = await this.#pool.take()
    const id = ++this.#id
    connection.write(encodeLua([0, id, method, [argument]]))
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

/** The step that answers a call, or how the call ended the event. */
export function answerStep(scene: Scene, method: string, args: readonly unknown[]): Answer {
  const answered = answerCall(scene, method, args)
  if (answered.kind === 'exit') return { end: 'exited' }
  if (answered.kind === 'raised') return { end: 'raised', why: answered.why }
  // Kong logs that there is no such function, and goes on with nil.
  const result = answered.kind === 'result' ? answered.value : undefined
  const { step, data } = stepOf(method, result)
  try {
    return { result, step, data: data === undefined ? undefined : new Packed(encodeLua(data)) }
  } catch (error) {
    if (error instanceof Raised) return { end: 'raised', why: error.message }
    throw error
  }
}

type Answer = { readonly result: unknown; readonly step: string; readonly data: Packed | undefined } | End

/** Kong takes what is no table for the only argument. */
function argumentsIn(args: unknown): readonly unknown[] {
  if (Array.isArray(args)) return args
  return isTable(args) ? [] : [args]
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
