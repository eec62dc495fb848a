import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError } from '../../build/errors.ts'
import { makeFolder } from '../../build/folder.ts'
import { lastWords, run } from '../../build/process.ts'

/** The load client, compiled with the machine's own C compiler; returns its path. */
export async function buildClient(folder: string): Promise<string> {
  const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.c'))
  return compile(
    sources.map((name) => join(import.meta.dirname, name)),
    join(folder, 'client'),
  )
}

/** Compiles C sources into one program. */
export async function compile(sources: readonly string[], program: string): Promise<string> {
  await makeFolder(join(program, '..'))
  const outcome = await run('cc', ['-O2', '-Wall', '-o', program, ...sources])
  if (outcome.ended !== 0) throw new BuildError(`Cannot compile ${program}: ${lastWords(outcome)}`)
  return program
}
