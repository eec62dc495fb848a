import { readlinkSync } from 'node:fs'

/** Milliseconds between two looks at whether they are still there. */
const interval = 200

/**
 * When the parent was killed, nobody is left to end a worker whose handler never ends: so each of the others stays until
 * its siblings have left, and ends those that are there after that time.
 */
export async function outlive(pids: readonly number[], milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  const left = () => pids.filter(isSibling)
  while (left().length > 0 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, interval))
  for (const pid of left()) process.kill(pid, 'SIGKILL')
}

/** Whether it runs, and the same program as we do: an id is given again when its process has ended. */
function isSibling(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || programOf(pid) === programOf('self')
  } catch {
    return false
  }
}

function programOf(pid: number | 'self'): string {
  return readlinkSync(`/proc/${pid}/exe`)
}
