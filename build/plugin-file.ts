import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UsageError } from './errors.ts'

const names = ['plugin.ts', 'plugin.js', 'plugin.cjs', 'plugin.mjs', 'index.ts', 'index.js']

/** The file of a plugin that was named by itself or by its folder. */
export function findPlugin(path: string): string {
  if (!existsSync(path)) {
    throw new UsageError(
      `Cannot use ${path}: there is no file ${resolve(path)}; a relative path starts at ${resolve()}`,
    )
  }
  if (!statSync(path).isDirectory()) return path
  const file = pluginIn(path)
  if (file !== undefined) return file
  throw new UsageError(
    `Cannot use ${path}: it is a folder with none of ${names.join(', ')}; name the file, as in ${join(path, 'my-plugin.ts')}`,
  )
}

/** The plugin of the folder where the build runs: right there, or in its `src`. */
export function pluginHere(): string {
  const file = pluginIn('.') ?? pluginIn('src')
  if (file !== undefined) return file
  throw new UsageError(
    `Cannot find a plugin in ${resolve()}: it holds none of ${names.join(', ')}, nor does its folder src; name the file, as my-plugin.ts`,
  )
}

/** The plugin's file in a folder, or undefined where there is none. */
export function pluginIn(folder: string): string | undefined {
  return names.map((name) => join(folder, name)).find((file) => existsSync(file) && statSync(file).isFile())
}
