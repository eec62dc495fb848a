import { rmSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Milliseconds after which a folder that a killed build has left is nobody's. */
const abandonedAfter = 3_600_000

const open = new Set<string>()

/**
 * Does something with a new folder below `parent`, which is gone afterwards: when the work fails, and when the process
 * ends in the middle of it. What killed processes have left there under the same prefix goes too.
 */
export async function withScratch<T>(
  parent: string,
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await sweep(parent, prefix)
  const folder = await mkdtemp(join(parent, prefix))
  if (open.size === 0) process.on('exit', removeAll)
  open.add(folder)
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
    open.delete(folder)
    if (open.size === 0) process.off('exit', removeAll)
  }
}

function removeAll(): void {
  for (const folder of open) rmSync(folder, { recursive: true, force: true })
}

async function sweep(parent: string, prefix: string): Promise<void> {
  const names = (await readdir(parent).catch(() => [])).filter((name) => name.startsWith(prefix))
  for (const name of names) {
    const folder = join(parent, name)
    const found = await stat(folder).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedAfter)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}
