// Kong's side of both dialects, written by hand: commands to send and answers to read.
import type { Kong } from '../../src/pdk/kong.ts'
import type { Phase } from '../../src/pdk/phases.ts'
import { pack } from './msgpack-oracle.ts'
import { bytesField, bytesOf, frame, numberOf, readFields, varint } from './protobuf-oracle.ts'
import type { Peer } from './server.ts'

/** `kong` as an author gets it in the phase; the runtime hands handlers an unknown. */
export const inPhase = <P extends Phase>(kong: unknown, _phase: P) => kong as Kong<P, 'ProtoBuf:1'>

export const pb = {
  command: (sequence: number, field: number, content: Buffer) =>
    frame(Buffer.concat([bytesField(field, content), varint(1, sequence)])),
  start: (sequence: number, name = 'test', config = '{}') =>
    pb.command(sequence, 33, Buffer.concat([bytesField(2, config), bytesField(1, name)])),
  close: (sequence: number, id: number) => pb.command(sequence, 35, varint(1, id)),
  status: (sequence: number, id: number) => pb.command(sequence, 34, varint(1, id)),
  event: (sequence: number, id: number, phase: string) =>
    pb.command(sequence, 36, Buffer.concat([bytesField(2, phase), varint(1, id)])),
  text: (value: string | Buffer) => frame(bytesField(1, value)),
  empty: frame(''),
  /** Starts an instance and gives its id. */
  async started(peer: Peer, sequence = 2): Promise<number> {
    const before = peer.count
    peer.write(pb.start(sequence))
    await peer.waitFor(before + 1)
    return numberOf(readFields(bytesOf(readFields(peer.frames[before]!), 33)!), 2)
  },
}

export const mp = {
  request: (id: number, method: string, argument: unknown) => pack([0, id, `plugin.${method}`, [argument]]),
  event: (id: number, instance: number, phase: string) =>
    mp.request(id, 'HandleEvent', { InstanceId: instance, EventName: phase }),
  step: (id: number, event: number, data?: unknown) =>
    mp.request(id, 'Step', data === undefined ? { EventId: event } : { EventId: event, Data: data }),
  async started(peer: Peer, id = 2): Promise<number> {
    return Number((await mp.ask(peer, mp.request(id, 'StartInstance', { Name: 'test', Config: '{}' }))).result.Id)
  },
  /** Sends and waits for one reply. */
  async ask(peer: Peer, bytes: Buffer): Promise<Reply> {
    const before = peer.count
    peer.write(bytes)
    await peer.waitFor(before + 1)
    return reply(peer.messages[before]!)
  },
}

export interface Reply {
  readonly id: unknown
  readonly error: unknown
  readonly result: Record<string, unknown> & { readonly EventId?: unknown; readonly Data?: unknown }
}

export function reply([, id, error, result]: readonly unknown[]): Reply {
  return { id, error, result: (result ?? {}) as Reply['result'] }
}
