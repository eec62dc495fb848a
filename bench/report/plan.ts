import type { Handler } from '../client/handlers.ts'
import type { Peer } from '../peers/peer.ts'
import type { Setting } from './results.ts'

export interface Plan {
  readonly rounds: number
  readonly seconds: number
  /** Before a server's first round, and before each. */
  readonly warmup: { readonly first: number; readonly each: number }
  readonly scenes: readonly Scene[]
  readonly starts: { readonly rounds: number; readonly runs: number }
  /** Without `load` only idle servers are looked at. Seconds. */
  readonly memory: {
    readonly rounds: number
    readonly idle: number
    readonly load?: number
    readonly rest?: number
  }
  readonly sharing: { readonly rounds: number; readonly idle: number }
  readonly builds?: { readonly rounds: number }
}

/** What is driven side by side: one round measures each of the servers once. */
export interface Scene {
  readonly handler: Handler
  readonly connections: number
  /** How many of them each server has, one after the other, where it can have them at all. */
  readonly workers?: readonly number[]
  readonly instances?: number
  readonly body?: number
  /** Where they are not the plan's. */
  readonly rounds?: number
  /** The servers, where it is not all that have the handler. */
  readonly peers?: readonly string[]
}

const rows: readonly Scene[] = [
  { handler: 'hello', connections: 16 },
  { handler: 'rich', connections: 16 },
  { handler: 'crypto', connections: 16 },
  { handler: 'crypto', connections: 16, workers: [1, 2], peers: ['kong-ts-pdk'] },
]

const both = ['kong-ts-pdk', 'go-pdk']

/** What more of something costs; connections are part of the scenes side by side. */
const costs: readonly Scene[] = [
  ...[1000, 16_000, 256_000, 4_000_000, 64_000_000].map(
    (body): Scene => ({ handler: 'log', connections: 1, body, rounds: 1, peers: both }),
  ),
  ...[1, 100, 10_000].map(
    (instances): Scene => ({ handler: 'hello', connections: 16, instances, rounds: 1, peers: both }),
  ),
  { handler: 'hello', connections: 1000, rounds: 1, peers: [...both, 'floor'] },
]

export const plans: Readonly<Record<'full' | 'quick', Plan>> = {
  quick: {
    ...{ rounds: 3, seconds: 0.45, warmup: { first: 1.2, each: 0.2 } },
    scenes: [...rows, { handler: 'rich', connections: 1, peers: both }],
    starts: { rounds: 1, runs: 11 },
    memory: { rounds: 1, idle: 2 },
    sharing: { rounds: 1, idle: 2 },
  },
  full: {
    ...{ rounds: 3, seconds: 1.1, warmup: { first: 1.3, each: 0.2 } },
    scenes: [
      ...rows,
      { handler: 'empty', connections: 16 },
      { handler: 'log', connections: 16 },
      { handler: 'transform', connections: 16 },
      { handler: 'hello', connections: 1 },
      { handler: 'rich', connections: 1 },
      { handler: 'hello', connections: 256 },
      { handler: 'rich', connections: 256 },
      ...costs,
    ],
    starts: { rounds: 3, runs: 15 },
    memory: { rounds: 2, idle: 3, load: 2, rest: 5 },
    sharing: { rounds: 2, idle: 2 },
    builds: { rounds: 3 },
  },
}

/** Every server of a scene, in each dialect that it speaks. */
export function settingsOf(scene: Scene, peers: readonly Peer[]): { peer: Peer; setting: Setting }[] {
  const { handler, connections, workers, instances, body } = scene
  const more = { ...(instances !== undefined && { instances }), ...(body !== undefined && { body }) }
  return peers
    .filter(({ name, handlers }) => handlers.includes(handler) && (scene.peers?.includes(name) ?? true))
    .filter(({ hasWorkers }) => workers === undefined || hasWorkers === true)
    .flatMap((peer) =>
      peer.dialects.flatMap((dialect) => {
        const setting = { peer: peer.name, dialect, handler, connections, ...more }
        return workers === undefined
          ? [{ peer, setting }]
          : workers.map((count) => ({ peer, setting: { ...setting, workers: count } }))
      }),
    )
}
