import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { lastWords, run } from '../../build/process.ts'
import { withScratch } from '../../build/scratch.ts'
import { findTarget, hostPlatform } from '../../build/targets.ts'
import { bundleForm } from '../bundle-form.ts'
import type { Figures } from './limits.ts'

/**
 * Without compilers V8 allocates what the code asks for, whenever it would have optimised it; in one thread and with a
 * young generation that is never full, nothing else moves memory meanwhile.
 */
const flags = [
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--predictable',
  '--single-threaded',
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
]

/** The figures of every hot path, in the Node that goes into binaries of this machine's platform. */
export async function measureHotPaths(): Promise<Record<string, Figures>> {
  const target = findTarget(hostPlatform())
  const progress = { report: console.error, step() {} }
  const node = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress })
  return withScratch(realpathSync(tmpdir()), 'kong-ts-guard-', async (folder) => {
    const [counter, paths] = await bundle(folder)
    const outcome = await run(node, [...flags, counter, paths], { env: {}, timeout: 60_000 })
    if (outcome.ended !== 0 || outcome.stdout === '')
      throw new Error(`The hot paths could not be run to their end: ${lastWords(outcome)}`)
    return JSON.parse(outcome.stdout)
  })
}

async function bundle(folder: string): Promise<[string, string]> {
  const here = import.meta.dirname
  await build({
    entryPoints: [join(here, 'counter.ts'), join(here, 'hot-paths.ts')],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    ...bundleForm,
  })
  return [join(folder, 'counter.cjs'), join(folder, 'hot-paths.cjs')]
}
