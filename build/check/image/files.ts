import { BuildError } from '../../errors.ts'
import { limit } from './limits.ts'

/** The files of an image, wherever they lie. Paths have no `/` in front and, but for `resolvePath`, hold no link. */
export interface ImageFiles {
  /** What is at a path; `undefined` where nothing is. */
  look(path: string): Entry | undefined
  /** The names in a folder; none where there is no such folder. */
  list(path: string): readonly string[]
  /** The bytes of those of the paths that are files. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
}

export type Entry =
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly size: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'other' }

/** Ten times what the largest library of a stock image has. */
const largestFile = 64 * 2 ** 20
const mostTogether = 512 * 2 ** 20
/** A check takes some hundreds. */
const mostLooks = 500_000
const mostLinks = 40
const longestPath = 4096

/** The same files, for so many looks: names and links of a binary and an image could ask for any number. */
export function limitLooks(files: ImageFiles): ImageFiles {
  const count = limit(mostLooks, 'its links, and the libraries to be found in it, lead on and on')
  return {
    ...files,
    look: (path) => {
      count()
      return files.look(path)
    },
  }
}

/**
 * Where a path leads inside the image, which no link leaves: `/` is the image's root, and `..` stops there. An image
 * may be hostile, so a link that runs in circles or grows without end leads nowhere.
 */
export function resolvePath(files: ImageFiles, path: string): string | undefined {
  const pending = partsOf(path)
  const done: string[] = []
  let links = 0
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '..') {
      done.pop()
      continue
    }
    const here = [...done, part].join('/')
    const entry = here.length > longestPath ? undefined : files.look(here)
    if (entry === undefined) return undefined
    if (entry.kind === 'link') {
      links += 1
      if (links > mostLinks || entry.target.length > longestPath) return undefined
      if (entry.target.startsWith('/')) done.length = 0
      pending.push(...partsOf(entry.target))
    } else {
      done.push(part)
    }
  }
  return done.join('/')
}

/** Last part first. */
function partsOf(path: string): string[] {
  return splitPath(path).reverse()
}

export function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

/**
 * Reads files by paths that may hold links: a map by the paths as they were given. What is too large for a library is
 * passed over.
 */
export async function readFiles(
  files: ImageFiles,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const sizes = new Map<string, number>()
  const places = paths.flatMap((path) => {
    const place = resolvePath(files, path)
    const entry = place === undefined ? undefined : files.look(place)
    if (place === undefined || entry?.kind !== 'file' || entry.size > largestFile) return []
    sizes.set(place, entry.size)
    return [{ path, place }]
  })
  if ([...sizes.values()].reduce((sum, size) => sum + size, 0) > mostTogether)
    throw new BuildError(`the libraries in it take more than ${mostTogether} bytes`)
  const contents = await files.read([...sizes.keys()])
  return new Map(
    places.flatMap(({ path, place }) => {
      const bytes = contents.get(place)
      return bytes === undefined ? [] : [[path, bytes] as const]
    }),
  )
}

export function listFolder(files: ImageFiles, path: string): readonly string[] {
  const place = resolvePath(files, path)
  return place === undefined ? [] : files.list(place)
}
