import { relative, resolve, sep } from 'node:path'
import { type BuildFailure, formatMessages, type Message } from 'esbuild'
import { BuildError } from './errors.ts'

/** What esbuild refuses, in sentences; any other error is given back as it is. */
export async function compilerRefusal(error: BuildFailure, project: string): Promise<Error> {
  if (!Array.isArray(error.errors)) return error
  return new BuildError((await sentences(error.errors.map(advise), 'error', project)).join('\n'))
}

/** esbuild advises to leave out what it cannot find; a binary has to bring everything along. */
function advise(message: Message): Message {
  if (/^Top-level await is/.test(message.text)) {
    const text =
      'A binary has no await at the top of a file: do that in init, which may be async, and is waited for'
    return { ...message, text, notes: [] }
  }
  const notes = message.notes.filter(({ text }) => !/^You can mark the path .* as external/.test(text))
  const name = /^Could not resolve "(@[^/"]+\/[^/"]+|[^"@#./:][^"/:]*)(\/[^"]*)?"$/.exec(message.text)?.[1]
  if (name === undefined || notes.length > 0) return { ...message, notes }
  return {
    ...message,
    text: `There is no package "${name}": install it beside the plugin: npm install ${name}`,
    notes,
  }
}

/** Messages of esbuild with file, line, column and the lines of the source. */
export async function sentences(
  messages: Message[],
  kind: 'error' | 'warning',
  project: string,
): Promise<string[]> {
  const shown = await formatMessages(messages, { kind, color: false })
  return messages.map(({ location, text }, index) =>
    location === null
      ? text
      : `${placeOf(resolve(project, location.file))}:${location.line}:${location.column + 1}: ${text}\n${excerpt(shown[index] ?? '')}`,
  )
}

/** A file from where the build runs, or its whole path where it lies elsewhere. */
function placeOf(file: string): string {
  return file.startsWith(resolve() + sep) ? relative('', file) : file
}

/** The quoted source lines of a message of esbuild, without its heading. */
function excerpt(shown: string): string {
  return shown.split('\n').slice(3).join('\n').trimEnd()
}
