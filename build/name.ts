import { basename, dirname, extname, resolve } from 'node:path'
import { UsageError } from './errors.ts'

/** The name of a plugin's binary: its file's, or its folder's where the file is called plugin or index. */
export function nameOf(file: string): string {
  const own = basename(file, extname(file))
  const name = own === 'plugin' || own === 'index' ? basename(dirname(resolve(file))) : own
  return checkName(name, file)
}

export function checkName(name: string, file: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) return name
  throw new UsageError(
    `Cannot name the binary of ${file} "${name}": Kong takes letters, digits, "_", "-" and "." only; choose another with --name`,
  )
}
