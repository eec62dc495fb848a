import { setTimeout as delay } from 'node:timers/promises'
import * as assert from 'uvu/assert'
// Kong's side of both dialects, written by hand: commands to send and answers to read.
import type { Kong } from '../../src/pdk/kong.ts'
import type { Dialect, Phase } from '../../src/pdk/phases.ts'
import type { Plugin } from '../../src/plugin/plugin.ts'
import { pack } from './msgpack-oracle.ts'
import { bytesField, bytesOf, frame, numberOf, readFields, varint } from './protobuf-oracle.ts'
import { bare, type Peer, type Running, run } from './server.ts'

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
    return Number(
      (await mp.ask(peer, mp.request(id, 'StartInstance', { Name: 'test', Config: '{}' }))).result.Id,
    )
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

const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => unhandled.push(error))

/** Runs a plugin with one instance and one connection; no rejection may be left unhandled. */
export async function withServer(
  dialect: Dialect,
  plugin: Partial<Plugin>,
  use: (peer: Peer, id: number, running: Running) => Promise<void>,
): Promise<void> {
  const running = await run(dialect, bare(plugin))
  try {
    const peer = await running.connect()
    await use(peer, await (dialect === 'ProtoBuf:1' ? pb : mp).started(peer), running)
    await delay(5)
    assert.equal(unhandled.splice(0), [])
  } finally {
    await running.stop()
  }
}

/** The frames after the line that a failure writes to Kong's log, which stands after a number of earlier ones. */
export async function afterLog(peer: Peer, from: number, count: number): Promise<Buffer[]> {
  await peer.waitFor(from + 2 + count)
  assert.is(String(peer.frames[from]), 'kong.log.err')
  return peer.frames.slice(from + 2)
}

/** The frames after a number of earlier ones, as text. */
export const texts = (peer: Peer, from: number) => peer.frames.slice(from).map(String)
