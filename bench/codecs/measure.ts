import { realpathSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../../build/kit.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { lastWords, run } from '../../build/process.ts'
import { withScratch } from '../../build/scratch.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import { bundleForm } from '../bundle-form.ts'
import { runTool } from '../peers/peer.ts'
import type { Found, Settings } from './results.ts'

const here = import.meta.dirname
const pins = join(here, 'libraries')

/**
 * Times every codec in one process of the Node that goes into binaries; those of ProtoBuf libraries too where a folder is
 * given that has them.
 */
export async function measureCodecs({ rounds, milliseconds }: Settings, libraries = ''): Promise<Found> {
  const target = findTarget(hostPlatform())
  const progress = { report: console.error, step() {} }
  const node = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress })
  return withScratch(realpathSync(tmpdir()), 'kong-ts-codecs-', async (folder) => {
    const code = join(folder, 'timing.cjs')
    await build({
      entryPoints: [join(here, 'timing.ts')],
      outfile: code,
      ...bundleForm,
    })
    const outcome = await run(node, [code, root, libraries, `${rounds}`, `${milliseconds}`], { env: {} })
    if (outcome.ended !== 0) throw new Error(`The codecs could not be timed: ${lastWords(outcome)}`)
    return JSON.parse(outcome.stdout)
  })
}

/** Puts the libraries of `libraries/package-lock.json` into a folder. */
export async function installLibraries(folder: string): Promise<void> {
  for (const name of ['package.json', 'package-lock.json'])
    await copyFile(join(pins, name), join(folder, name))
  await runTool('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], folder)
}
