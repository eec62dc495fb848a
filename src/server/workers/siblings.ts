import { readFileSync, readlinkSync } from 'node:fs'

/** Milliseconds between two looks at whether they are still there. */
const interval = 200

/** What a worker calls itself to its siblings when it has nothing left to do: Linux has 15 bytes for that. */
const idleTitle = 'kong-ts idle'

/**
 * When the parent was killed, nobody is left to end a worker whose handler never ends: so each of the others, when it has
 * closed all that it had, stays until its siblings have done so too, and ends those that have not after that time.
 */
export async function outlive(pids: readonly number[], milliseconds: number): Promise<void> {
  process.title = idleTitle
  const end = performance.now() + milliseconds
  const left = () => pids.filter(isBusy)
  while (left().length > 0 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, interval))
  for (const pid of left()) process.kill(pid, 'SIGKILL')
}

/** Whether it has something to do, and is the same program as we are: an id is given again when its process has ended. */
function isBusy(pid: number): boolean {
  try {
    process.kill(pid, 0)
    if (process.platform !== 'linux') return true
    return programOf(pid) === programOf('self') && titleOf(pid) !== idleTitle
  } catch {
    return false
  }
}

function programOf(pid: number | 'self'): string {
  return readlinkSync(`/proc/${pid}/exe`)
}

function titleOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()
}
