import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  Application,
  type DeclarationReflection,
  Logger,
  LogLevel,
  type ProjectReflection,
  type Reflection,
} from 'typedoc'
import type { Problem } from '../problem.ts'

/** What TypeDoc has read from the sources. */
export interface Api {
  /** The exports of each entry point, by the name by which it is imported. */
  readonly modules: ReadonlyMap<string, readonly DeclarationReflection[]>
  /** The table of Kong's functions, which no entry point exports, as a handler is given them. */
  readonly methods: DeclarationReflection | undefined
  readonly problems: readonly Problem[]
}

const tableFile = 'src/pdk/methods.ts'

/** Reads the doc comments of all that package.json exports; what has none, or links to nothing, is a problem. */
export async function readApi(root: string): Promise<Api> {
  const entries = entryPoints(root)
  const told = new Told()
  const app = await Application.bootstrap({
    entryPoints: [...entries.values(), tableFile].map((file) => join(resolve(root), file)).filter(existsSync),
    basePath: resolve(root),
    tsconfig: join(root, 'tsconfig.json'),
    // `make check` has the compiler look at the sources, in another version
    skipErrorChecking: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    sort: ['source-order'],
    validation: { notDocumented: true, notExported: true, invalidLink: true },
    ...settingsOf(root),
    readme: 'none',
    disableGit: true,
    sourceLinkTemplate: '{path}#{line}',
  })
  app.logger = told
  const project = await app.convert()
  if (project === undefined) throw new Error(`TypeDoc cannot read the sources: ${told.words.join('; ')}`)
  app.validate(project)
  const moduleOf = (file: string) =>
    project.children?.find((child) => child.sources?.[0]?.fileName === file)?.children
  const table = moduleOf(tableFile)?.find(({ name }) => name === 'methods')
  return {
    modules: new Map([...entries].map(([name, file]) => [name, moduleOf(file) ?? []])),
    methods: table,
    problems: told.words.flatMap((words) => problemOf(words, project)),
  }
}

/**
 * The tags of the doc comments, and the types that are nobody's to name: those by which others are computed, where an
 * author meets what comes of them.
 */
function settingsOf(root: string): object {
  const file = join(root, 'site/typedoc.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** Entry points of TypeScript: `kong-ts-pdk/testing` and its file. */
function entryPoints(root: string): Map<string, string> {
  const { name, exports }: { name: string; exports: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const files = Object.entries(exports).filter(([, file]) => file.endsWith('.ts'))
  return new Map(files.map(([path, file]) => [name + path.slice(1), file.slice('./'.length)]))
}

/** Keeps what TypeDoc complains of. */
class Told extends Logger {
  readonly words: string[] = []

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.words.push(message)
  }
}

/** TypeDoc's words as a sentence, with the place of what they name; nothing of what only the table is made of. */
function problemOf(words: string, project: ProjectReflection): Problem[] {
  const [, lost] = /^(\S+) \(\w+\), defined in .*, does not have any documentation/.exec(words) ?? []
  const [, type, by] = /^(\S+), defined in .*, is referenced by (\S+) but not included/.exec(words) ?? []
  const name = lost ?? by ?? ''
  if (name.startsWith('src/pdk/methods.')) return []
  const place = placeOf(name, project)
  if (lost !== undefined)
    return [
      {
        ...place,
        text: `Cannot document ${plain(lost)}, as it has no doc comment: say what it is, with its unit and default`,
      },
    ]
  if (type !== undefined)
    return [
      {
        ...place,
        text: `Cannot document ${plain(by ?? '')}, as no entry point exports its type ${type}: export it too`,
      },
    ]
  return [{ ...place, text: `Cannot document the API: ${words}` }]
}

/** A name without the file that it is in, and without the objects that have none. */
function plain(name: string): string {
  return name.replace(/^src(\/\w+)*\./, '').replaceAll('.__type', '')
}

function placeOf(name: string, project: ProjectReflection): Pick<Problem, 'file' | 'line'> {
  const found = Object.values(project.reflections).find((one) => one.getFriendlyFullName() === name)
  const source = sourceOf(found)
  return source === undefined ? { file: 'package.json' } : { file: source.fileName, line: source.line }
}

/** Where it stands, or what holds it. */
function sourceOf(reflection: Reflection | undefined): { fileName: string; line: number } | undefined {
  if (reflection === undefined) return undefined
  const { sources } = reflection as { sources?: { fileName: string; line: number }[] }
  return sources?.[0] ?? sourceOf(reflection.parent)
}
