import { breakable, escapeHtml } from './highlight.ts'
import type { Heading } from './markdown.ts'
import type { Page } from './navigation.ts'
import { hrefTo } from './targets.ts'

/** What stands in the middle of a page. */
export interface Content {
  readonly out: string
  readonly title: string
  readonly group: string
  readonly html: string
  readonly headings: readonly Heading[]
}

/** Nothing comes from elsewhere, and nothing inside the page is run or sent. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"

/** The whole page around its content: head, navigation, what is on it, and where to go on. */
export function layOut(content: Content, pages: readonly Page[]): string {
  const to = (out: string) => hrefTo(content.out, out)
  const at = pages.findIndex(({ out }) => out === content.out)
  const contents = contentsOf(content.headings)
  const title = content.out === 'index.html' ? 'kong-ts-pdk' : `${content.title} - kong-ts-pdk`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${to('assets/icon.svg')}">
<link rel="stylesheet" href="${to('assets/site.css')}">
<script src="${to('assets/site.js')}" data-root="${to('index.html').replace(/index\.html$/, '')}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="brand" href="${to('index.html')}">kong-ts-pdk</a>
<div class="search" role="search"><input type="search" id="search" role="combobox" aria-label="Search the documentation" aria-expanded="false" aria-controls="found" aria-autocomplete="list" autocomplete="off" placeholder="Search" aria-keyshortcuts="/"><div id="found" class="found" role="listbox" aria-label="What was found" hidden></div></div>
<button type="button" class="theme" aria-label="Change between light and dark"></button>
<button type="button" class="menu" aria-expanded="false" aria-controls="navigation">Menu</button>
</header>
<div class="columns">
<nav id="navigation" class="navigation" aria-label="Documentation">
${navigation(content, pages)}
</nav>
<main id="content">
<p class="group">${escapeHtml(content.group)}</p>
<article>
${content.html.replace('</h1>', `</h1>${contents === '' ? '' : contentsHere(contents)}`)}
</article>
${onward(pages[at - 1], pages[at + 1], at >= 0, to)}
</main>
${contents === '' ? '' : `<nav class="contents" aria-label="On this page"><p>On this page</p>${contents}</nav>`}
</div>
</body>
</html>
`
}

function navigation({ out }: Content, pages: readonly Page[]): string {
  return [...new Set(pages.map(({ group }) => group))]
    .map((group) => {
      const members = pages.filter((page) => page.group === group)
      const items = members.map((page) => {
        const here = page.out === out ? ' aria-current="page"' : ''
        return `<li><a href="${hrefTo(out, page.out)}"${here}>${escapeHtml(page.label)}</a></li>`
      })
      return `<p>${escapeHtml(group)}</p>\n<ul>\n${items.join('\n')}\n</ul>`
    })
    .join('\n')
}

/** Headings of the second and third level; of the second only where there would be too many. */
function contentsOf(headings: readonly Heading[]): string {
  const deep = headings.filter(({ level }) => level === 2 || level === 3)
  const shown =
    deep.length > 40 && deep.some(({ level }) => level === 2) ? deep.filter(({ level }) => level === 2) : deep
  if (shown.length < 2) return ''
  const items = shown.map(
    ({ level, id, text }) => `<li class="level-${level}"><a href="#${id}">${breakable(text)}</a></li>`,
  )
  return `<ul>${items.join('')}</ul>`
}

/** For screens on which there is no room beside the text. */
function contentsHere(contents: string): string {
  return `<details class="contents-here"><summary>On this page</summary>${contents}</details>`
}

function onward(
  before: Page | undefined,
  after: Page | undefined,
  listed: boolean,
  to: (out: string) => string,
): string {
  if (!listed) return ''
  const link = (page: Page | undefined, word: string) =>
    page === undefined
      ? '<span></span>'
      : `<a class="${word}" href="${to(page.out)}">${escapeHtml(page.label)}</a>`
  return `<nav class="onward" aria-label="Pages before and after">${link(before, 'previous')}${link(after, 'next')}</nav>`
}
