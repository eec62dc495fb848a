import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bundle } from './bundle.ts'
import { BuildError } from './errors.ts'
import { lastWords, run } from './process.ts'

const common = join(dirname(fileURLToPath(import.meta.url)), '../sea-config.json')

/**
 * Makes the blob of a bundle with the very Node that it goes into, from the `sea-config.json` at the top level; the
 * source map and the list of packages go in as assets.
 */
export async function createBlob(node: string, bundle: Bundle, blob: string): Promise<string> {
  const folder = dirname(bundle.code)
  const packages = join(folder, 'packages.json')
  const config = join(folder, 'sea-config.json')
  await writeFile(packages, JSON.stringify(bundle.packages))
  await writeFile(
    config,
    JSON.stringify({
      ...JSON.parse(await readFile(common, 'utf8')),
      main: basename(bundle.code), // stack frames name this path, and the folder is no concern of who reads them
      output: resolve(blob),
      assets: { 'plugin.map': resolve(bundle.map), 'packages.json': resolve(packages) },
    }),
  )
  const outcome = await run(resolve(node), ['--experimental-sea-config', basename(config)], {
    cwd: folder,
    env: {},
  })
  if (outcome.ended !== 0) throw new BuildError(`the blob cannot be made with ${node}: ${lastWords(outcome)}`)
  return blob
}
