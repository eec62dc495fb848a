import { relative, resolve } from 'node:path'
import { UsageError } from '../../../build/errors.ts'
import type { Terminal } from '../terminal.ts'
import { type KitSource, kitSource } from './kit-source.ts'
import { nameOfNew } from './name.ts'
import { projectFiles } from './project.ts'
import { canAsk, openQuestions } from './questions.ts'
import { type Template, templateNames } from './templates.ts'
import { checkFree, writeProject } from './write.ts'

/** What was said on the command line. */
export interface Wish {
  readonly folder: string | undefined
  readonly template: Template | undefined
  readonly name: string | undefined
}

/** Writes the repository of a new plugin, and says what comes next. */
export async function beginProject(wish: Wish, terminal: Terminal): Promise<void> {
  const { folder, template } = await settle(wish)
  const name = nameOfNew(folder, wish.name)
  terminal.step('Packing the kit')
  const kit = await kitSource()
  const files = new Map<string, string | Buffer>([
    ...projectFiles({ name, template, kit: kit.spec }),
    ...kit.files,
  ])
  // The first `make` would change one that is there.
  checkFree(folder, [...files.keys(), 'package-lock.json'])
  writeProject(folder, files)
  for (const line of nextSteps(folder, `the plugin ${name}, from the template ${template}`, kit))
    terminal.print(line)
}

/** Asks for what was not said, where somebody can answer; elsewhere only the name has to be said. */
async function settle({ folder, template, name }: Wish): Promise<{ folder: string; template: Template }> {
  // An empty word is mostly a variable of a shell that is not set; as a folder it would be this one.
  if (folder === '')
    throw new UsageError('Cannot begin a plugin in a folder without a name: say kong-ts init my-plugin')
  const known = folder ?? name
  // A name that will not do is refused before anything is asked.
  if (known !== undefined) nameOfNew(known, name)
  if (!canAsk() && known === undefined)
    throw new UsageError(
      `Cannot begin a plugin without a name: say kong-ts init my-plugin, with --template ${templateNames.join('|')}`,
    )
  if (known !== undefined && (template !== undefined || !canAsk()))
    return { folder: known, template: template ?? 'hello' }
  const questions = openQuestions()
  try {
    return {
      folder: known ?? (await questions.folder()),
      template: template ?? (await questions.template()),
    }
  } finally {
    questions.close()
  }
}

function* nextSteps(folder: string, what: string, { spec, files }: KitSource): Generator<string> {
  const way = relative('', resolve(folder)) || '.'
  yield `${way}: ${what}`
  if (files.size > 0)
    yield `The kit is in it as ${spec.replace(/^file:/, '')}: it came from no registry, and the CI and the Dockerfile need it`
  yield ''
  yield 'Now:'
  if (way !== '.') yield `  cd ${shellWord(way)}`
  yield '  make test'
  yield '  make'
}

function shellWord(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
