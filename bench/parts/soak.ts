import { setTimeout as pause } from 'node:timers/promises'
import { type Counted, drive } from '../client/drive.ts'
import { readMemory } from '../client/memory.ts'
import type { Peer } from '../peers/peer.ts'
import { startServer } from '../report/measure.ts'
import type { Setting } from '../report/results.ts'
import type { SoakSample } from '../report/soak.ts'

export interface SoakRequest {
  readonly client: string
  readonly folder: string
  readonly peer: Peer
  readonly setting: Setting
  /** How long the load is on, how long the rest behind it is, and how often memory is looked at. */
  readonly seconds: number
  readonly rest: number
  readonly every: number
  /** Every so many seconds an instance is started and an older one closed. */
  readonly reconfigure: number
}

/** Drives one server for a long time and looks at its memory. The load ends by itself, whatever becomes of this process. */
export async function soak(request: SoakRequest): Promise<{ counted: Counted; samples: SoakSample[] }> {
  const { client, folder, peer, setting, seconds, rest, every, reconfigure } = request
  const server = await startServer({ client, folder, peer, setting })
  const samples: SoakSample[] = []
  const began = performance.now()
  const look = () => {
    const { privateDirty, rss } = readMemory(server.pid)
    const at = (performance.now() - began) / 1000
    samples.push({ seconds: hundredths(at), privateDirty: hundredths(privateDirty), rss: hundredths(rss) })
  }
  const timer = setInterval(look, every * 1000)
  try {
    const counted = await drive({ client, ...server, ...setting, seconds, warmup: 0, reconfigure })
    await pause(rest * 1000)
    clearInterval(timer)
    look()
    return { counted, samples }
  } finally {
    clearInterval(timer)
    await server.close()
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
