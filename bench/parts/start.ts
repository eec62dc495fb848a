import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createBlob, readSeaConfig } from '../../build/blob.ts'
import { injectBlob } from '../../build/inject.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import type { Start } from '../peers/peer.ts'
import type { StartSeries } from '../report/results.ts'
import { spread } from '../report/statistics.ts'

export interface Subject {
  readonly name: string
  /** The program and the flags without which it does not serve. */
  readonly start: Omit<Start, 'socket'> & { readonly socket?: string }
}

/** Starts each of the programs in turns: with `-dump` to its end, then those with a socket until they accept. */
export async function measureStarts(
  subjects: readonly Subject[],
  { rounds, runs }: { readonly rounds: number; readonly runs: number },
): Promise<StartSeries[]> {
  const series = subjects.map((subject) => ({ subject, samples: [] as StartSeries['samples'][number][] }))
  for (let round = 1; round <= rounds; round++) {
    const times = subjects.map(() => ({ dump: [] as number[], accept: [] as number[] }))
    for (let run = 0; run < runs; run++)
      for (const [index, { start }] of subjects.entries()) times[index]!.dump.push(timeDump(start))
    // Apart from the others, whose next start would find the machine busy with the end of a server that was killed.
    for (let run = 0; run < runs; run++)
      for (const [index, { start }] of subjects.entries())
        if (start.socket !== undefined)
          times[index]!.accept.push(await timeAccept({ ...start, socket: start.socket }))
    for (const [index, { dump, accept }] of times.entries()) {
      const listening = accept.length === 0 ? {} : { accept: medianOf(accept) }
      series[index]!.samples.push({ round, dump: medianOf(dump), ...listening })
    }
  }
  return series.map(({ subject: { name }, samples }) => ({ name, samples }))
}

/** A single executable of the Node that plugins get, made as they are, whose program has no line. */
export async function buildEmpty(folder: string): Promise<string> {
  const platform = hostPlatform()
  const target = findTarget(platform)
  const progress = { report: console.error, step() {} }
  const node = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress })
  const own = join(folder, 'empty')
  await mkdir(own, { recursive: true })
  const code = join(own, 'empty.cjs')
  const map = join(own, 'plugin.map')
  await writeFile(code, '')
  await writeFile(map, '{}')
  const config = await readSeaConfig(target, true)
  const flags = { execArgv: config.execArgv, codeCache: true, stripped: true }
  const made = {
    kit: '',
    node: target.version,
    platform,
    name: 'empty',
    plugins: [],
    packages: [],
    addons: [],
  }
  const bundle = { code, map, packages: [], addons: [], wasm: [], warnings: [] }
  const blob = await createBlob({ maker: node, bundle, config, manifest: { ...made, flags } })
  const binary = join(own, 'empty')
  await injectBlob(node, blob, binary, target)
  return binary
}

/** Milliseconds from start to exit. */
function timeDump({ command, env }: Subject['start']): number {
  const started = performance.now()
  const { status } = spawnSync(command, ['-dump'], { stdio: 'ignore', env })
  if (status !== 0) throw new Error(`${command} -dump ended with ${status}`)
  return performance.now() - started
}

/** Milliseconds from start to the first connection; it is tried again at once, without a pause that would be measured. */
async function timeAccept({ command, args, env, socket }: Start): Promise<number> {
  await rm(socket, { force: true })
  const started = performance.now()
  const server = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'ignore'] })
  server.on('error', () => undefined) // its exit code stays null then, and nobody accepts
  const exit = once(server, 'exit')
  try {
    for (const end = started + 10_000; performance.now() < end && server.exitCode === null; )
      if (await accepts(socket)) return performance.now() - started
    throw new Error(`${command} did not accept a connection within 10 seconds`)
  } finally {
    if (server.pid !== undefined) {
      server.kill('SIGKILL')
      await exit
    }
  }
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => setTimeout(resolve, 0.5, false))
  })
}

function medianOf(times: readonly number[]): number {
  return Math.round(spread(times).median * 100) / 100
}
