import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * The folder from which a plugin's own files are named in its binary, so that neither the place of the project nor the
 * folder in which the build was started shows there: the nearest one above with a package.json, else the one above the
 * plugin's own.
 */
export function projectOf(plugin: string): string {
  const own = dirname(resolve(plugin))
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return dirname(own)
  }
}
