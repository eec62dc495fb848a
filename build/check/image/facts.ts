import { stat } from 'node:fs/promises'
import { UsageError } from '../../errors.ts'
import type { Executable } from '../../executable/facts.ts'
import { type KongVersion, readMetaLua } from '../kong-version.ts'
import { imageError, openArchive } from './archive.ts'
import { type ImageFiles, limitLooks, listFolder, readFiles, resolvePath } from './files.ts'
import { openFolder } from './folder.ts'
import { findLibraries, type Library, libraryFolders, tryElf } from './loader.ts'

/** What an image has of what a binary may want. */
export interface ImageFacts {
  /** As its os-release says: `Ubuntu 24.04.3 LTS`. */
  readonly system: string
  /** Absent where nothing in it could tell. */
  readonly arch?: string
  readonly libc?: 'glibc' | 'musl'
  /** The Kong inside. */
  readonly kong?: KongVersion
  /** Whether the binary's own loader is where the binary names it. */
  readonly interpreter: boolean
  /** Where libraries were looked for. */
  readonly folders: readonly string[]
  /** Those of the wanted ones that are there, by name. */
  readonly libraries: ReadonlyMap<string, Library>
}

const metaLua = 'usr/local/share/lua/5.1/kong/meta.lua'
const releases = ['etc/os-release', 'usr/lib/os-release']

/**
 * Reads a root file system in a folder, or an image in an archive; nothing in it is run or trusted. `libraries` are
 * those to be found in it.
 */
export async function readImage(
  file: string,
  executable: Executable,
  libraries: readonly string[],
): Promise<ImageFacts> {
  try {
    return await readFacts(await openImage(file, executable.arch), executable, libraries)
  } catch (error) {
    throw imageError(file, error)
  }
}

async function readFacts(
  files: ImageFiles,
  executable: Executable,
  libraries: readonly string[],
): Promise<ImageFacts> {
  const { arch, libc } = await readKind(files)
  const texts = await readFiles(files, [...releases, metaLua])
  const kong = readMetaLua(texts.get(metaLua)?.toString('utf8') ?? '')
  const folders = await libraryFolders(files, executable.arch)
  const { interpreter } = executable
  return {
    system: systemOf(releases.map((release) => texts.get(release)?.toString('utf8') ?? '')),
    ...(arch === undefined ? {} : { arch }),
    ...(libc === undefined ? {} : { libc }),
    ...(kong === undefined ? {} : { kong }),
    interpreter: interpreter !== undefined && resolvePath(files, interpreter) !== undefined,
    folders,
    libraries: await findLibraries(files, folders, libraries, executable.arch),
  }
}

async function openImage(file: string, arch: string): Promise<ImageFiles> {
  const about = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(error.code === 'ENOENT' ? 'there is no such file or folder' : error.message)
  })
  if (about.isDirectory()) return limitLooks(openFolder(file))
  if (about.isFile()) return limitLooks(await openArchive(file, about.size, arch))
  throw new UsageError('it is neither a folder nor an archive')
}

const loaders = [
  'lib64/ld-linux-x86-64.so.2',
  'lib/ld-linux-aarch64.so.1',
  'lib/ld-linux-armhf.so.3',
  'lib/ld-linux.so.2',
  'lib64/ld64.so.2',
  'lib/ld64.so.1',
]
/** Programs that an image without a loader that is known here may have. */
const programs = ['bin/sh', 'usr/bin/env', 'usr/local/openresty/nginx/sbin/nginx']

/** Processor and libc, by the loaders: an image with both is one of glibc into which musl was installed. */
async function readKind(files: ImageFiles): Promise<{ arch?: string; libc?: 'glibc' | 'musl' }> {
  const musl = listFolder(files, 'lib').flatMap((name) =>
    /^ld-musl-\w+\.so\.1$/.test(name) ? [`lib/${name}`] : [],
  )
  const contents = await readFiles(files, [...loaders, ...musl, ...programs])
  const archOf = (paths: readonly string[]) =>
    paths.flatMap((path) => tryElf(contents.get(path))?.arch ?? []).at(0)
  const own = programs.map((path) => tryElf(contents.get(path))).find((elf) => elf !== undefined)
  const glibc = archOf(loaders)
  const arch = own?.arch ?? glibc ?? archOf(musl)
  const libc = own?.libc ?? (glibc !== undefined ? 'glibc' : archOf(musl) !== undefined ? 'musl' : undefined)
  return { ...(arch === undefined ? {} : { arch }), ...(libc === undefined ? {} : { libc }) }
}

function systemOf(texts: readonly string[]): string {
  for (const text of texts) {
    const name = /^PRETTY_NAME=(?:"([^"\n]*)"|(.*))$/m.exec(text)
    const plain = (name?.[1] ?? name?.[2] ?? '')
      .replace(/[^\x20-\x7e]/g, '')
      .slice(0, 80)
      .trim()
    if (plain !== '') return plain
  }
  return 'a system without a name'
}
