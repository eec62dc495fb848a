import { basename, dirname, extname, resolve } from 'node:path'
import { UsageError } from './errors.ts'

/** The name of a plugin's binary: its file's, or its folder's where the file is called plugin or index. */
export function nameOf(file: string): string {
  const own = basename(file, extname(file))
  const name = own === 'plugin' || own === 'index' ? basename(dirname(resolve(file))) : own
  return checkName(name, file)
}

export function checkName(name: string, file: string): string {
  if (/^[a-z0-9][a-z0-9_-]*$/.test(name)) return name
  const fine = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[_-]+|-+$/g, '')
  throw new UsageError(
    `Cannot name the binary of ${file} "${name}": Kong reads pluginserver_names in lower case and makes names of settings from them, so that only a-z, 0-9, "_" and "-" will do, the first a letter or digit; choose another with --name ${fine || 'my-plugin'}, or NAME=${fine || 'my-plugin'} for make`,
  )
}
