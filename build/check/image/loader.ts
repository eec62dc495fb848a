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
  const configured = await readConfiguration(files, '/etc/ld.so.conf', new Set())
  return [...new Set([...configured, ...multiarch, '/lib64', '/usr/lib64', '/lib', '/usr/lib'])]
}

const most = 200

/** Each file is read once, as one may include itself. */
async function readConfiguration(
  files: ImageFiles,
  path: string,
  read: Set<string>,
): Promise<readonly string[]> {
  if (read.has(path) || read.size === most) return []
  read.add(path)
  const text = (await readFiles(files, [path])).get(path)?.toString('utf8', 0, 65_536) ?? ''
  const folders: string[] = []
  for (const line of text.split('\n').map((raw) => raw.replace(/#.*/, '').trim())) {
    const included = /^include\s+(.+)$/.exec(line)?.[1]
    if (line.startsWith('/')) folders.push(line.replace(/[\s=].*$/, ''))
    else if (included !== undefined)
      for (const one of included.split(/\s+/).flatMap((pattern) => expand(files, pattern)))
        folders.push(...(await readConfiguration(files, one, read)))
  }
  return folders.slice(0, most)
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
    .slice(0, most)
    .map((one) => `${folder}/${one}`)
}

/** The library that each name leads to: the first in the folders that is one for the processor. */
export async function findLibraries(
  files: ImageFiles,
  folders: readonly string[],
  names: readonly string[],
  arch: string,
): Promise<ReadonlyMap<string, Library>> {
  const candidates = names.map((name) => ({
    name,
    paths: name.includes('/') ? [name] : folders.map((folder) => `${folder}/${name}`),
  }))
  const contents = await readFiles(
    files,
    candidates.flatMap(({ paths }) => paths),
  )
  return new Map(
    candidates.flatMap(({ name, paths }) => {
      for (const path of paths) {
        const elf = tryElf(contents.get(path))
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
