import { mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createBlob } from './blob.ts'
import { bundlePlugin, type Kit, ownKit } from './bundle.ts'
import { BuildError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { injectBlob } from './inject.ts'
import { cacheFolder, fetchNode } from './node-binary.ts'
import { lastWords, run } from './process.ts'
import { defaultNodeVersion, findTarget, hostPlatform } from './targets.ts'
import { verifyBinary } from './verify.ts'

export interface BuildRequest {
  readonly platform: string
  readonly plugins: readonly { readonly file: string; readonly name: string }[]
  /** The folder that gets `<platform>/<name>`. */
  readonly out: string
  readonly nodeVersion?: string
  readonly cache?: string
  readonly kit?: Kit
  readonly report: (line: string) => void
}

/** Builds plugins for one platform: bundle → blob → inject → verify, each a binary that appears only when it is good. */
export async function buildPlugins(request: BuildRequest): Promise<string[]> {
  const { platform, plugins, out, report, nodeVersion = defaultNodeVersion } = request
  const target = findTarget(platform)
  if (platform !== hostPlatform()) {
    throw new BuildError(
      `Cannot build for ${platform} on ${hostPlatform()} yet: its Node must run here to make the blob and to check the result`,
    )
  }
  const started = performance.now()
  const pinned = nodeVersion === defaultNodeVersion
  const cache = request.cache ?? cacheFolder()
  const node = await fetchNode({ target, version: nodeVersion, pinned, cache, report })
  await checkRuns(node, nodeVersion)
  report(`Node ${nodeVersion} for ${platform}: ${await cost(node, started)}`)
  const binaries: string[] = []
  for (const { file, name } of plugins) {
    const binary = join(out, platform, name + target.suffix)
    await buildOne(node, file, binary, request)
    binaries.push(binary)
  }
  return binaries
}

async function buildOne(node: string, file: string, binary: string, request: BuildRequest): Promise<void> {
  const started = performance.now()
  const { out, platform, report, kit = ownKit } = request
  const folder = join(out, platform)
  await makeFolder(folder)
  const work = await mkdtemp(join(out, '.build-'))
  try {
    const name = basename(binary)
    const bundle = await bundlePlugin(file, join(work, `${name}.cjs`), kit)
    for (const warning of bundle.warnings) report(`Warning: ${warning}`)
    const blob = await createBlob(node, bundle, join(work, `${name}.blob`))
    const unproven = join(work, name)
    await injectBlob(node, blob, unproven)
    await verifyBinary(unproven, node, bundle.code)
    await rename(unproven, binary)
    report(
      `${binary}: ${await cost(binary, started)}, with ${bundle.packages.join(', ') || 'no npm package'}`,
    )
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    throw new BuildError(`Cannot build ${file}: ${error.message}`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function checkRuns(node: string, version: string): Promise<void> {
  const outcome = await run(node, ['--version'], { env: {} })
  if (outcome.stdout.trim() !== `v${version}`) {
    throw new BuildError(`Cannot use ${node} as it does not run here as v${version}: ${lastWords(outcome)}`)
  }
}

async function cost(file: string, started: number): Promise<string> {
  const { size } = await stat(file)
  return `${(size / 1e6).toFixed(1)} MB, ${((performance.now() - started) / 1000).toFixed(1)} s`
}
