import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { BuildError } from '../errors.ts'
import { lastWords, run } from '../process.ts'
import { signMachO } from './mach-o.ts'

/**
 * Signs a Mach-O file ad hoc, in its place: with codesign on macOS, elsewhere without. The codesign way has not been
 * run by the kit's makers, only a stand-in for codesign.
 */
export async function signBinary(
  file: string,
  identifier: string,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  if (platform === 'darwin') return signWithCodesign(file, identifier)
  const signed = signMachO(await readFile(file), identifier)
  // macOS remembers the signature of a file that it ran, so that it may refuse one rewritten in its place.
  const unfinished = `${file}.signed`
  await writeFile(unfinished, signed)
  await chmod(unfinished, (await stat(file)).mode)
  await rename(unfinished, file)
}

async function signWithCodesign(file: string, identifier: string): Promise<void> {
  const outcome = await run('codesign', ['--sign', '-', '--force', '--identifier', identifier, file])
  if (outcome.ended !== 0)
    throw new BuildError(`the binary cannot be signed with codesign: ${lastWords(outcome)}`)
}
