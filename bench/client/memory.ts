import { readFileSync } from 'node:fs'
import { familyOf } from './cpu-time.ts'

/** Megabytes (10^6 bytes) of a process and all below it, as the kernel counts them. */
export interface Memory {
  /** What no other process shares and what is no file's: it goes when the process ends, and only then. */
  readonly privateDirty: number
  /** Pages that several processes have, such as the file they run, count as a share for each. */
  readonly pss: number
  readonly rss: number
}

/** Reads /proc/PID/smaps_rollup; a process that has just ended has no memory. */
export function readMemory(pid: number): Memory {
  const texts = familyOf(pid).map(readRollup)
  const sum = (name: string) =>
    texts.reduce(
      (kilobytes, text) => kilobytes + Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0),
      0,
    )
  const megabytes = (name: string) => (sum(name) * 1024) / 1e6
  return { privateDirty: megabytes('Private_Dirty'), pss: megabytes('Pss'), rss: megabytes('Rss') }
}

function readRollup(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  } catch {
    return ''
  }
}
