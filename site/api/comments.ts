import type { Comment, CommentDisplayPart, Reflection } from 'typedoc'

/** The words before the first tag, as Markdown. */
export function summaryOf({ comment }: Reflection): string {
  return markdownOf(comment?.summary)
}

/** What stands behind a tag, each time that it is there. */
export function tagsOf(comment: Comment | undefined, tag: `@${string}`): string[] {
  return (comment?.blockTags ?? []).filter((one) => one.tag === tag).map(({ content }) => markdownOf(content))
}

/** What is said of a parameter. */
export function parameterComment(comment: Comment | undefined, name: string): string {
  const found = comment?.blockTags.find((one) => one.tag === '@param' && one.name === name)
  return markdownOf(found?.content)
}

/** For a cell of a table: in one line, with nothing that would end the cell. */
export function inCell(markdown: string): string {
  return markdown.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')
}

/** A code span; one that holds a backquote needs two around it. */
export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`'
  const space = fence === '`' ? '' : ' '
  return `${fence}${space}${text}${space}${fence}`
}

function markdownOf(parts: readonly CommentDisplayPart[] = []): string {
  return parts
    .map((part) => (part.kind === 'inline-tag' ? code(part.text) : part.text))
    .join('')
    .trim()
}

/** Members or arguments: what each is, and below it its type, so that a phone shows both. */
export function typedTable(
  head: string,
  rows: readonly (readonly [name: string, type: string, what: string])[],
): string {
  const lines = rows.map(([name, type, what]) => {
    const words = inCell(what)
    return `| ${code(name)} | ${words}${words === '' ? '' : '<br>'}${inCell(code(type))} |`
  })
  return [`| ${head} | what it is |`, '|---|---|', ...lines].join('\n')
}
