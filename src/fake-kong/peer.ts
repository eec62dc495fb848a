import type { Dialect, Phase } from '../pdk/phases.ts'
import { MsgpackPeer } from './msgpack/peer.ts'
import { ProtobufPeer } from './protobuf/peer.ts'
import type { World } from './world.ts'

/** One call that the plugin made, and what it was answered. */
export interface Call {
  readonly method: string
  readonly args: readonly unknown[]
  /** The Lua value, before a dialect writes it. */
  readonly result?: unknown
}

/**
 * How an event ended: the handler returned, the plugin answered the request itself (see `world.response`), or Kong raised
 * at its last call, so that the client gets 500.
 */
export interface Outcome {
  readonly calls: readonly Call[]
  readonly end: 'returned' | 'exited' | 'raised'
  /** Why Kong raised. */
  readonly why?: string
}

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
}

const peers = { 'ProtoBuf:1': ProtobufPeer, 'MsgPack:1': MsgpackPeer } as const

/** A peer for the plugin server on a socket; it connects when it is first used. */
export function createPeer(dialect: Dialect, path: string, { limit }: PeerOptions): Peer {
  return new peers[dialect](path, limit)
}
