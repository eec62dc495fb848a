import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { escapeHtml, highlight, languageOf } from './highlight.ts'
import type { Content } from './layout.ts'
import { hrefTo, isFolder, outOfFile } from './targets.ts'

/** The page of a file or a folder of the repository to which the documentation leads. */
export function sourcePage(root: string, file: string, linked: ReadonlySet<string>): Content {
  const out = outOfFile(file)
  const path = join(root, file)
  const html = isFolder(path) ? listing(path, file, linked) : code(readFileSync(path, 'utf8'), file)
  const heading = `<h1 id="file">${escapeHtml(basename(file))}</h1>\n<p><code>${escapeHtml(file)}</code></p>`
  return { out, title: file, group: 'Files of the repository', html: `${heading}\n${html}`, headings: [] }
}

function code(text: string, file: string): string {
  const language = languageOf(file)
  return `<div class="code" data-language="${escapeHtml(language)}"><pre><code>${highlight(text, language)}</code></pre></div>`
}

/** What is in a folder; a file leads on where the documentation leads to it too. */
function listing(path: string, folder: string, linked: ReadonlySet<string>): string {
  const items = readdirSync(path, { encoding: 'utf8' })
    .sort()
    .map((name) => {
      const file = `${folder}/${name}`
      const label = `<code>${escapeHtml(name)}${statSync(join(path, name)).isDirectory() ? '/' : ''}</code>`
      if (!linked.has(file)) return `<li>${label}</li>`
      return `<li><a href="${hrefTo(outOfFile(folder), outOfFile(file))}">${label}</a></li>`
    })
  return `<ul>\n${items.join('\n')}\n</ul>`
}
