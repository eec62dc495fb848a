import GithubSlugger from 'github-slugger'
import type { Problem } from '../problem.ts'
import { code, inCell, summaryOf } from './comments.ts'
import { functionProblems, functionsByNamespace, namespacePage } from './function-pages.ts'
import { modulePage } from './module-page.ts'
import { type Api, readApi } from './project.ts'

/** The reference of the API, ready for the site. */
export interface Reference {
  /** Markdown by the path that it would have: `api/kong/request.md`. */
  readonly pages: ReadonlyMap<string, string>
  /** Where each name is documented, seen from a page of the site. */
  readonly placeOf: (name: string, page: string) => string | undefined
  readonly problems: readonly Problem[]
  readonly counts: { readonly symbols: number; readonly functions: number }
}

/** Reads the sources of the repository at `root` and writes its reference. */
export async function writeReference(root: string): Promise<Reference> {
  const api = await readApi(root)
  const namespaces = api.methods === undefined ? new Map() : functionsByNamespace(api.methods)
  const functions = [...namespaces.values()].flat()
  const pages = new Map<string, string>()
  const places = new Map<string, Map<string, string>>()
  for (const [name, exported] of api.modules) {
    const out = outOf(name)
    pages.set(`${out}.md`, modulePage(name, exported))
    places.set(
      `${out}.html`,
      new Map(exported.map((symbol) => [symbol.name, `${out}.html#${slug(symbol.name)}`])),
    )
  }
  const kong = new Map<string, string>()
  for (const [namespace, members] of namespaces) {
    const out = namespace.replace('kong.', 'api/kong/').toLowerCase()
    pages.set(`${out}.md`, namespacePage(namespace, members))
    kong.set(namespace, `${out}.html#${slug(namespace)}`)
    for (const { path } of members) kong.set(path, `${out}.html#${slug(path)}`)
  }
  pages.set('api/README.md', overview(api, namespaces))
  return {
    pages,
    placeOf: (name, page) => kong.get(name) ?? symbolPlace(name, page, places),
    problems: [...api.problems, ...functionProblems(functions)],
    counts: { symbols: [...api.modules.values()].flat().length, functions: functions.length },
  }
}

/** On pages of the reference every name, elsewhere those that can mean nothing else. */
function symbolPlace(
  name: string,
  page: string,
  places: ReadonlyMap<string, ReadonlyMap<string, string>>,
): string | undefined {
  const here = places.get(page)?.get(name)
  if (here !== undefined) return here
  if (!page.startsWith('api/') && !/[a-z][A-Z]/.test(name)) return undefined
  return [...places.values()].map((place) => place.get(name)).find((place) => place !== undefined)
}

function overview({ modules }: Api, namespaces: ReturnType<typeof functionsByNamespace>): string {
  const symbols = [...modules].map(([name, exported]) => {
    const rows = exported.map((symbol) => {
      const [first = ''] = summaryOf(symbol.signatures?.[0] ?? symbol).split(/(?<=\.)\s/)
      return `| [${code(symbol.name)}](${outOf(name).slice('api/'.length)}.md#${slug(symbol.name)}) | ${inCell(first)} |`
    })
    return [`## ${code(name)}`, ['| name | what |', '|---|---|', ...rows].join('\n')].join('\n\n')
  })
  const rows = [...namespaces].map(([namespace, functions]) => {
    const page = `${namespace.replace('kong.', 'kong/').toLowerCase()}.md`
    const names = functions.map(
      ({ path }) => `[${code(path.slice(namespace.length + 1) || path)}](${page}#${slug(path)})`,
    )
    return `| [${code(namespace)}](${page}) | ${names.join(', ')} |`
  })
  return [
    '# API',
    'Written from the doc comments of the sources, which an editor shows too.',
    '## `kong`',
    'What a handler is given: the functions of Kong in camel case. A phase and a protocol offer those that their pages name.',
    ['| namespace | functions |', '|---|---|', ...rows].join('\n'),
    ...symbols,
  ].join('\n\n')
}

function outOf(name: string): string {
  return `api/${name.replace('/', '-')}`
}

function slug(heading: string): string {
  return new GithubSlugger().slug(heading)
}
