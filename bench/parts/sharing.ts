import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buildPlugins } from '../../build/pipeline.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import type { Handler } from '../client/handlers.ts'
import { readMemory } from '../client/memory.ts'
import type { Peer } from '../peers/peer.ts'
import { waitForSocket } from '../report/measure.ts'
import type { Plan } from '../report/plan.ts'
import type { SharingSeries } from '../report/results.ts'

/** The plugins that are put together. */
export const shared: readonly Handler[] = ['hello', 'rich', 'empty', 'log']

/** Puts the plugins into one binary as `make BUNDLE=` does; returns its path. */
export async function buildBundle(folder: string, plugins = shared): Promise<string> {
  const target = findTarget(hostPlatform())
  const files = plugins.map((name) => ({
    name,
    file: join(import.meta.dirname, '..', 'plugins', name, 'plugin.ts'),
  }))
  const [built] = await buildPlugins({
    target,
    binaries: [{ name: 'bundle', plugins: files }],
    out: folder,
    progress: { report: console.error, step() {} },
  })
  return built!.file
}

/**
 * What processes need together, idle and at the same time: one that serves a bundle, one of the same file for each
 * plugin (as symlinks to it are started), and a binary for each.
 */
export async function measureSharing(
  { bundle, ours, folder }: { readonly bundle: string; readonly ours: Peer; readonly folder: string },
  { rounds, idle }: Plan['sharing'],
): Promise<SharingSeries[]> {
  const binaries = (prefix: string) =>
    shared.map((name) => {
      const { command, args, socket } = ours.start(name, 'ProtoBuf:1', prefix)
      return { command, args, socket }
    })
  const ofBundle = (count: number) => (prefix: string) =>
    shared.slice(0, count).map((name) => {
      const socket = join(prefix, `${name}.socket`)
      return { command: bundle, args: ['-socket', socket], socket }
    })
  const cases = [
    { name: 'one process', programs: ofBundle(1), samples: [] as SharingSeries['samples'][number][] },
    {
      name: 'one file',
      programs: ofBundle(shared.length),
      samples: [] as SharingSeries['samples'][number][],
    },
    { name: 'binaries', programs: binaries, samples: [] as SharingSeries['samples'][number][] },
  ] as const
  for (let round = 1; round <= rounds; round++)
    for (const { programs, samples } of cases) {
      const prefix = await mkdtemp(join(folder, 's-'))
      try {
        samples.push({ round, ...(await sumOf(programs(prefix), idle)) })
      } finally {
        await rm(prefix, { recursive: true, force: true })
      }
    }
  return cases.map(({ name, samples }) => ({ name, plugins: shared.length, samples }))
}

interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly socket: string
}

async function sumOf(
  programs: readonly Program[],
  idle: number,
): Promise<{ pss: number; privateDirty: number }> {
  const servers: ChildProcess[] = []
  try {
    for (const { command, args, socket } of programs) {
      const server = spawn(command, args, { env: {}, stdio: ['pipe', 'ignore', 'ignore'] })
      server.on('error', () => undefined) // it has no pid then
      servers.push(server)
      await waitForSocket(server, socket)
    }
    await pause(idle * 1000)
    const found = servers.map(({ pid = 0 }) => readMemory(pid))
    const sum = (numbers: readonly number[]) => Math.round(numbers.reduce((a, b) => a + b, 0) * 100) / 100
    return { pss: sum(found.map(({ pss }) => pss)), privateDirty: sum(found.map((one) => one.privateDirty)) }
  } finally {
    await Promise.all(servers.map(end))
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
  const exit = once(server, 'exit')
  server.kill('SIGKILL')
  await exit
}
