import type { Handler } from '../client/handlers.ts'
import type { Peer } from '../peers/peer.ts'
import type { Setting } from './results.ts'

export interface Plan {
  readonly rounds: number
  readonly seconds: number
  /** Before a server's first round, and before each. */
  readonly warmup: { readonly first: number; readonly each: number }
  readonly scenes: readonly Scene[]
}

/** What is driven side by side: one round measures each of the servers once. */
export interface Scene {
  readonly handler: Handler
  readonly connections: number
  /** The servers, where it is not all that have the handler. */
  readonly peers?: readonly string[]
}

const rows: readonly Scene[] = [
  { handler: 'hello', connections: 16 },
  { handler: 'rich', connections: 16 },
  { handler: 'crypto', connections: 16 },
]

export const plans: Readonly<Record<'full' | 'quick', Plan>> = {
  quick: {
    ...{ rounds: 3, seconds: 0.45, warmup: { first: 1.2, each: 0.2 } },
    scenes: [...rows, { handler: 'rich', connections: 1, peers: ['kong-ts-pdk', 'go-pdk'] }],
  },
  full: {
    ...{ rounds: 3, seconds: 1.5, warmup: { first: 2, each: 0.2 } },
    scenes: [
      ...rows,
      { handler: 'empty', connections: 16 },
      { handler: 'log', connections: 16 },
      { handler: 'transform', connections: 16 },
      { handler: 'hello', connections: 1 },
      { handler: 'rich', connections: 1 },
      { handler: 'hello', connections: 256 },
      { handler: 'rich', connections: 256 },
    ],
  },
}

/** Every server of a scene, in each dialect that it speaks. */
export function settingsOf(scene: Scene, peers: readonly Peer[]): { peer: Peer; setting: Setting }[] {
  const { handler, connections } = scene
  return peers
    .filter(({ name, handlers }) => handlers.includes(handler) && (scene.peers?.includes(name) ?? true))
    .flatMap((peer) =>
      peer.dialects.map((dialect) => ({ peer, setting: { peer: peer.name, dialect, handler, connections } })),
    )
}
