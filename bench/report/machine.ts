import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Machine } from './results.ts'

/** What the machine is and how busy it is now, without any name. */
export function describeMachine(): Machine {
  const cores = cpus()
  return {
    cores: cores.length,
    model: cores[0]?.model.trim() ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 1e9),
    platform: `${process.platform}-${process.arch}`,
    loadPerCore: Math.round((loadavg()[0]! / cores.length) * 100) / 100,
  }
}

/** The numbers of the kernel's version, without what its builder added. */
export function kernelVersion(): string {
  return /^[\d.]+/.exec(release())?.[0] ?? release()
}
