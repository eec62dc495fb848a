import { BuildError, UsageError } from './errors.ts'
import { inspectBinary } from './inspect/inspection.ts'
import { fetchNode } from './node-binary.ts'
import { lastWords, run } from './process.ts'
import type { Progress } from './progress.ts'
import { findTarget, hostPlatform, type Target } from './targets.ts'
import { checkNodeVersion } from './verify.ts'

/** The two Nodes of a build. */
export interface Nodes {
  /** What the blob goes into. */
  readonly node: string
  readonly version: string
  /** What runs here, in the same version: it makes the blob, and the plugin's own description. */
  readonly maker: string
  /** NODE_MODULE_VERSION: by it one of several native addons is chosen. */
  readonly abi: string
  /** Whether they are the same, so that the binary runs here too. */
  readonly runsHere: boolean
}

export interface NodesRequest {
  readonly target: Target
  readonly version: string | undefined
  readonly own: string | undefined
  readonly cache: string
  readonly progress: Progress
}

/**
 * Finds both: a blob is only good in the very version of Node that made it. That is the target's own where it runs
 * here, else the one that runs this build where its version fits, else this machine's package of that version.
 */
export async function prepareNodes(request: NodesRequest): Promise<Nodes> {
  const { target, cache, progress } = request
  const version = await versionOf(request)
  checkNodeVersion(version)
  const node = request.own ?? (await fetchNode({ target, version, cache, progress }))
  if (target.platform === hostPlatform()) {
    const { abi } = await readVersions(node, version)
    if (abi !== undefined) return { node, version, maker: node, abi, runsHere: true }
  }
  if (process.version === `v${version}`)
    return { node, version, maker: process.execPath, abi: process.versions.modules, runsHere: false }
  const maker = await fetchMaker(request, version)
  const { abi, refusal } = await readVersions(maker, version)
  if (abi === undefined) throw new BuildError(refusal)
  return { node, version, maker, abi, runsHere: false }
}

async function versionOf({ target, version = target.version, own }: NodesRequest): Promise<string> {
  if (own === undefined) return version
  const found = await inspectBinary(own).catch((error: Error) => {
    throw new UsageError(`Cannot use ${own} as the Node that goes in: ${error.message}`)
  })
  const { executable, node, fuse } = found
  const platform = `${executable.os}-${executable.arch}`
  if (platform !== target.platform)
    throw new UsageError(`Cannot use ${own} for ${target.platform}: it is a binary for ${platform}`)
  if (node !== undefined && fuse === 'unset') return node
  throw new UsageError(
    `Cannot use ${own}: ${fuse === 'set' ? 'it holds a program already' : 'it is no Node that takes a program'}; name a plain Node binary`,
  )
}

async function fetchMaker(request: NodesRequest, version: string): Promise<string> {
  const { target, cache, progress } = request
  const host = hostPlatform()
  const way = `install Node ${version} and start this build with it, or choose another version, which both platforms have, with NODE_VERSION= or --node-version`
  const needed = `to build for ${target.platform} with Node ${version}, a Node of that version must run here`
  try {
    return await fetchNode({ target: findTarget(host), version, cache, progress })
  } catch (error) {
    throw new BuildError(`${(error as Error).message}\n${needed}: ${way}`)
  }
}

/** NODE_MODULE_VERSION of a Node that runs here in that version, or why a program is none. */
async function readVersions(
  program: string,
  version: string,
): Promise<{ abi: string; refusal?: never } | { abi?: never; refusal: string }> {
  const args = ['-p', 'process.version + " " + process.versions.modules']
  const outcome = await run(program, args, { env: {} }).catch((error: BuildError) => error)
  if (outcome instanceof BuildError) return { refusal: outcome.message }
  const [found, abi] = outcome.stdout.trim().split(' ')
  if (found === `v${version}` && abi !== undefined) return { abi }
  return { refusal: `Cannot use ${program} as it does not run here as v${version}: ${lastWords(outcome)}` }
}
