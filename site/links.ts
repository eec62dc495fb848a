import { join, normalize } from 'node:path/posix'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import type { Problem } from './problem.ts'
import { isExternal } from './targets.ts'

type Node = DefaultTreeAdapterTypes.Node
type Element = DefaultTreeAdapterTypes.Element

/** A link, an image or another reference of a built page. */
interface Reference {
  readonly target: string
  /** `docs/watch.md:12` where it comes from Markdown. */
  readonly at: string | undefined
}

interface Parsed {
  readonly ids: ReadonlySet<string>
  readonly references: readonly Reference[]
}

export interface LinkReport {
  readonly problems: readonly Problem[]
  readonly internal: number
  /** Addresses of elsewhere: nothing asks for them. */
  readonly external: readonly string[]
}

/** Follows every reference of the built site: `html` by path, and the paths of all other files. */
export function checkLinks(html: ReadonlyMap<string, string>, files: ReadonlySet<string>): LinkReport {
  const pages = new Map([...html].map(([out, text]) => [out, parsePage(text)] as const))
  const problems: Problem[] = []
  const external = new Set<string>()
  let internal = 0
  for (const [out, { references }] of pages)
    for (const reference of references) {
      if (isExternal(reference.target)) external.add(reference.target)
      else internal++
      const text = mistakeIn(reference.target, out, pages, files)
      if (text !== undefined) problems.push({ ...placeOf(reference, out), text })
    }
  return { problems, internal, external: [...external].sort() }
}

/** Why a reference leads nowhere; undefined where it is right. */
function mistakeIn(
  target: string,
  from: string,
  pages: ReadonlyMap<string, Parsed>,
  files: ReadonlySet<string>,
): string | undefined {
  if (isExternal(target)) {
    if (URL.canParse(target) && /^https?:\/\/[^/]/.test(target)) return undefined
    return `Cannot follow the link ${target}, as it is no address: write one that begins with https://`
  }
  const [path = '', anchor] = target.split('#', 2)
  const out = path === '' ? from : normalize(join(from, '..', decodeURI(path)))
  const page = pages.get(out)
  if (page === undefined && !files.has(out))
    return `Cannot follow the link ${target}, as there is no such file: name one by its path from this file`
  if (anchor === undefined || anchor === '' || page?.ids.has(decodeURIComponent(anchor))) return undefined
  return `Cannot follow the link ${target}, as the page has no heading #${anchor}: it has ${nearby(anchor, page)}`
}

function nearby(anchor: string, page: Parsed | undefined): string {
  const words = anchor.split('-')
  const ids = [...(page?.ids ?? [])].filter((id) =>
    words.some((word) => word.length > 2 && id.includes(word)),
  )
  return ids.length === 0 ? 'none like it' : ids.slice(0, 5).join(', ')
}

function placeOf({ at }: Reference, out: string): Pick<Problem, 'file' | 'line'> {
  const [, file, line] = /^(.*):(\d+)$/.exec(at ?? '') ?? []
  return file === undefined ? { file: out } : { file, line: Number(line) }
}

function parsePage(text: string): Parsed {
  const ids = new Set<string>()
  const references: Reference[] = []
  const visit = (node: Node) => {
    if ('attrs' in node) {
      const id = attribute(node, 'id')
      if (id !== undefined) ids.add(id)
      const target = attribute(node, 'href') ?? attribute(node, 'src')
      if (target !== undefined) references.push({ target, at: attribute(node, 'data-at') })
    }
    if ('childNodes' in node) for (const child of node.childNodes) visit(child)
  }
  visit(parse(text))
  return { ids, references }
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value
}
