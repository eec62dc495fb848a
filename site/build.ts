import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { layOut } from './layout.ts'
import { checkLinks, type LinkReport } from './links.ts'
import { type References, type Rendered, renderMarkdown } from './markdown.ts'
import { listPages, type Page } from './navigation.ts'
import { searchIndex } from './search-index.ts'
import { sourcePage } from './source-page.ts'
import { createTargets, hrefTo, isImage, outOfFile } from './targets.ts'

const own = fileURLToPath(new URL('./page/', import.meta.url))

export interface Source {
  /** The repository whose documentation it is. */
  readonly root: string
  /** Markdown that no file holds, by the path that it would have. */
  readonly generated: ReadonlyMap<string, string>
  /** Where in the site a name that stands on a page is documented, as `api/kong/request.html#kongrequestgetheader`. */
  readonly placeOf: (name: string, page: string) => string | undefined
}

export interface Site {
  readonly pages: readonly Page[]
  readonly links: LinkReport
}

/** Writes the site into `folder`, which is emptied first, and follows its links. */
export async function buildSite({ root, generated, placeOf }: Source, folder: string): Promise<Site> {
  const pages = listPages(root, generated)
  const targets = createTargets(root, pages)
  const rendered = pages.map((page) => {
    const name = (word: string) => linkOfName(placeOf(word, page.out), page)
    const references: References = {
      link: (target) => targets.link(page, target),
      label: (target) => targets.label(page, target),
      name,
      type: generated.has(page.source) ? name : () => undefined,
    }
    return [page, renderMarkdown(page.text, page.source, references)] as const
  })
  const html = new Map(rendered.map(([page, content]) => [page.out, layOut({ ...page, ...content }, pages)]))
  const images = [...targets.files].filter(isImage)
  for (const file of targets.files)
    if (!isImage(file)) html.set(outOfFile(file), layOut(sourcePage(root, file, targets.files), pages))
  const assets = await pageAssets(rendered)

  rmSync(folder, { recursive: true, force: true })
  for (const [out, text] of html) write(folder, out, text.replaceAll(/ data-at="[^"]*"/g, ''))
  for (const [out, text] of assets) write(folder, out, text)
  for (const file of images) {
    mkdirSync(dirname(join(folder, outOfFile(file))), { recursive: true })
    copyFileSync(join(root, file), join(folder, outOfFile(file)))
  }
  return { pages, links: checkLinks(html, new Set([...assets.keys(), ...images.map(outOfFile)])) }
}

/** Where a name is documented, unless that is this very page. */
function linkOfName(place: string | undefined, page: Page): string | undefined {
  if (place === undefined) return undefined
  const [out = '', anchor = ''] = place.split('#', 2)
  return `${out === page.out ? '' : hrefTo(page.out, out)}#${anchor}`
}

async function pageAssets(rendered: readonly (readonly [Page, Rendered])[]): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { site: `${own}main.ts`, 'site-style': `${own}page.css` },
    outdir: own,
    write: false,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    tsconfigRaw: '{}',
    logLevel: 'silent',
  })
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return new Map([
    ['assets/site.js', textOf('.js')],
    ['assets/site.css', textOf('.css')],
    ['assets/icon.svg', readFileSync(`${own}icon.svg`, 'utf8')],
    ['assets/search.js', searchIndex(rendered)],
  ])
}

function write(folder: string, out: string, text: string): void {
  const path = join(folder, out)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
