import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { dropAuthenticode } from './authenticode.ts'
import { BuildError } from './errors.ts'
import { injectElf } from './inject-elf.ts'
import { lastWords, run } from './process.ts'
import type { Target } from './targets.ts'

const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const postject = join(dirname(createRequire(import.meta.url).resolve('postject')), 'cli.js')

/** What puts the blob in: postject, or for Linux the kit's own writer, which takes a fraction of its time and memory. */
export type Injector = 'postject' | 'own'

/**
 * Writes a copy of a Node with the blob inside. postject runs in a process of its own, as it takes 700 MB and more. A
 * Node for Linux must be stripped before: a binary stripped afterwards does not start.
 */
export async function injectBlob(
  node: string,
  blob: string,
  binary: string,
  target: Target,
  injector: Injector = 'postject',
): Promise<void> {
  const official = await readFile(node)
  if (injector === 'own') {
    if (target.format !== 'elf') throw new BuildError('the injector "own" is for Linux only: use postject')
    await writeFile(binary, injectElf(official, await readFile(blob), fuse))
    return chmod(binary, 0o755)
  }
  await writeFile(binary, target.format === 'pe' ? dropAuthenticode(official) : official)
  const args = [postject, binary, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]
  if (target.format === 'mach-o') args.push('--macho-segment-name', 'NODE_SEA')
  const outcome = await run(process.execPath, args)
  if (outcome.ended !== 0)
    throw new BuildError(`the blob cannot be injected with postject: ${lastWords(outcome)}`)
  await chmod(binary, 0o755)
}
