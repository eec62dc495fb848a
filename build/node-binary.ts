import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { BuildError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { checkIntegrity, packPackage } from './npm.ts'
import { extractFile } from './tar.ts'
import type { PinnedTarget } from './targets.ts'

export interface NodeRequest {
  readonly target: PinnedTarget
  readonly version: string
  /** Whether `version` is the one whose SHA-256 the target pins. */
  readonly pinned: boolean
  readonly cache: string
  readonly report: (line: string) => void
}

/**
 * The path of the target's official Node in the cache, its SHA-256 checked each time. A damaged one is named and
 * fetched again; a download is moved to its place only after it was checked.
 */
export async function fetchNode(request: NodeRequest): Promise<string> {
  const { target, version, cache, report } = request
  const file = join(cache, `${target.npmPackage}-${version}${target.suffix}`)
  const expected = request.pinned
    ? target.sha256
    : await readFile(noteOf(file), 'utf8').catch(() => undefined)
  const actual = await hashFile(file)
  if (actual !== undefined && actual === expected) return file
  if (actual !== undefined) {
    const wanted = expected === undefined ? 'none is noted beside it' : `must be ${expected}`
    report(`The cached ${file} is damaged: its SHA-256 is ${actual}, but ${wanted}; fetching it again`)
  }
  await download(request, file)
  return file
}

/** Where downloads are kept: KONG_TS_CACHE, else a folder of the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.KONG_TS_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kong-ts-pdk')
}

async function download(request: NodeRequest, file: string): Promise<void> {
  const { target, version, pinned, cache, report } = request
  const spec = `${target.npmPackage}@${version}`
  const folder = await makeDownloadFolder(cache)
  try {
    report(`Fetching ${spec} (about 50 MB) with npm`)
    const tarball = await packPackage(spec, folder)
    if (!pinned) {
      report(`Node ${version} is not pinned here: it is checked against the registry's own SHA-512 only`)
      await checkIntegrity(spec, tarball)
    }
    const fresh = join(folder, 'node')
    const actual = await extract(spec, tarball, target.executable, fresh)
    if (pinned && actual !== target.sha256) {
      throw new BuildError(
        `Refused ${target.executable} of ${spec}: its SHA-256 is ${actual}, but must be ${target.sha256}`,
      )
    }
    if (!pinned) {
      await writeFile(`${fresh}.sha256`, actual)
      await rename(`${fresh}.sha256`, noteOf(file))
    }
    await rename(fresh, file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeDownloadFolder(cache: string): Promise<string> {
  try {
    await makeFolder(cache, 0o700)
    return await mkdtemp(join(cache, '.download-'))
  } catch (error) {
    const why = error instanceof BuildError ? error.message : `Cannot write to ${cache}: ${error}`
    throw new BuildError(`${why}; downloads are kept there: choose another folder with KONG_TS_CACHE`)
  }
}

async function extract(spec: string, tarball: string, executable: string, fresh: string): Promise<string> {
  const hash = await extractFile(tarball, `package/${executable}`, fresh).catch((error: Error) => {
    throw new BuildError(`Cannot unpack ${spec}: ${error.message}`)
  })
  if (hash === undefined) throw new BuildError(`Cannot use ${spec}: it holds no ${executable}`)
  return hash
}

function noteOf(file: string): string {
  return `${file}.sha256`
}

async function hashFile(file: string): Promise<string | undefined> {
  const exists = await stat(file).catch(() => undefined)
  if (!exists?.isFile()) return undefined
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
