import type { Phase } from '../../pdk/phases.ts'
import { RpcCall, RpcReturn } from '../../protocol/protobuf/messages.ts'
import { ByteWriter } from '../../wire/bytes.ts'
import { FrameDecoder, writeFrame } from '../../wire/frames.ts'
import { type Decoded, decodeMessage, encode } from '../../wire/protobuf.ts'
import { Raised, type Scene } from '../answer.ts'
import { answerCall, rows } from '../answers.ts'
import { type Connection, Pool } from '../connection.ts'
import { type Call, named, type Outcome } from '../outcome.ts'
import type { Peer, PeerOptions } from '../peer.ts'
import { PeerError } from '../peer-error.ts'
import type { CallWatch } from '../watch.ts'
import type { World } from '../world.ts'
import { argumentReaders } from './arguments.ts'
import { encodeResult } from './results.ts'

/** The longest message that is taken from a plugin. */
const frameLimit = 2 ** 28

/** Kong's side of ProtoBuf:1: an event owns its connection, and calls are answered in the order in which they came. */
export class ProtobufPeer implements Peer {
  readonly #limit: number
  readonly #pool: Pool<Frame>
  readonly #watch: CallWatch | undefined
  /** Kong counts from 2 on. */
  #sequence = 1

  constructor(path: string, { limit, watch }: PeerOptions) {
    this.#limit = limit
    this.#watch = watch
    this.#pool = new Pool(path, limit, () => {
      const decoder = new FrameDecoder(frameLimit)
      return (chunk) => decoder.push(chunk) as Iterable<Frame>
    })
  }

  async startInstance(name: string, config: string): Promise<number> {
    const status = await this.#command({ cmd_start_instance: { name, config: Buffer.from(config) } })
    return Number((status.instance_status as Decoded | undefined)?.instance_id ?? 0)
  }

  async closeInstance(instance: number): Promise<void> {
    await this.#command({ cmd_close_instance: { instance_id: instance } })
  }

  async runPhase(instance: number, phase: Phase, world: World): Promise<Outcome> {
    const connection = await this.#pool.take()
    const calls: Call[] = []
    try {
      const command = {
        cmd_handle_event: { ...(instance !== 0 && { instance_id: instance }), event_name: phase },
      }
      const sequence = this.#send(connection, command)
      for (let trip = 0; ; ) {
        if (!connection.hasMessage || trip === 0) trip++
        const method = String(await connection.read(this.#limit, 'the end of the event or a call'))
        if (method === '') {
          this.#checkReturn(await connection.read(this.#limit, 'the return of the event'), sequence)
          this.#pool.put(connection)
          return { calls, end: 'returned' }
        }
        if (method.includes('no plugin instance')) throw new PeerError('no-instance', `it says ${method}`)
        const body = await connection.read(this.#limit, `the arguments of ${method}`)
        const why = await this.#watch?.before(world, phase, method)
        const answered = answerFrame({ world, phase }, method, body, why)
        const { args } = answered
        const call = { method, args, ...('frame' in answered && { result: answered.result }), trip }
        calls.push(call)
        this.#watch?.after(world, phase, call)
        if (!('frame' in answered)) {
          connection.close()
          return { calls, ...named(answered, method) }
        }
        connection.write(framed(answered.frame))
      }
    } catch (error) {
      connection.close()
      throw error
    }
  }

  close(): void {
    this.#pool.close()
  }

  async #command(command: Decoded): Promise<Decoded> {
    const connection = await this.#pool.take()
    try {
      const sequence = this.#send(connection, command)
      const returned = this.#checkReturn(await connection.read(this.#limit, 'the answer'), sequence)
      this.#pool.put(connection)
      return returned
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #send(connection: Connection<Frame>, command: Decoded): number {
    const sequence = ++this.#sequence
    const writer = new ByteWriter()
    encode(writer, RpcCall, { sequence, ...command })
    connection.write(framed(writer.take()))
    return sequence
  }

  #checkReturn(frame: Frame, sequence: number): Decoded {
    const returned = decoded(() => decodeMessage(frame, RpcReturn))
    if (returned.sequence !== sequence)
      throw new PeerError(
        'unreadable',
        `it answers command ${returned.sequence ?? 0} when ${sequence} was sent`,
      )
    return returned
  }
}

type Frame = Buffer

/**
 * The message that answers a call, or how the call ended the event: Kong then closes the connection. With `why` Kong raises
 * in these words.
 */
export function answerFrame(scene: Scene, method: string, body: Buffer, why?: string): Answer {
  const carried = rows.get(method)?.protobuf
  if (carried === undefined)
    return { args: [], end: 'raised', why: `pluginserver error: method ${JSON.stringify(method)} not found` }
  const args = decoded(() => argumentReaders[carried.takes](body))
  if (why !== undefined) return { args, end: 'raised', why }
  const answered = answerCall(scene, method, args)
  if (answered.kind === 'exit') return { args, end: 'exited' }
  if (answered.kind === 'raised') return { args, end: 'raised', why: answered.why }
  if (answered.kind === 'unknown')
    return { args, end: 'raised', why: "attempt to call field 'method' (a nil value)" }
  const result = answered.value
  try {
    return { args, result, frame: encodeResult(carried.gives, result) }
  } catch (error) {
    if (error instanceof Raised) return { args, end: 'raised', why: error.message }
    throw error
  }
}

type Answer =
  | { readonly args: readonly unknown[]; readonly result: unknown; readonly frame: Buffer }
  | { readonly args: readonly unknown[]; readonly end: 'exited' | 'raised'; readonly why?: string }

function decoded<T>(decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    throw new PeerError('unreadable', `it sent what cannot be read: ${(error as Error).message}`)
  }
}

function framed(body: Buffer): Buffer {
  const writer = new ByteWriter()
  writeFrame(writer, body)
  return writer.take()
}
