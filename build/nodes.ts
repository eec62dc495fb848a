import { BuildError, UsageError } from './errors.ts'
import { inspectBinary } from './inspect/inspection.ts'
import { fetchNode } from './node-binary.ts'
import { lastWords, run } from './process.ts'
import type { Progress } from './progress.ts'
import { findTarget, hostPlatform, type Target } from './targets.ts'
import { checkNodeVersion } from './verify.ts'
import { layoutOf } from './write-blob.ts'

/** The Nodes of a build. */
export interface Nodes {
  /** What the blob goes into. */
  readonly node: string
  readonly version: string
  /** What runs here in the same version, and makes the blob; `undefined` where there is none, and it is written. */
  readonly maker: string | undefined
  /** What runs the plugin's code here, for its description. */
  readonly describer: string
  /** NODE_MODULE_VERSION of the Node that goes in: by it one of several native addons is chosen. */
  readonly abi: string
  /** Whether the Node that goes in, and so the binary, runs here. */
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
 * Finds them: a blob is only good in the very version of Node that it was made for. Its maker is the target's own where
 * it runs here, else the Node that runs this build where its version fits, else this machine's package of that version.
 * Where npm has none, as 24.21.0 for Apple Silicon, the blob is written without, if its layout is known.
 */
export async function prepareNodes(request: NodesRequest): Promise<Nodes> {
  const { target, cache, progress } = request
  const version = await versionOf(request)
  checkNodeVersion(version)
  const node = request.own ?? (await fetchNode({ target, version, cache, progress }))
  const nodeHere = target.platform === hostPlatform() ? await readVersions(node, version) : undefined
  if (nodeHere?.abi !== undefined)
    return { node, version, maker: node, describer: node, abi: nodeHere.abi, runsHere: true }
  const found = await findMaker(request, version)
  return { node, version, runsHere: false, ...found }
}

async function findMaker(
  { target, cache, progress }: NodesRequest,
  version: string,
): Promise<Pick<Nodes, 'maker' | 'describer' | 'abi'>> {
  const running = process.execPath
  if (process.version === `v${version}`)
    return { maker: running, describer: running, abi: process.versions.modules }
  const host = findTarget(hostPlatform())
  try {
    const maker = await fetchNode({ target: host, version, cache, progress })
    const { abi, refusal } = await readVersions(maker, version)
    if (abi === undefined) throw new BuildError(refusal)
    return { maker, describer: maker, abi }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    const layout = layoutOf(version)
    if (layout === undefined)
      throw new BuildError(
        `${error.message}\nto build for ${target.platform} with Node ${version}, a Node of that version must run here: install it and start this build with it, or choose another version, which both platforms have, with NODE_VERSION= or --node-version`,
      )
    progress.report(`No Node ${version} runs here, so the blob for it is written without one`)
    const major = Number(process.versions.node.split('.')[0])
    if (major >= 24) return { maker: undefined, describer: running, abi: layout.abi }
    const describer = await fetchNode({ target: host, version: host.version, cache, progress })
    return { maker: undefined, describer, abi: layout.abi }
  }
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
