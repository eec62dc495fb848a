import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Handler } from '../client/handlers.ts'
import { type Peer, runTool } from '../peers/peer.ts'
import type { BuildSeries } from '../report/results.ts'

const root = join(import.meta.dirname, '..', '..')

interface Builder {
  readonly peer: Peer
  readonly command: readonly [tool: string, ...args: string[]]
  readonly cwd: string
  /** Points the tool to a place where it finds nothing from before. */
  readonly env: (empty: string) => NodeJS.ProcessEnv
}

/**
 * Seconds that the commands take which build `hello`: once with an empty cache, in which ours has to fetch its Node
 * with npm and go-pdk's standard library has to be compiled (its modules are there), then with what is in it now.
 */
export async function measureBuilds(
  peers: readonly Peer[],
  folder: string,
  rounds: number,
): Promise<BuildSeries[]> {
  const scratch = await mkdtemp(join(folder, 'b-'))
  try {
    const series: BuildSeries[] = []
    for (const builder of builders(peers, scratch)) series.push(await measure(builder, scratch, rounds))
    return series
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function builders(peers: readonly Peer[], out: string): Builder[] {
  const find = (name: string) => peers.filter((peer) => peer.name === name && peer.handlers.includes('hello'))
  return [
    ...find('kong-ts-pdk').map((peer): Builder => {
      const build = ['bin/kong-ts.mjs', 'build', 'bench/plugins/hello', '--out', join(out, 'ours')]
      return {
        peer,
        command: [process.execPath, ...build],
        cwd: root,
        env: (empty) => ({ KONG_TS_CACHE: empty }),
      }
    }),
    ...find('go-pdk').map((peer): Builder => {
      const env = (empty: string) => ({ GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOCACHE: empty })
      const build = ['build', '-o', join(out, 'go-hello'), './hello']
      return { peer, command: ['go', ...build], cwd: join(root, 'bench', 'peers', 'go'), env }
    }),
  ]
}

async function measure(
  { peer, command, cwd, env }: Builder,
  scratch: string,
  rounds: number,
): Promise<BuildSeries> {
  const [tool, ...args] = command
  const given = env(await mkdtemp(join(scratch, 'cache-')))
  const seconds = async () => {
    const started = performance.now()
    await runTool(tool, args, cwd, given)
    return Math.round((performance.now() - started) / 10) / 100
  }
  const cold = await seconds()
  const samples: BuildSeries['samples'][number][] = []
  for (let round = 1; round <= rounds; round++) samples.push({ round, warm: await seconds() })
  return { peer: peer.name, cold, samples, sizes: await sizesOf(peer) }
}

async function sizesOf(peer: Peer): Promise<BuildSeries['sizes']> {
  const sizes: Partial<Record<Handler, number>> = {}
  for (const handler of peer.handlers)
    sizes[handler] = (await stat(peer.start(handler, 'ProtoBuf:1', '').command)).size
  return sizes
}
