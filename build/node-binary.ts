import { access, constants, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { extract } from 'tar'
import { stripElf } from './elf.ts'
import { BuildError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { checkIntegrity, packPackage } from './npm.ts'
import type { Progress } from './progress.ts'
import { withScratch } from './scratch.ts'
import { sha256 } from './sha256.ts'
import { type Pin, pinOf, type Target } from './targets.ts'

export interface NodeRequest {
  readonly target: Target
  readonly version: string
  /** What the binary must be; without it the registry's own SHA-512 decides. */
  readonly pin?: Pin | undefined
  readonly cache: string
  readonly progress: Progress
}

/**
 * The path of a target's official Node in the cache, stripped where it is ELF, its SHA-256 checked each time. A
 * damaged one is named and fetched again; a download is moved to its place only after it was checked.
 */
export async function fetchNode(request: NodeRequest): Promise<string> {
  const { target, version, cache, progress } = request
  const pin = request.pin ?? pinOf(target.npmPackage, version)
  const stripped = target.format === 'elf' ? '-stripped' : ''
  const file = join(cache, `${target.npmPackage}-${version}${stripped}${target.suffix}`)
  const expected = pin?.cached ?? (await readFile(noteOf(file), 'utf8').catch(() => undefined))
  const actual = await hashFile(file)
  if (actual !== undefined && actual === expected) return file
  if (actual !== undefined) {
    const wanted = expected === undefined ? 'none is noted beside it' : `must be ${expected}`
    progress.report(
      `The cached ${file} is damaged: its SHA-256 is ${actual}, but ${wanted}; fetching it again`,
    )
  }
  await download(request, pin, file)
  return file
}

/** Where downloads are kept: KONG_TS_CACHE, else a folder of the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.KONG_TS_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kong-ts-pdk')
}

async function download(request: NodeRequest, pin: Pin | undefined, file: string): Promise<void> {
  const { cache } = request
  try {
    await makeFolder(cache, 0o700)
    await access(cache, constants.W_OK)
  } catch (error) {
    const why = error instanceof BuildError ? error.message : `Cannot write to ${cache}: ${error}`
    throw new BuildError(`${why}; downloads are kept there: choose another folder with KONG_TS_CACHE`)
  }
  await withScratch(cache, '.download-', (folder) => downloadInto(folder, request, pin, file))
}

async function downloadInto(
  folder: string,
  { target, version, progress }: NodeRequest,
  pin: Pin | undefined,
  file: string,
): Promise<void> {
  const spec = `${target.npmPackage}@${version}`
  progress.report(`Fetching ${spec} (about 50 MB) with npm`)
  progress.step(`Fetching ${spec}`)
  const tarball = await packPackage(spec, folder)
  if (pin === undefined) {
    progress.report(`${spec} is not pinned here: it is checked against the registry's own SHA-512 only`)
    await checkIntegrity(spec, tarball)
  }
  const official = await unpack(spec, tarball, target.executable, folder)
  const actual = sha256(official)
  if (pin !== undefined && actual !== pin.official) {
    throw new BuildError(
      `Refused ${target.executable} of ${spec}: its SHA-256 is ${actual}, but must be ${pin.official}`,
    )
  }
  const kept = target.format === 'elf' ? stripElf(official) : official
  const fresh = join(folder, 'node')
  await writeFile(fresh, kept, { mode: 0o755, flush: true })
  if (pin === undefined) {
    await writeFile(`${fresh}.sha256`, sha256(kept), { flush: true })
    await rename(`${fresh}.sha256`, noteOf(file))
  }
  // A folder may have been put there; a file is replaced as it is.
  if ((await stat(file).catch(() => undefined))?.isDirectory()) await rm(file, { recursive: true })
  await rename(fresh, file)
}

async function unpack(spec: string, tarball: string, executable: string, folder: string): Promise<Buffer> {
  const wanted = `package/${executable}`
  await extract({
    file: tarball,
    cwd: folder,
    strict: true,
    filter: (path, entry) => path === wanted && 'type' in entry && entry.type === 'File',
  }).catch((error: Error) => {
    throw new BuildError(`Cannot unpack ${spec}: ${error.message}`)
  })
  return readFile(join(folder, wanted)).catch(() => {
    throw new BuildError(`Cannot use ${spec}: it holds no ${executable}`)
  })
}

function noteOf(file: string): string {
  return `${file}.sha256`
}

async function hashFile(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined)
  return found?.isFile() ? sha256(await readFile(file)) : undefined
}
