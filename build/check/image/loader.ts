import { readElf } from '../../executable/elf.ts'
import type { Executable } from '../../executable/facts.ts'
import { type ImageFiles, listFolder, readFiles } from './files.ts'

export interface Library {
  readonly path: string
  /** What it offers: `GLIBC_2.28` and so on. */
  readonly versions: readonly string[]
}

const tripletOf: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/**
 * Where the dynamic loader of glibc looks: the folders of /etc/ld.so.conf, which ldconfig turns into its cache, and
 * those built into it, with Debian's and Red Hat's names. LD_LIBRARY_PATH counts for nothing, as Kong starts plugins
 * with an empty environment.
 */
export async function libraryFolders(files: ImageFiles, arch: string): Promise<readonly string[]> {
  const triplet = tripletOf[arch]
  const multiarch = triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`]
  const configured = await readConfiguration(files)
  return [
    ...new Set([
      ...configured.slice(0, mostFolders),
      ...multiarch,
      '/lib64',
      '/usr/lib64',
      '/lib',
      '/usr/lib',
    ]),
  ]
}

const mostFolders = 64
const mostFiles = 200
const mostIncludes = 4

/** Level by level, as each reading of an archive goes through all of it; each file once, as one may include itself. */
async function readConfiguration(files: ImageFiles): Promise<readonly string[]> {
  const seen = new Set<string>()
  const folders: string[] = []
  let level: readonly string[] = ['/etc/ld.so.conf']
  for (let depth = 0; depth < mostIncludes && level.length > 0; depth++) {
    for (const path of level) seen.add(path)
    const texts = await readFiles(files, level)
    const lines = [...texts.values()].flatMap((bytes) => linesOf(bytes))
    folders.push(...lines.filter((line) => line.startsWith('/')).map((line) => line.replace(/[\s=].*$/, '')))
    const included = lines
      .flatMap((line) => /^include\s+(.+)$/.exec(line)?.[1]?.split(/\s+/) ?? [])
      .slice(0, mostFiles)
      .flatMap((pattern) => expand(files, pattern))
    level = [...new Set(included)].filter((path) => !seen.has(path)).slice(0, mostFiles)
  }
  return folders
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString('utf8', 0, 65_536)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
}

/** `ld.so.conf.d/*.conf`: a star stands in the last part only. */
function expand(files: ImageFiles, pattern: string): readonly string[] {
  const absolute = pattern.startsWith('/') ? pattern : `/etc/${pattern}`
  const cut = absolute.lastIndexOf('/')
  const [folder, name] = [absolute.slice(0, cut), absolute.slice(cut + 1)]
  if (!name.includes('*')) return [absolute]
  const [begin, ...rest] = name.split('*')
  const end = rest.at(-1) ?? ''
  return listFolder(files, folder)
    .filter((one) => one.length >= name.length - 1 && one.startsWith(begin ?? '') && one.endsWith(end))
    .sort()
    .slice(0, mostFiles)
    .map((one) => `${folder}/${one}`)
}

/** The library that each name leads to: the first in the folders that is one for the processor. */
export async function findLibraries(
  files: ImageFiles,
  folders: readonly string[],
  names: readonly string[],
  arch: string,
): Promise<ReadonlyMap<string, Library>> {
  const candidates = [...new Set(names)].map((name) => ({
    name,
    paths: name.includes('/') ? [name] : folders.map((folder) => `${folder}/${name}`),
  }))
  const contents = await readFiles(
    files,
    candidates.flatMap(({ paths }) => paths),
  )
  const known = new Map([...new Set(contents.values())].map((bytes) => [bytes, tryElf(bytes)]))
  return new Map(
    candidates.flatMap(({ name, paths }) => {
      for (const path of paths) {
        const bytes = contents.get(path)
        const elf = bytes === undefined ? undefined : known.get(bytes)
        if (elf?.arch === arch) return [[name, { path, versions: elf.offeredVersions }] as const]
      }
      return []
    }),
  )
}

/** What an ELF file says of itself; `undefined` for anything else, as a linker script. */
export function tryElf(bytes: Buffer | undefined): Executable | undefined {
  if (bytes === undefined) return undefined
  try {
    return readElf(bytes)
  } catch {
    return undefined
  }
}
