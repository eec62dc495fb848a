import type { Dialect, Phase } from '../pdk/phases.ts'
import { MsgpackPeer } from './msgpack/peer.ts'
import type { Outcome } from './outcome.ts'
import { ProtobufPeer } from './protobuf/peer.ts'
import type { CallWatch } from './watch.ts'
import type { World } from './world.ts'

export type { Call, Outcome } from './outcome.ts'

/**
 * Kong's side of one dialect: single commands, without repeating any. Commands may run side by side, each on a
 * connection of its own. They throw `PeerError`.
 */
export interface Peer {
  /** Gives the instance's id. */
  startInstance(name: string, config: string): Promise<number>
  runPhase(instance: number, phase: Phase, world: World): Promise<Outcome>
  closeInstance(instance: number): Promise<void>
  close(): void
}

export interface PeerOptions {
  /** Milliseconds to wait for each message; Kong waits 60,000. */
  readonly limit: number
  readonly watch?: CallWatch
}

const peers = { 'ProtoBuf:1': ProtobufPeer, 'MsgPack:1': MsgpackPeer } as const

/** A peer for the plugin server on a socket; it connects when it is first used. */
export function createPeer(dialect: Dialect, path: string, options: PeerOptions): Peer {
  return new peers[dialect](path, options)
}
