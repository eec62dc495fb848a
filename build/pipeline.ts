import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBlob, readSeaConfig } from './blob.ts'
import { type Bundle, bundlePlugins, type Kit, type NamedPlugin } from './bundle.ts'
import { type Dump, readDumps } from './dump.ts'
import { BuildError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { type Injector, injectBlob } from './inject.ts'
import { type Manifest, seal } from './manifest.ts'
import { describeBinary } from './manifest-of.ts'
import { cacheFolder } from './node-binary.ts'
import { type Nodes, prepareNodes } from './nodes.ts'
import type { Progress } from './progress.ts'
import { withScratch } from './scratch.ts'
import { signBinary } from './sign/binary.ts'
import { hostPlatform, type Target } from './targets.ts'
import { verifyBinary, verifyFile } from './verify.ts'

export interface BuildRequest {
  readonly target: Target
  readonly binaries: readonly BinaryRequest[]
  /** The folder that gets `<platform>/<name>`. */
  readonly out: string
  /** Where it is not the target's own. */
  readonly nodeVersion?: string | undefined
  /** A Node binary for the target instead of the official one. */
  readonly node?: string | undefined
  readonly injector?: Injector
  readonly cache?: string
  readonly kit?: Kit
  readonly progress: Progress
}

/** One file that comes out: a plugin under its own name, or several under a common one. */
export interface BinaryRequest {
  readonly name: string
  readonly plugins: readonly NamedPlugin[]
}

export interface Built {
  readonly file: string
  readonly size: number
  readonly sha256: string
  readonly manifest: Manifest
}

/**
 * Builds binaries for one platform: bundle → blob → inject → sign → verify. Each appears only when it is good: where
 * it runs here its dump is compared with its source's, elsewhere what was put in is read back.
 */
export async function buildPlugins(request: BuildRequest): Promise<Built[]> {
  const { target, binaries, out, cache = cacheFolder(), nodeVersion, node, progress } = request
  const nodes = await prepareNodes({ target, version: nodeVersion, own: node, cache, progress })
  const built: Built[] = []
  for (const binary of binaries) {
    try {
      await makeFolder(join(out, target.platform))
      built.push(await withScratch(out, '.build-', (work) => buildOne(request, binary, nodes, work)))
    } catch (error) {
      const files = binary.plugins.map(({ file }) => file).join(' and ')
      if (error instanceof BuildError)
        throw new BuildError(`Cannot build ${files} for ${target.platform}: ${error.message}`)
      throw error
    }
  }
  return built
}

async function buildOne(
  request: BuildRequest,
  { name, plugins }: BinaryRequest,
  nodes: Nodes,
  work: string,
): Promise<Built> {
  const { target, out, progress } = request
  const { platform } = target
  const file = join(out, platform, name + target.suffix)
  const names = plugins.map((plugin) => plugin.name)
  const step = (doing: string) => progress.step(`${file}: ${doing}`)

  step('bundling')
  const code = join(work, `${name}.cjs`)
  const bundle = await bundlePlugins({ plugins, platform, abi: nodes.abi, code, ...kitOf(request) })
  for (const warning of bundle.warnings) progress.report(`Warning: ${warning}`)
  const dumps = await describeSource(request, bundle, plugins, nodes, work)
  const config = await readSeaConfig(target, nodes.runsHere)
  const stripped = target.format === 'elf' && request.node === undefined
  const { version: node } = nodes
  const manifest = await describeBinary({ target, name, plugins, dumps, bundle, config, node, stripped })

  step('injecting')
  const blob = await createBlob({ maker: nodes.maker, bundle, config, manifest })
  const unproven = join(work, name + target.suffix)
  await injectBlob(nodes.node, blob, unproven, target, request.injector)
  if (target.signature === 'ad hoc') await signBinary(unproven, name)
  else await sealFile(unproven)

  step('checking')
  const { size, sha256 } = await verifyFile(unproven, manifest)
  if (nodes.runsHere) await verifyBinary(unproven, dumps, names)
  await rename(unproven, file)
  return { file, size, sha256, manifest }
}

/**
 * The dumps that the source gives when plain Node runs it. Addons of another platform cannot be loaded here: there a
 * second bundle with this machine's own is run.
 */
async function describeSource(
  request: BuildRequest,
  bundle: Bundle,
  plugins: readonly NamedPlugin[],
  nodes: Nodes,
  work: string,
): Promise<Dump[]> {
  const names = plugins.map(({ name }) => name)
  const runs = (code: string) => readDumps(nodes.describer, ['--enable-source-maps', code], names)
  if (nodes.runsHere || bundle.addons.length === 0) return runs(bundle.code)
  const folder = join(work, 'host')
  await makeFolder(folder)
  const code = join(folder, bundle.code.slice(work.length + 1))
  const here = { plugins, platform: hostPlatform(), abi: nodes.abi, code, ...kitOf(request) }
  const own = await bundlePlugins(here).catch((error: Error) => {
    throw new BuildError(
      `to describe a plugin with native addons, those of this machine are needed beside those of the target: ${error.message}`,
    )
  })
  return runs(own.code)
}

async function sealFile(file: string): Promise<void> {
  const bytes = await readFile(file)
  seal(bytes)
  await writeFile(file, bytes)
}

function kitOf({ kit }: BuildRequest): { kit?: Kit } {
  return kit === undefined ? {} : { kit }
}
