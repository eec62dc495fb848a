import { type BigIntStats, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BuildError } from '../../../build/errors.ts'
import { decodeManifest } from '../../../build/manifest.ts'
import { run } from '../../../build/process.ts'
import { hostPlatform } from '../../../build/targets.ts'
import type { Executable, Origin } from './origin.ts'

/** Milliseconds for which a file must have stayed as it is: it may still be written. */
const calm = 100

/** Milliseconds for the help of a binary of several plugins. */
const helpLimit = 10_000

/** A binary that was built: it is started where it lies. */
export function binaryOrigin(given: string): Origin {
  const file = resolve(given)
  return {
    async read() {
      const watched = { files: new Set([file]), folders: new Set([dirname(file)]) }
      try {
        return { outcome: await readExecutable(file), ...watched }
      } catch (error) {
        if (error instanceof BuildError) return { outcome: error, ...watched }
        throw error
      }
    },
    resolveSource: () => undefined,
  }
}

async function readExecutable(file: string): Promise<Executable> {
  const { ino, size, mtimeNs } = await whenCalm(file)
  return {
    id: `${ino} ${size} ${mtimeNs}`,
    program: file,
    names: await namesIn(file),
    warnings: [],
    place: async () => [],
  }
}

async function whenCalm(file: string): Promise<BigIntStats> {
  for (let before = look(file); ; ) {
    await delay(calm)
    const now = look(file)
    if (now === undefined && before === undefined)
      throw new BuildError('there is no such file any more; build it again')
    if (now !== undefined && now.size === before?.size && now.mtimeNs === before.mtimeNs) return now
    before = now
  }
}

function look(file: string): BigIntStats | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })
}

async function namesIn(file: string): Promise<readonly string[]> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new BuildError(error.message)
  })
  const manifest = decodeManifest(bytes)
  if (manifest === undefined)
    throw new BuildError(
      'it has no manifest, so kong-ts did not build it; give a binary of kong-ts build, or the source',
    )
  const { platform, plugins } = manifest
  if (platform !== hostPlatform())
    throw new BuildError(`it is built for ${platform}, and this is ${hostPlatform()}; build it for this one`)
  return plugins.length === 1 ? [basename(file)] : namesInHelp(file, plugins.length)
}

/** The names by which plugins are chosen are those of their files; the manifest has those that Kong knows. */
async function namesInHelp(file: string, count: number): Promise<readonly string[]> {
  const { stdout } = await run(file, ['-help'], { env: {}, timeout: helpLimit })
  const [, list = ''] = stdout.split('\n\n')
  const names = list.split('\n').map((line) => /^ {2}(\S+) /.exec(line)?.[1] ?? '')
  if (names.length === count && !names.includes('')) return names
  throw new BuildError(`its -help does not list the ${count} plugins that its manifest has`)
}
