// `make bench-metrics`: what -metrics costs a server under full load, as a ratio of events per second with and without
// it, in turns: `node --import ./build/load-typescript.mjs bench/metrics.ts [rounds] [seconds]`.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildClient } from './client/build.ts'
import { drive } from './client/drive.ts'
import { buildOurs } from './peers/ours.ts'

const [rounds = 15, seconds = 1] = process.argv.slice(2).map(Number)
const handler = 'hello'
const folder = await mkdtemp(join(tmpdir(), 'kong-ts-metrics-'))
try {
  const client = await buildClient(folder)
  const peer = await buildOurs({
    folder,
    handlers: [handler],
    progress: { report: console.error, step() {} },
  })
  for (const dialect of peer.dialects) {
    const [plain, watched] = [await start([]), await start(['-metrics', join(folder, 'm')])]
    const measure = ({ pid, socket }: typeof plain) =>
      drive({ client, socket, dialect, handler, seconds, connections: 16, warmup: 0.3, pid })
    const [events, cpu]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      // Who comes first may have it better.
      const first = round % 2 === 0 ? await measure(plain) : undefined
      const on = await measure(watched)
      const off = first ?? (await measure(plain))
      events.push(on.eventsPerSecond / off.eventsPerSecond)
      cpu.push(on.cpuMicrosPerEvent / off.cpuMicrosPerEvent)
    }
    console.log(`${dialect}: events per second with -metrics ${spread(events)} times those without`)
    console.log(`${dialect}: processor time of an event with -metrics ${spread(cpu)} times that without`)
    for (const server of [plain, watched]) await server.stop()

    async function start(flags: readonly string[]) {
      const socket = join(folder, `${flags.length}.socket`)
      const { command, args, env } = peer.start(handler, dialect, folder)
      const server = spawn(command, [...args, '-socket', socket, ...flags], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      await serving(server)
      const stop = async () => {
        server.kill()
        await once(server, 'exit')
      }
      return { socket, pid: server.pid ?? 0, stop }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** The median, with the quarters of the rounds above and below it. */
function spread(ratios: number[]): string {
  const sorted = ratios.sort((a, b) => a - b)
  const [low, median, high] = [0.25, 0.5, 0.75].map(
    (part) => sorted[Math.round((sorted.length - 1) * part)] ?? 0,
  )
  return `${median?.toFixed(3)} (${low?.toFixed(3)} to ${high?.toFixed(3)})`
}

async function serving({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null) return
  for await (const text of stderr.iterator({ destroyOnReturn: false }))
    if (String(text).includes(' serves ')) break
  stderr.resume()
}
