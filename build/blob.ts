import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bundle } from './bundle.ts'
import { BuildError } from './errors.ts'
import { encodeManifest, type Manifest, manifestAsset } from './manifest.ts'
import { lastWords, run } from './process.ts'
import type { Target } from './targets.ts'
import { layoutOf, writeBlob } from './write-blob.ts'

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

export interface BlobRequest {
  /** The Node that goes in, or another one of its version that runs here; without it the blob is written without Node. */
  readonly maker: string | undefined
  readonly bundle: Bundle
  readonly config: SeaConfig
  readonly manifest: Manifest
}

/**
 * Makes the blob of a bundle, for the very version of Node that it goes into; the source map, the manifest, the native
 * addons and the WASM files go in as assets.
 */
export async function createBlob({ maker, bundle, config, manifest }: BlobRequest): Promise<string> {
  const folder = dirname(bundle.code)
  const blob = `${bundle.code}.blob`
  const manifestFile = join(folder, 'manifest')
  await writeFile(manifestFile, encodeManifest(manifest))
  const assets: Record<string, string> = { 'plugin.map': bundle.map, [manifestAsset]: manifestFile }
  for (const { asset } of [...bundle.addons, ...bundle.wasm]) assets[asset] = join(folder, asset)
  const path = basename(bundle.code) // stack frames name it, and the folder is no concern of who reads them
  if (maker !== undefined) await runMaker(maker, folder, { ...config, main: path, output: blob, assets })
  else await writeFile(blob, await blobOf(path, bundle, assets, config, manifest))
  return blob
}

async function runMaker(
  maker: string,
  folder: string,
  config: SeaConfig & { main: string; output: string; assets: Readonly<Record<string, string>> },
): Promise<void> {
  const file = 'sea-config.json'
  const assets = Object.fromEntries(
    Object.entries(config.assets).map(([name, path]) => [name, resolve(path)]),
  )
  await writeFile(join(folder, file), JSON.stringify({ ...config, output: resolve(config.output), assets }))
  // V8 writes hashes with a seed into compiled code; of its seeds only this one may differ when the code is used.
  const args = ['--random-seed=1', '--experimental-sea-config', file]
  const outcome = await run(resolve(maker), args, { cwd: folder, env: {} })
  if (outcome.ended !== 0)
    throw new BuildError(`the blob cannot be made with ${maker}: ${lastWords(outcome)}`)
}

async function blobOf(
  path: string,
  bundle: Bundle,
  files: Readonly<Record<string, string>>,
  config: SeaConfig,
  manifest: Manifest,
): Promise<Buffer> {
  const layout = layoutOf(manifest.node)
  if (layout === undefined)
    throw new BuildError(`no Node ${manifest.node} runs here, and how it lays out a blob is not known`)
  const assets = new Map<string, Buffer>()
  // Node on Linux writes its few assets last to first, so that the bytes are the same.
  for (const [name, file] of Object.entries(files).reverse()) assets.set(name, await readFile(file))
  return writeBlob({ path, code: await readFile(bundle.code), assets }, config, layout)
}
