import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BuildError } from './errors.ts'

/**
 * Makes a folder and those above it. Node's own `recursive` never comes back from folders that cannot hold any, as
 * those of /proc.
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  if (await isFolder(folder)) return
  try {
    await mkdir(folder, { mode })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await isFolder(folder))) return
    if (code !== 'ENOENT' || (await isFolder(dirname(folder)))) {
      throw new BuildError(`Cannot make the folder ${folder}: ${message}`)
    }
    await makeFolder(dirname(folder), mode)
    await makeFolder(folder, mode)
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ?? false
}
