import { join } from 'node:path'
import { buildPlugins } from '../../build/pipeline.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import { version } from '../../src/version.ts'
import type { Handler } from '../client/handlers.ts'
import type { PeerRequest } from './build.ts'
import { type Peer, runTool } from './peer.ts'

/** This kit: one binary for each handler, built as it ships. */
export async function buildOurs({ folder, handlers, progress }: PeerRequest): Promise<Peer> {
  const target = findTarget(hostPlatform())
  const binaries = handlers.map((name) => ({
    name,
    plugins: [{ name, file: join(import.meta.dirname, '..', 'plugins', name, 'plugin.ts') }],
  }))
  await buildPlugins({ target, binaries, out: folder, progress })
  const binaryOf = (handler: Handler) => join(folder, target.platform, handler + target.suffix)
  const help = handlers[0] === undefined ? '' : await runTool(binaryOf(handlers[0]), ['-help'], folder)
  return {
    name: 'kong-ts-pdk',
    version: `${version}, Node ${target.version}`,
    dialects: ['ProtoBuf:1', 'MsgPack:1'],
    handlers,
    hasWorkers: /^ *-workers\b/m.test(help),
    start: (handler, dialect, prefix, workers) => ({
      command: binaryOf(handler),
      args: [
        ...['-kong-prefix', prefix, '-protocol', dialect],
        ...(workers === undefined ? [] : ['-workers', String(workers)]),
      ],
      env: {},
      socket: join(prefix, `${handler}.socket`),
    }),
  }
}
