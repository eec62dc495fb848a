import { BuildError, UsageError } from '../../errors.ts'
import { listSome } from '../findings.ts'
import { type ImageFiles, listFolder, readFiles } from './files.ts'

/** The layers of an image, lowest first, as paths in its archive; `undefined` where it is a root file system. */
export async function layersOf(outer: ImageFiles, arch: string): Promise<readonly string[] | undefined> {
  const names = listFolder(outer, '')
  if (names.includes('manifest.json')) return layersOfDocker(await readJson(outer, 'manifest.json'))
  if (names.includes('oci-layout') && names.includes('index.json'))
    return layersOfIndex(outer, await readJson(outer, 'index.json'), arch, 0)
  return undefined
}

/** `[{ Config, RepoTags, Layers }]`, as `docker save` writes it. */
function layersOfDocker(manifest: unknown): readonly string[] {
  const images = listOf(manifest).map(objectOf)
  if (images.length !== 1) {
    const tags = images.flatMap(({ RepoTags }) => listOf(RepoTags)).filter((tag) => typeof tag === 'string')
    throw new UsageError(
      `it holds ${images.length} images${tags.length === 0 ? '' : ` (${listSome(tags)})`}: save the one that is meant`,
    )
  }
  return layersIn(images[0]?.Layers).map(textOf)
}

/** Docker takes 127. */
const mostLayers = 1000

function layersIn(value: unknown): readonly unknown[] {
  const layers = listOf(value)
  if (layers.length <= mostLayers) return layers
  throw new BuildError(`its manifest names ${layers.length} layers, and no image has more than ${mostLayers}`)
}

const deepest = 4

/** An OCI index names manifests, or further indexes; a manifest names layers. */
async function layersOfIndex(
  outer: ImageFiles,
  document: unknown,
  arch: string,
  depth: number,
): Promise<readonly string[]> {
  const { layers, manifests } = objectOf(document)
  if (layers !== undefined) return layersIn(layers).map((layer) => blobOf(objectOf(layer)))
  const all = listOf(manifests).map(objectOf).filter(isImage)
  const fitting = all.length === 1 ? all : all.filter(({ platform }) => archOf(objectOf(platform)) === arch)
  const [one] = fitting
  if (one === undefined || fitting.length > 1 || depth === deepest)
    throw new UsageError(
      `it holds ${all.length} images, of which ${fitting.length} are for ${arch}: save the one that is meant`,
    )
  return layersOfIndex(outer, await readJson(outer, blobOf(one)), arch, depth + 1)
}

// Attestations stand beside the images as ones for an unknown system.
function isImage({ platform }: Record<string, unknown>): boolean {
  return objectOf(platform).os !== 'unknown'
}

function archOf({ architecture }: Record<string, unknown>): string {
  return architecture === 'amd64' ? 'x64' : String(architecture)
}

function blobOf({ digest }: Record<string, unknown>): string {
  const [algorithm, hash] = textOf(digest).split(':')
  return `blobs/${algorithm}/${hash}`
}

async function readJson(outer: ImageFiles, path: string): Promise<unknown> {
  const bytes = (await readFiles(outer, [path])).get(path)
  if (bytes === undefined) throw new BuildError(`it lacks ${path}`)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new BuildError(`its ${path} is no JSON: ${(error as Error).message}`)
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new BuildError('its manifest has something else where a name must be')
}
