import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { BuildError } from '../errors.ts'
import type { Executable } from '../executable/facts.ts'
import { machOSlices } from '../executable/mach-o.ts'
import { readExecutable } from '../executable/read.ts'
import { sha256 } from '../sha256.ts'
import { nameInPackage } from './package.ts'
import type { AddonTarget } from './target.ts'

/** A file that goes into the binary beside the code. */
export interface FoundFile {
  /** Where it lies on disk. */
  readonly path: string
  /** As its package names it: `bcrypt/prebuilds/linux-x64/bcrypt.glibc.node`. */
  readonly file: string
  /** The asset of the binary that holds it. */
  readonly asset: string
  readonly sha256: string
}

/** A native addon that does, with what its headers want. */
export interface FoundAddon extends FoundFile, Pick<Executable, 'libraries' | 'wantedVersions'> {}

export interface AddonFile extends FoundAddon {
  /** Why the target cannot load it, as the rest of a sentence; absent where it can. */
  readonly unfit?: string
  /** Libraries that neither the system nor the binary brings. */
  readonly strangers: readonly string[]
}

/** Reads what an addon is made for off its header: names of files and folders are often wrong. */
export async function readAddon(path: string, target: AddonTarget): Promise<AddonFile> {
  const bytes = await readFile(path)
  const hash = sha256(bytes)
  const file = nameInPackage(path)
  const asset = `addon/${hash.slice(0, 16)}/${basename(path)}`
  const found = { path, file, asset, sha256: hash }
  try {
    const slices = machOSlices(bytes)
    const slice = slices.find(({ arch }) => arch === target.arch) ?? slices[0]
    const executable = readExecutable(slice?.bytes ?? bytes)
    const unfit = unfitness(executable, target)
    const { libraries, wantedVersions } = executable
    const strangers = libraries.filter((library) => isStranger(library, executable.os))
    return { ...found, libraries, wantedVersions, strangers, ...(unfit === undefined ? {} : { unfit }) }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    const wanted = { libraries: [], wantedVersions: {}, strangers: [] }
    return { ...found, ...wanted, unfit: `is not usable: ${error.message}` }
  }
}

function unfitness(executable: Executable, target: AddonTarget): string | undefined {
  const { os, arch, libc } = executable
  const musl = libc === 'musl' || executable.libraries.includes('libc.so')
  const system = os === 'win' ? 'win32' : os
  if (system === target.platform && arch === target.arch && !musl) return undefined
  return `is for ${os}-${arch}${musl ? ' with musl' : ''}`
}

const linuxItself =
  /^(lib(c|m|dl|rt|util|anl|pthread|resolv|stdc\+\+|gcc_s|atomic)|ld-linux-[\w-]+|ld64)\.so(\.\d+)*$/

function isStranger(library: string, os: Executable['os']): boolean {
  if (os === 'linux') return !linuxItself.test(library)
  return os === 'darwin' && !/^\/(usr\/lib|System)\//.test(library)
}
