import { setTimeout as pause } from 'node:timers/promises'
import { type Memory, readMemory } from '../client/memory.ts'
import type { Peer } from '../peers/peer.ts'
import { type Server, startServer } from '../report/measure.ts'
import type { Plan } from '../report/plan.ts'
import type { MemorySeries } from '../report/results.ts'

export interface MemoryRequest {
  readonly client: string
  readonly folder: string
  readonly peers: readonly Peer[]
  readonly plan: Plan['memory']
}

type Sample = {
  -readonly [Name in keyof MemorySeries['samples'][number]]: MemorySeries['samples'][number][Name]
}

interface Subject {
  readonly peer: Peer
  readonly dialect: MemorySeries['dialect']
  readonly samples: Sample[]
}

/**
 * What a server of `hello` needs when it has just started, at the end of some seconds with 16 connections, and some
 * seconds of rest later. All servers are there at the same time, one of each kit, as two of a kit would share their
 * file; in the last round each is loaded in its turn.
 */
export async function measureMemory({ client, folder, peers, plan }: MemoryRequest): Promise<MemorySeries[]> {
  const subjects: Subject[] = peers
    .filter(({ handlers }) => handlers.includes('hello'))
    .flatMap((peer) => peer.dialects.slice(0, 1).map((dialect) => ({ peer, dialect, samples: [] })))
  for (let round = 1; round <= plan.rounds; round++) {
    const started: { sample: Sample; server: Server }[] = []
    try {
      for (const { peer, dialect, samples } of subjects) {
        const setting = { peer: peer.name, dialect, handler: 'hello', connections: 16 } as const
        const server = await startServer({ client, folder, peer, setting })
        const sample: Sample = { round, idle: 0, idlePss: 0 }
        started.push({ sample, server })
        samples.push(sample)
      }
      await pause(plan.idle * 1000)
      for (const { sample, server } of started) note(sample, 'idle', server)
      if (round === plan.rounds && plan.load !== undefined) await load(started, plan.load, plan.rest ?? 0)
    } finally {
      await Promise.all(started.map(({ server }) => server.close()))
    }
  }
  return subjects.map(({ peer, dialect, samples }) => ({ peer: peer.name, dialect, samples }))
}

async function load(
  started: readonly { sample: Sample; server: Server }[],
  seconds: number,
  rest: number,
): Promise<void> {
  const resting: Promise<void>[] = []
  for (const { sample, server } of started) {
    const measured = server.measure(seconds, 0)
    const midway = pause(seconds * 1000 - 100).then(() => note(sample, 'load', server))
    await Promise.all([measured, midway])
    resting.push(pause(rest * 1000).then(() => note(sample, 'after', server)))
  }
  await Promise.all(resting)
}

function note(sample: Sample, moment: 'idle' | 'load' | 'after', { pid }: Server): void {
  const { privateDirty, pss }: Memory = readMemory(pid)
  sample[moment] = round(privateDirty)
  sample[`${moment}Pss`] = round(pss)
}

function round(megabytes: number): number {
  return Math.round(megabytes * 100) / 100
}
