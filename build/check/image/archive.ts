import { BuildError, UsageError } from '../../errors.ts'
import { type ImageFiles, largestFile, resolvePath } from './files.ts'
import { layersOf } from './manifests.ts'
import { Budget, collect, openParser, scanArchive, type Visit } from './scan.ts'
import {
  applyLayer,
  type Content,
  type Folder,
  findNode,
  type LayerEntry,
  layerEntry,
  splitPath,
} from './tree.ts'

/**
 * The files of an image in an archive: a root file system, or what `docker save` and OCI tools write. Nothing is
 * unpacked; one pass finds out what is where, and one more reads what is asked for.
 */
export async function openArchive(file: string, arch: string): Promise<ImageFiles> {
  try {
    const outer = await openPlain(file)
    const layers = await layersOf(outer, arch)
    return layers === undefined ? outer : await openLayers(file, outer, layers)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new BuildError(`Cannot read the image ${file}: ${(error as Error).message}`)
  }
}

async function openPlain(file: string): Promise<ImageFiles> {
  const entries: LayerEntry[] = []
  await scanArchive(file, (entry) => {
    const one = layerEntry('', entry)
    if (one !== undefined) entries.push(one)
    entry.resume()
  })
  const root: Folder = { kind: 'folder', children: new Map() }
  applyLayer(root, entries)
  return filesOf(root, (contents, got) =>
    scanArchive(file, (entry) => {
      const content = contents.get(nameOf('', entry.path))
      if (content === undefined) entry.resume()
      else collect(entry, (bytes) => got(content, bytes))
    }),
  )
}

// The layers are archives inside an archive: each is piped into a parser of its own while the outer one is read.
async function openLayers(file: string, outer: ImageFiles, layers: readonly string[]): Promise<ImageFiles> {
  const places = layers.map((layer) => resolvePath(outer, layer))
  const missing = layers.find((_, index) => {
    const place = places[index]
    return place === undefined || outer.look(place)?.kind !== 'file'
  })
  if (missing !== undefined) throw new BuildError(`it lacks the layer ${missing} that its manifest names`)
  const wanted = new Set(places)
  const scan = async (visit: (layer: string) => Visit) => {
    const budget = new Budget()
    await scanArchive(file, (entry) => {
      const layer = splitPath(entry.path).join('/')
      if (!wanted.has(layer)) {
        entry.resume()
        return
      }
      const inside = visit(layer)
      const parser = openParser((inner) => {
        budget.count(inner)
        inside(inner)
      })
      entry.on('data', (chunk: Buffer) => parser.write(chunk))
      entry.on('end', () => parser.end())
    })
  }

  const entriesOf = new Map<string, LayerEntry[]>()
  await scan((layer) => {
    const entries: LayerEntry[] = []
    entriesOf.set(layer, entries)
    return (entry) => {
      const one = layerEntry(layer, entry)
      if (one !== undefined) entries.push(one)
      entry.resume()
    }
  })
  const root: Folder = { kind: 'folder', children: new Map() }
  for (const place of places) applyLayer(root, entriesOf.get(place ?? '') ?? [])
  return filesOf(root, (contents, got) =>
    scan((layer) => (entry) => {
      const content = contents.get(nameOf(layer, entry.path))
      if (content === undefined) entry.resume()
      else collect(entry, (bytes) => got(content, bytes))
    }),
  )
}

type Load = (
  contents: ReadonlyMap<string, Content>,
  got: (content: Content, bytes: Buffer) => void,
) => Promise<void>

function filesOf(root: Folder, load: Load): ImageFiles {
  const at = (path: string) => findNode(root, splitPath(path))
  return {
    look: at,
    list(path) {
      const node = at(path)
      return node?.kind === 'folder' ? [...node.children.keys()] : []
    },
    async read(paths) {
      const asked = paths.flatMap((path) => {
        const node = at(path)
        return node?.kind === 'file' && node.content.size <= largestFile
          ? [{ path, content: node.content }]
          : []
      })
      const contents = new Map(asked.map(({ content }) => [nameOf(content.layer, content.name), content]))
      const bytesOf = new Map<string, Buffer>()
      if (contents.size > 0)
        await load(contents, (content, bytes) => bytesOf.set(nameOf(content.layer, content.name), bytes))
      return new Map(
        asked.flatMap(({ path, content }) => {
          const bytes = bytesOf.get(nameOf(content.layer, content.name))
          return bytes === undefined ? [] : [[path, bytes] as const]
        }),
      )
    },
  }
}

function nameOf(layer: string, name: string): string {
  return `${layer}\0${name}`
}
