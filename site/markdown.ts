import GithubSlugger from 'github-slugger'
import MarkdownIt, { type Token } from 'markdown-it'
import { breakable, escapeHtml, highlight } from './highlight.ts'

/** What became of a page's Markdown. */
export interface Rendered {
  readonly html: string
  readonly title: string
  readonly headings: readonly Heading[]
  readonly sections: readonly Section[]
}

export interface Heading {
  readonly level: number
  readonly id: string
  /** Without its markup. */
  readonly text: string
}

/** What stands below one heading, for the search. */
export interface Section extends Heading {
  readonly body: string
}

/** How the page reaches what it names. */
export interface References {
  /** Where a link or an image of the Markdown leads from the page. */
  readonly link: (target: string) => string
  /** What the page behind a link is called, for links whose text is the path of a file. */
  readonly label: (target: string) => string | undefined
  /** Where the name in a code span is documented; undefined where it is no such name. */
  readonly name: (name: string) => string | undefined
  /** Where a type is documented that stands somewhere within code; only the reference links so much. */
  readonly type: (name: string) => string | undefined
}

const md = new MarkdownIt({ html: true })

md.renderer.rules.fence = (tokens, at) => {
  const { info, meta } = tokens[at] as Token
  return `<div class="code" data-language="${escapeHtml(info)}"><pre><code>${meta?.html}</code></pre></div>\n`
}
md.renderer.rules.table_open = (tokens, at) =>
  `<div class="table${columnsOf(tokens, at) > 5 ? ' wide' : ''}"><table>\n`
md.renderer.rules.table_close = () => '</table></div>\n'

function columnsOf(tokens: readonly Token[], at: number): number {
  const end = tokens.findIndex(({ type }, index) => index > at && type === 'thead_close')
  return tokens.slice(at, end).filter(({ type }) => type === 'th_open').length
}

/**
 * Markdown as HTML: headings get the ids that GitHub gives them, links lead within the site, and carry in `data-at`
 * where they stand, until they have been checked.
 */
export function renderMarkdown(text: string, file: string, references: References): Rendered {
  const tokens = md.parse(text, {})
  const headings: Heading[] = []
  const slugger = new GithubSlugger()
  let line = 1
  for (const [at, token] of tokens.entries()) {
    if (token.map) line = token.map[0] + 1
    const inHeading = tokens[at - 1]?.type === 'heading_open'
    if (token.type === 'inline') refer(token, line, file, inHeading ? withoutNames(references) : references)
    if (token.type === 'fence')
      token.meta = { html: linkTypes(highlight(token.content, token.info), references) }
    if (token.type === 'heading_open') headings.push(nameHeading(tokens, at, slugger))
    if (token.type === 'th_open' || token.type === 'td_open') alignByClass(token)
    if (token.type === 'th_open' && tokens[at + 1]?.content === '') headNothing(tokens, at)
  }
  return {
    html: md.renderer.render(tokens, md.options, {}),
    title: headings[0]?.text ?? file,
    headings,
    sections: sectionsOf(tokens, headings),
  }
}

/** The fenced blocks of a Markdown text, each with the line of its first fence. */
export function fencesOf(text: string): readonly { language: string; code: string; line: number }[] {
  return md
    .parse(text, {})
    .filter(({ type }) => type === 'fence' || type === 'code_block')
    .map(({ info, content, map }) => ({ language: info.trim(), code: content, line: (map?.[0] ?? 0) + 1 }))
}

/** A heading is where something is documented, and links to nothing. */
function withoutNames(references: References): References {
  return { ...references, name: () => undefined, type: () => undefined }
}

/** Follows the links and the names of one paragraph, cell or heading. */
function refer(token: Token, start: number, file: string, references: References): void {
  let line = start
  let inLink = false
  for (const [at, child] of (token.children ?? []).entries()) {
    if (child.type === 'softbreak' || child.type === 'hardbreak') line++
    const attribute = { link_open: 'href', image: 'src' }[child.type]
    if (attribute !== undefined) {
      const target = String(child.attrGet(attribute) ?? '')
      nameLink(token.children?.[at + 1], references.label(target))
      child.attrSet(attribute, references.link(target))
      child.attrSet('data-at', `${file}:${line}`)
    }
    if (child.type === 'link_open') inLink = true
    if (child.type === 'link_close') inLink = false
    if (child.type === 'code_inline' && !inLink) linkCode(child, references)
  }
}

/** A link that is called by the path of its file is called as the page is. */
function nameLink(text: Token | undefined, label: string | undefined): void {
  if (text?.type === 'text' && label !== undefined && /^[\w./-]+\.md$/.test(text.content))
    text.content = label
}

/** A code span that names something documented becomes a link to it, and so do types within it; a long one can break. */
function linkCode(span: Token, references: References): void {
  const href = references.name(span.content)
  const code = /^[\w./-]{12,}$/.test(span.content) ? breakable(span.content) : escapeHtml(span.content)
  const linked = linkTypes(code, references)
  span.type = 'html_inline'
  span.meta = { text: span.content }
  span.content =
    href === undefined ? `<code>${linked}</code>` : `<a class="name" href="${href}"><code>${code}</code></a>`
}

/** Names of types in the text of some HTML, outside of its tags and entities. */
function linkTypes(html: string, { type }: References): string {
  return html.replaceAll(/<[^>]*>|&\w+;|\b[A-Z]\w+/g, (found) => {
    const href = /^[A-Z]/.test(found) ? type(found) : undefined
    return href === undefined ? found : `<a class="name" href="${href}">${found}</a>`
  })
}

function nameHeading(tokens: readonly Token[], at: number, slugger: GithubSlugger): Heading {
  const open = tokens[at] as Token
  const inline = tokens[at + 1] as Token
  const text = plainText(inline)
  const id = slugger.slug(text)
  open.attrSet('id', id)
  const level = Number(open.tag.slice(1))
  if (level > 1) inline.children?.push(anchorTo(id, text))
  return { level, id, text }
}

function anchorTo(id: string, text: string): Token {
  const [inline] = md.parseInline('x', {})
  const anchor = inline?.children?.[0] as Token
  anchor.type = 'html_inline'
  anchor.content = ` <a class="anchor" href="#${id}" aria-label="Link to ${escapeHtml(text)}">#</a>`
  return anchor
}

/** An alignment without a style attribute, which the page's policy forbids. */
function alignByClass(token: Token): void {
  const side = /text-align:\s*(\w+)/.exec(String(token.attrGet('style') ?? ''))?.[1]
  if (side === undefined) return
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style')
  token.attrSet('class', side)
}

/** The corner of a table that is the head of nothing. */
function headNothing(tokens: readonly Token[], at: number): void {
  for (const token of [tokens[at], tokens[at + 2]]) if (token !== undefined) token.tag = 'td'
}

function sectionsOf(tokens: readonly Token[], headings: readonly Heading[]): Section[] {
  const bodies = headings.map((): string[] => [])
  let current = -1
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'heading_open') current++
    else if (token.type === 'fence') bodies[current]?.push(token.content)
    else if (token.type === 'inline' && tokens[at - 1]?.type !== 'heading_open')
      bodies[current]?.push(plainText(token))
  }
  return headings.map((heading, at) => ({
    ...heading,
    body: (bodies[at] ?? []).join(' ').replace(/\s+/g, ' '),
  }))
}

function plainText(inline: Token): string {
  return (inline.children ?? []).map(textOf).join('')
}

function textOf({ type, content, meta }: Token): string {
  if (type === 'text' || type === 'code_inline') return content
  if (type.endsWith('break')) return ' '
  return String(meta?.text ?? '')
}
