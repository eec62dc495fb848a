import type { Rendered } from './markdown.ts'
import type { Page } from './navigation.ts'

/** A place of the documentation that can be found: page, heading, and the text below it. */
export type Entry = readonly [place: string, page: string, heading: string, text: string]

/** The script that the page loads when somebody begins to search: a script, as a page from a file may not fetch. */
export function searchIndex(rendered: readonly (readonly [Page, Rendered])[]): string {
  const entries = rendered.flatMap(([page, { sections }]) =>
    sections.map(({ level, id, text, body }): Entry => {
      const place = level === 1 ? page.out : `${page.out}#${id}`
      return [place, page.label, level === 1 ? page.label : text, body]
    }),
  )
  return `globalThis.documentation = ${JSON.stringify(entries)}\n`
}
