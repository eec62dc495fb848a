import { join } from 'node:path'
import { compile } from '../client/build.ts'
import type { Handler } from '../client/handlers.ts'
import type { PeerRequest } from './build.ts'
import type { Peer } from './peer.ts'

const able: readonly Handler[] = ['empty', 'hello', 'rich', 'log']

/** The least that ProtoBuf:1 needs, in C: nothing is computed, so it has no `transform` and no `crypto`. */
export async function buildFloor({ folder, handlers }: PeerRequest): Promise<Peer> {
  const bytes = join(import.meta.dirname, '..', 'client', 'buffer.c')
  const program = await compile([join(import.meta.dirname, 'floor', 'floor.c'), bytes], join(folder, 'floor'))
  return {
    name: 'floor',
    version: 'C',
    dialects: ['ProtoBuf:1'],
    handlers: handlers.filter((handler) => able.includes(handler)),
    start(handler, _dialect, prefix) {
      const socket = join(prefix, 'floor.socket')
      return { command: program, args: [handler, socket], env: {}, socket }
    },
  }
}
