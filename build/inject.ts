import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { stripElf } from './elf.ts'
import { BuildError } from './errors.ts'
import { lastWords, run } from './process.ts'

const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const postject = join(dirname(createRequire(import.meta.url).resolve('postject')), 'cli.js')

/**
 * Writes a stripped copy of a Node with the blob inside. postject runs in a process of its own, as it takes 700 MB;
 * stripping comes first, as a binary stripped after it does not start.
 */
export async function injectBlob(node: string, blob: string, binary: string): Promise<void> {
  const unfinished = `${blob}.injected`
  await writeFile(unfinished, stripElf(await readFile(node)))
  const args = [postject, unfinished, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]
  const outcome = await run(process.execPath, args)
  if (outcome.ended !== 0)
    throw new BuildError(`the blob cannot be injected with postject: ${lastWords(outcome)}`)
  await chmod(unfinished, 0o755)
  await rename(unfinished, binary)
}
