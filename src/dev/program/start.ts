import { closeSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { BuildError, UsageError } from '../../../build/errors.ts'
import { findPlugin } from '../../../build/plugin-file.ts'
import { binaryOrigin } from './binary-origin.ts'
import { LiveProgram } from './live-program.ts'
import type { Origin } from './origin.ts'
import type { Program, ProgramOptions } from './release.ts'
import { sourceOrigin } from './source-origin.ts'

/**
 * Starts a plugin, given by its file, its folder or its binary, and from then on follows what is saved there. What stops
 * the first release is a BuildError; later it is a problem, and the release before goes on.
 */
export async function startProgram(given: string, options: ProgramOptions): Promise<Program> {
  const program = new LiveProgram(given, originOf(given, options.inspect !== undefined), options)
  try {
    await program.open()
    return program
  } catch (error) {
    await program.close()
    if (error instanceof UsageError || !(error instanceof BuildError)) throw error
    throw new BuildError(`Cannot run ${given}: ${error.message}`)
  }
}

function originOf(given: string, isDebugged: boolean): Origin {
  const file = findPlugin(given)
  if (/\.[cm]?[jt]sx?$/.test(file)) return sourceOrigin(resolve(file), isDebugged)
  if (!isExecutable(file))
    throw new UsageError(
      `Cannot run ${given}: it is neither a source file, as plugin.ts, nor a binary of kong-ts build`,
    )
  if (isDebugged)
    throw new BuildError(
      `Cannot debug ${given}: a binary does not hold its sources; give the source, as plugin.ts`,
    )
  return binaryOrigin(file)
}

/** The first bytes of ELF, Mach-O and PE files. */
const magics = /^(7f454c46|feedfac[ef]|c[ef]faedfe|cafebab[ef]|4d5a)/

function isExecutable(file: string): boolean {
  const start = Buffer.alloc(4)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, start)
  } finally {
    closeSync(descriptor)
  }
  return magics.test(start.toString('hex'))
}
