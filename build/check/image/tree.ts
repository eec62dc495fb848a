import type { ReadEntry } from 'tar'
import type { Entry } from './files.ts'

/** Where the bytes of a file are: in which layer, and under which name of the archive. */
export interface Content {
  readonly layer: string
  readonly name: string
  readonly size: number
}

export type Leaf =
  | Exclude<Entry, { kind: 'folder' | 'file' }>
  | { readonly kind: 'file'; readonly content: Content }
export type Node = Leaf | Folder
export interface Folder {
  readonly kind: 'folder'
  readonly children: Map<string, Node>
}

/** What one layer says, in its order. */
export interface LayerEntry {
  readonly parts: readonly string[]
  readonly type: string
  readonly target: string
  readonly content: Content
}

const deepest = 256
const whiteout = '.wh.'
const opaque = '.wh..wh..opq'

/** An entry of a layer; `undefined` for a path that no image needs: outside of its root or too deep. */
export function layerEntry(layer: string, { path, type, linkpath, size }: ReadEntry): LayerEntry | undefined {
  const parts = splitPath(path)
  if (parts.length === 0 || parts.length > deepest || parts.includes('..')) return undefined
  return { parts, type, target: linkpath ?? '', content: { layer, name: path, size } }
}

/** Lays a layer over what those below it left. Its whiteouts hide what is below, never what it brings itself. */
export function applyLayer(root: Folder, entries: readonly LayerEntry[]): void {
  for (const { parts } of entries) {
    const name = parts.at(-1) ?? ''
    if (!name.startsWith(whiteout)) continue
    const folder = findFolder(root, parts.slice(0, -1))
    if (name === opaque) folder?.children.clear()
    else folder?.children.delete(name.slice(whiteout.length))
  }
  for (const entry of entries) {
    if (!entry.parts.some((part) => part.startsWith(whiteout))) place(root, entry)
  }
}

function place(root: Folder, { parts, type, target, content }: LayerEntry): void {
  const name = parts.at(-1) ?? ''
  const folder = makeFolder(root, parts.slice(0, -1))
  const before = folder.children.get(name)
  if (type === 'Directory' || type === 'GNUDumpDir') {
    if (before?.kind !== 'folder') folder.children.set(name, { kind: 'folder', children: new Map() })
  } else if (type === 'SymbolicLink') {
    folder.children.set(name, { kind: 'link', target })
  } else if (type === 'Link') {
    const other = findNode(root, splitPath(target))
    if (other !== undefined && other.kind !== 'folder') folder.children.set(name, other)
  } else if (type === 'File' || type === 'OldFile' || type === 'ContiguousFile') {
    folder.children.set(name, { kind: 'file', content })
  } else {
    folder.children.set(name, { kind: 'other' })
  }
}

/** The folder of an entry: links on the way are followed inside the image, as a container runtime does. */
function makeFolder(root: Folder, parts: readonly string[]): Folder {
  let folder = root
  for (const [index, part] of parts.entries()) {
    const next = folder.children.get(part)
    if (next?.kind === 'folder') {
      folder = next
      continue
    }
    const linked = next?.kind === 'link' ? follow(root, parts.slice(0, index), next.target) : undefined
    if (linked !== undefined) {
      folder = linked
      continue
    }
    const fresh: Folder = { kind: 'folder', children: new Map() }
    folder.children.set(part, fresh)
    folder = fresh
  }
  return folder
}

// One step is enough for what images have, as /lib that leads to usr/lib.
function follow(root: Folder, here: readonly string[], target: string): Folder | undefined {
  const parts = target.startsWith('/') ? splitPath(target) : [...here, ...splitPath(target)]
  return parts.includes('..') ? undefined : findFolder(root, parts)
}

export function findNode(root: Folder, parts: readonly string[]): Node | undefined {
  let node: Node = root
  for (const part of parts) {
    const next: Node | undefined = node.kind === 'folder' ? node.children.get(part) : undefined
    if (next === undefined) return undefined
    node = next
  }
  return node
}

function findFolder(root: Folder, parts: readonly string[]): Folder | undefined {
  const node = findNode(root, parts)
  return node?.kind === 'folder' ? node : undefined
}

export function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}
