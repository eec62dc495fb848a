import { type Entry, splitPath } from './files.ts'
import { limit, mostEntries } from './limits.ts'
import type { TarEntry } from './tar.ts'

/** Where the bytes of a file are: in which layer, and under which name of the archive. */
export interface Content {
  readonly layer: string
  readonly name: string
}

type Leaf =
  | Exclude<Entry, { kind: 'folder' | 'file' }>
  | { readonly kind: 'file'; readonly size: number; readonly content: Content }
type Node = Leaf | Folder
interface Folder {
  readonly kind: 'folder'
  readonly children: Map<string, Node>
}

/** What one layer says, in its order. */
export interface LayerEntry {
  readonly parts: readonly string[]
  readonly type: string
  readonly target: string
  readonly size: number
  readonly content: Content
}

const deepest = 256
const longest = 4096
const whiteout = '.wh.'
const opaque = '.wh..wh..opq'
/** A stock image takes a hundredth. */
const mostSteps = 20_000_000

/** An entry of a layer; `undefined` for a path that no image needs: outside of its root, too deep or too long. */
export function layerEntry(layer: string, { path, type, target, size }: TarEntry): LayerEntry | undefined {
  if (path.length > longest || target.length > longest) return undefined
  const parts = splitPath(path)
  if (parts.length === 0 || parts.length > deepest || parts.includes('..')) return undefined
  return { parts, type, target, size, content: { layer, name: path } }
}

/** What the layers of an image leave, laid over each other. */
export class Tree {
  readonly #root: Folder = { kind: 'folder', children: new Map() }
  readonly #places = limit(mostEntries, `its layers hold more than ${mostEntries} files`)
  readonly #steps = limit(mostSteps, 'its paths and links lead on and on')

  /** Lays a layer over what those below it left. Its whiteouts hide what is below, never what it brings itself. */
  apply(entries: readonly LayerEntry[]): void {
    this.#places(entries.length)
    for (const { parts } of entries) {
      const name = parts.at(-1) ?? ''
      if (!name.startsWith(whiteout)) continue
      const folder = this.#folder(parts.slice(0, -1), false)
      if (name === opaque) folder?.children.clear()
      else folder?.children.delete(name.slice(whiteout.length))
    }
    for (const entry of entries) {
      if (!entry.parts.some((part) => part.startsWith(whiteout))) this.#place(entry)
    }
  }

  find(parts: readonly string[]): Node | undefined {
    this.#steps(parts.length)
    let node: Node = this.#root
    for (const part of parts) {
      const next: Node | undefined = node.kind === 'folder' ? node.children.get(part) : undefined
      if (next === undefined) return undefined
      node = next
    }
    return node
  }

  #place({ parts, type, target, size, content }: LayerEntry): void {
    const name = parts.at(-1) ?? ''
    const folder = this.#folder(parts.slice(0, -1), true)
    if (folder === undefined) return
    const before = folder.children.get(name)
    if (type === 'Directory' || type === 'GNUDumpDir') {
      if (before?.kind !== 'folder') folder.children.set(name, { kind: 'folder', children: new Map() })
    } else if (type === 'SymbolicLink') {
      folder.children.set(name, { kind: 'link', target })
    } else if (type === 'Link') {
      const other = this.find(splitPath(target))
      if (other !== undefined && other.kind !== 'folder') folder.children.set(name, other)
    } else if (type === 'File' || type === 'OldFile' || type === 'ContiguousFile') {
      folder.children.set(name, { kind: 'file', size, content })
    } else {
      folder.children.set(name, { kind: 'other' })
    }
  }

  /** The folder of an entry, made where that is asked for; links on the way are followed, as a container runtime does. */
  #folder(parts: readonly string[], make: boolean): Folder | undefined {
    this.#steps(parts.length)
    let folder = this.#root
    for (const [index, part] of parts.entries()) {
      const next = folder.children.get(part)
      const there = next?.kind === 'link' ? this.#follow(parts.slice(0, index), next.target) : next
      if (there?.kind === 'folder') {
        folder = there
        continue
      }
      if (!make) return undefined
      this.#places()
      const fresh: Folder = { kind: 'folder', children: new Map() }
      folder.children.set(part, fresh)
      folder = fresh
    }
    return folder
  }

  // One step is enough for what images have, as /lib that leads to usr/lib.
  #follow(here: readonly string[], target: string): Node | undefined {
    const parts = target.startsWith('/') ? splitPath(target) : [...here, ...splitPath(target)]
    return parts.includes('..') ? undefined : this.find(parts)
  }
}
