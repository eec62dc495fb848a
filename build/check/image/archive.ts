import { createReadStream } from 'node:fs'
import { BuildError, UsageError } from '../../errors.ts'
import { printable } from '../../inspect/printable.ts'
import { type ImageFiles, resolvePath, splitPath } from './files.ts'
import { type Limits, limitsOf } from './limits.ts'
import { layersOf } from './manifests.ts'
import { readTar, type TarEntry } from './tar.ts'
import { type Content, type LayerEntry, layerEntry, Tree } from './tree.ts'
import { unpack } from './unpack.ts'

/**
 * The files of an image in an archive: a root file system, or what `docker save` and OCI tools write. Nothing is
 * unpacked to disk; one pass finds out what is where, and one more reads what is asked for.
 */
export async function openArchive(file: string, size: number, arch: string): Promise<ImageFiles> {
  const scan = (layers?: ReadonlySet<string>) => entriesOf(file, limitsOf(size), layers)
  const outer = await openLayers(() => scan(), [''])
  const layers = await layersOf(outer, arch)
  if (layers === undefined) return outer
  const places = layers.map((layer) => {
    const place = resolvePath(outer, layer)
    if (place !== undefined && outer.look(place)?.kind === 'file') return place
    throw new BuildError(`it lacks the layer ${layer} that its manifest names`)
  })
  return openLayers(() => scan(new Set(places)), places)
}

/** What is wrong with an image, as a sentence that names it. */
export function imageError(file: string, error: unknown): BuildError {
  const sentence = printable(`Cannot read the image ${file}: ${(error as Error).message}`)
  return error instanceof UsageError ? new UsageError(sentence) : new BuildError(sentence)
}

interface Found {
  readonly layer: string
  readonly entry: TarEntry
}

/** The entries of an archive, or those of some archives inside of it: each of these is read as it comes by. */
async function* entriesOf(
  file: string,
  limits: Limits,
  layers: ReadonlySet<string> | undefined,
): AsyncGenerator<Found> {
  const bytes = unpack(createReadStream(file, { highWaterMark: 2 ** 18 }), limits)
  for await (const entry of readTar(bytes, limits)) {
    const layer = splitPath(entry.path).join('/')
    if (layers === undefined) yield { layer: '', entry }
    else if (layers.has(layer))
      for await (const inner of readTar(unpack(entry.body, limits), limits)) yield { layer, entry: inner }
  }
}

async function openLayers(scan: () => AsyncIterable<Found>, layers: readonly string[]): Promise<ImageFiles> {
  const entries = new Map<string, LayerEntry[]>(layers.map((layer) => [layer, []]))
  for await (const { layer, entry } of scan()) {
    const one = layerEntry(layer, entry)
    if (one !== undefined) entries.get(layer)?.push(one)
  }
  const tree = new Tree()
  for (const layer of layers) tree.apply(entries.get(layer) ?? [])
  return filesOf(tree, scan)
}

function filesOf(tree: Tree, scan: () => AsyncIterable<Found>): ImageFiles {
  const at = (path: string) => tree.find(splitPath(path))
  return {
    look: at,
    list(path) {
      const node = at(path)
      return node?.kind === 'folder' ? [...node.children.keys()] : []
    },
    async read(paths) {
      const asked = paths.flatMap((path) => {
        const node = at(path)
        return node?.kind === 'file' ? [{ path, name: nameOf(node.content) }] : []
      })
      const wanted = new Set(asked.map(({ name }) => name))
      const contents = new Map<string, Buffer>()
      if (wanted.size > 0)
        for await (const { layer, entry } of scan()) {
          const name = nameOf({ layer, name: entry.path })
          if (wanted.has(name)) contents.set(name, await collect(entry.body))
        }
      return new Map(
        asked.flatMap(({ path, name }) => {
          const bytes = contents.get(name)
          return bytes === undefined ? [] : [[path, bytes] as const]
        }),
      )
    },
  }
}

function nameOf({ layer, name }: Content): string {
  return `${layer}\0${name}`
}

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
