import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path/posix'
import type { Page } from './navigation.ts'

/** Finds the place in the site that a link of the Markdown means. */
export interface Targets {
  /** The link as the page of `from` has to have it; a link that leads nowhere stays as it is, and is found later. */
  link(from: Page, target: string): string
  /** What the page behind a link is called. */
  label(from: Page, target: string): string | undefined
  /** Files of the repository that are linked: images, and those that get a page of their own. */
  readonly files: ReadonlySet<string>
}

export const isExternal = (target: string) => /^[a-z][a-z0-9+.-]*:/i.test(target)
export const isImage = (file: string) => /\.(svg|png|jpe?g|gif|webp)$/i.test(file)

/** Links between Markdown files become links between pages, and those to other files lead to copies. */
export function createTargets(root: string, pages: readonly Page[]): Targets {
  const bySource = new Map(pages.map((page) => [page.source, page]))
  const files = new Set<string>()
  return {
    files,
    link(from, target) {
      if (isExternal(target) || target.startsWith('#')) return target
      const anchor = target.split('#', 2)[1]
      const file = fileOf(from, target)
      const page = bySource.get(file) ?? bySource.get(`${file}/README.md`)
      const out = page?.out ?? copied(root, file, files)
      if (out === undefined) return target
      return `${hrefTo(from.out, out)}${anchor === undefined ? '' : `#${anchor}`}`
    },
    label: (from, target) => bySource.get(fileOf(from, target))?.label,
  }
}

/** The file of the repository that a link of a page names. */
function fileOf(from: Page, target: string): string {
  const [path = ''] = target.split('#', 2)
  return normalize(join(dirname(from.source), path)).replace(/\/$/, '')
}

/** From one place of the site to another. */
export function hrefTo(from: string, to: string): string {
  return relative(dirname(from), to)
}

/** Where a file of the repository that is no documentation comes to lie. */
export function outOfFile(file: string): string {
  return isImage(file) ? `assets/${file}` : `source/${file}.html`
}

function copied(root: string, file: string, files: Set<string>): string | undefined {
  if (file.startsWith('..') || !existsSync(join(root, file))) return undefined
  files.add(file)
  return outOfFile(file)
}

export function isFolder(path: string): boolean {
  return statSync(path).isDirectory()
}
