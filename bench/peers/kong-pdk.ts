import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import type { PeerRequest } from './build.ts'
import { installOnce, type Peer, runTool } from './peer.ts'

const source = join(import.meta.dirname, 'kong-pdk')

/** Kong's own kit for JavaScript, on the same Node as ours; its server offers every plugin of a folder. */
export async function buildKongPdk({ folder, handlers, progress }: PeerRequest): Promise<Peer> {
  await installOnce(join(source, 'package-lock.json'), join(folder, 'installed.json'), async () => {
    for (const name of ['package.json', 'package-lock.json'])
      await copyFile(join(source, name), join(folder, name))
    await runTool('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], folder)
  })
  const target = findTarget(hostPlatform())
  const node = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress })
  const socket = 'kong-pdk.socket'
  return {
    name: 'kong-pdk',
    version: `0.6.0, Node ${target.version}`,
    dialects: ['MsgPack:1'],
    handlers,
    start: (_handler, _dialect, prefix) => ({
      command: node,
      args: [
        join(folder, 'node_modules', 'kong-pdk', 'bin', 'kong-js-pluginserver'),
        ...['--kong-prefix', prefix, '--sock-name', socket],
        ...['--plugins-directory', join(source, 'plugins')],
      ],
      // Else it loads the TypeScript of the folder in which it is started.
      env: { TS_NODE_CWD: folder },
      socket: join(prefix, socket),
    }),
  }
}
