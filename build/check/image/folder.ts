import { constants, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from '../../errors.ts'
import type { Entry, ImageFiles } from './files.ts'

/** The files of an unpacked root file system. Each part of a path is looked at by itself, so no link is followed. */
export function openFolder(root: string): ImageFiles {
  return {
    look: (path) => orNothing(() => entryOf(join(root, path))),
    list: (path) => orNothing(() => readdirSync(join(root, path))) ?? [],
    async read(paths) {
      const contents = new Map<string, Buffer>()
      for (const path of paths) {
        const bytes = await readWhole(join(root, path))
        if (bytes !== undefined) contents.set(path, bytes)
      }
      return contents
    },
  }
}

function entryOf(file: string): Entry {
  const about = lstatSync(file)
  if (about.isSymbolicLink()) return { kind: 'link', target: readlinkSync(file) }
  if (about.isDirectory()) return { kind: 'folder' }
  return about.isFile() ? { kind: 'file', size: about.size } : { kind: 'other' }
}

async function readWhole(file: string): Promise<Buffer | undefined> {
  const handle = await open(
    file,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  ).catch((error: NodeJS.ErrnoException) => {
    throw new BuildError(`it has a file that cannot be read: ${error.message}`)
  })
  try {
    const about = await handle.stat()
    return about.isFile() ? await handle.readFile() : undefined
  } finally {
    await handle.close()
  }
}

function orNothing<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'EINVAL')
      return undefined
    throw new BuildError(message)
  }
}
