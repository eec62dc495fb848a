import { readdirSync, readFileSync } from 'node:fs'

/** Of /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/**
 * Seconds of processor time that a process has used with all its threads, those that ended too, and all processes
 * below it; of these, the ones that ended count once their parent has waited for them.
 */
export function cpuSeconds(pid: number): number {
  const processes = readProcesses()
  const ticks = familyOf(pid, processes).reduce((sum, one) => sum + (processes.get(one)?.ticks ?? 0), 0)
  return ticks / ticksPerSecond
}

/** A process and all below it. */
export function familyOf(pid: number, processes = readProcesses()): number[] {
  const found = [pid]
  for (const parent of found)
    for (const [child, { parent: own }] of processes) if (own === parent) found.push(child)
  return found
}

interface Process {
  readonly parent: number
  readonly ticks: number
}

function readProcesses(): Map<number, Process> {
  const found = new Map<number, Process>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readStat(name)
    if (stat !== undefined) found.set(Number(name), stat)
  }
  return found
}

function readStat(pid: string): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, can hold anything; behind it stand the state, the parent, and from field 14 the times.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15)
    return { parent: fields[1] ?? 0, ticks: user + system + childrenUser + childrenSystem }
  } catch {
    return undefined // it has just ended
  }
}
