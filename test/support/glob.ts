import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** All files below some folders whose name ends in a suffix, sorted. */
export function globSync(folders: readonly string[], suffix: string): string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((file) => file.endsWith(suffix))
    .sort()
}
