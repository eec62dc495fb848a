import { join } from 'node:path'
import type { PeerRequest } from './build.ts'
import { type Peer, runTool } from './peer.ts'

const source = join(import.meta.dirname, 'go')
const env = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' }

/** Kong's own kit for Go: one binary for each handler. Calls wait for their answers, one after the other. */
export async function buildGo({ folder, handlers }: PeerRequest): Promise<Peer> {
  const packages = handlers.map((handler) => `./${handler}`)
  await runTool('go', ['build', '-o', `${folder}/`, ...packages], source, env)
  const module = await runTool(
    'go',
    ['list', '-m', '-f', '{{.Version}}', 'github.com/Kong/go-pdk'],
    source,
    env,
  )
  const go = await runTool('go', ['env', 'GOVERSION'], source, env)
  return {
    name: 'go-pdk',
    version: `${module}, ${go}`,
    dialects: ['ProtoBuf:1'],
    handlers,
    start: (handler, _dialect, prefix) => ({
      command: join(folder, handler),
      args: ['-kong-prefix', prefix],
      env: {},
      socket: join(prefix, `${handler}.socket`),
    }),
  }
}
