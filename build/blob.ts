import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bundle } from './bundle.ts'
import { BuildError } from './errors.ts'
import { encodeManifest, type Manifest, manifestAsset } from './manifest.ts'
import { lastWords, run } from './process.ts'
import type { Target } from './targets.ts'

const common = join(dirname(fileURLToPath(import.meta.url)), '../sea-config.json')

/** What Node is told about every binary: the `sea-config.json` at the top level, as the target needs it. */
export interface SeaConfig {
  readonly execArgv: readonly string[]
  readonly useCodeCache: boolean
}

/**
 * The common configuration for a target. Compiled code is kept where the Node that makes the blob is the one that goes
 * into the binary: another platform's would be refused at each start, or worse.
 */
export async function readSeaConfig(target: Target, runsHere: boolean): Promise<SeaConfig> {
  const config: SeaConfig = JSON.parse(await readFile(common, 'utf8'))
  const nowhere = target.format === 'pe' ? 'NUL' : '/dev/null'
  const execArgv = config.execArgv.map((option) => option.replace('/dev/null', nowhere))
  return { ...config, execArgv, useCodeCache: config.useCodeCache && runsHere }
}

/**
 * Makes the blob of a bundle with a Node of the very version that it goes into; the source map, the manifest and the
 * native addons and WASM files go in as assets.
 */
export async function createBlob(
  maker: string,
  bundle: Bundle,
  config: SeaConfig,
  manifest: Manifest,
): Promise<string> {
  const folder = dirname(bundle.code)
  const blob = `${bundle.code}.blob`
  const manifestFile = join(folder, 'manifest')
  const configFile = join(folder, 'sea-config.json')
  await writeFile(manifestFile, encodeManifest(manifest))
  const files = [...bundle.addons, ...bundle.wasm].map(({ asset }) => [asset, resolve(folder, asset)])
  await writeFile(
    configFile,
    JSON.stringify({
      ...config,
      main: basename(bundle.code), // stack frames name this path, and the folder is no concern of who reads them
      output: resolve(blob),
      assets: {
        'plugin.map': resolve(bundle.map),
        [manifestAsset]: resolve(manifestFile),
        ...Object.fromEntries(files),
      },
    }),
  )
  // V8 writes hashes with a seed into compiled code; of its seeds only this one may differ when the code is used.
  const args = ['--random-seed=1', '--experimental-sea-config', basename(configFile)]
  const outcome = await run(resolve(maker), args, { cwd: folder, env: {} })
  if (outcome.ended !== 0)
    throw new BuildError(`the blob cannot be made with ${maker}: ${lastWords(outcome)}`)
  return blob
}
