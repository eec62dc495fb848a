import { join } from 'node:path'
import { buildPlugins } from '../../build/pipeline.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import { version } from '../../src/version.ts'
import type { PeerRequest } from './build.ts'
import type { Peer } from './peer.ts'

/** This kit: one binary for each handler, built as it ships. */
export async function buildOurs({ folder, handlers, progress }: PeerRequest): Promise<Peer> {
  const target = findTarget(hostPlatform())
  const binaries = handlers.map((name) => ({
    name,
    plugins: [{ name, file: join(import.meta.dirname, '..', 'plugins', name, 'plugin.ts') }],
  }))
  await buildPlugins({ target, binaries, out: folder, progress })
  return {
    name: 'kong-ts-pdk',
    version: `${version}, Node ${target.version}`,
    dialects: ['ProtoBuf:1', 'MsgPack:1'],
    handlers,
    start: (handler, dialect, prefix) => ({
      command: join(folder, target.platform, handler + target.suffix),
      args: ['-kong-prefix', prefix, '-protocol', dialect],
      env: {},
      socket: join(prefix, `${handler}.socket`),
    }),
  }
}
