import { basename, resolve } from 'node:path'
import { UsageError } from '../../../build/errors.ts'
import { fittingName, isKongsOwn, isName } from '../../../build/name.ts'

/** The name of a new plugin: the given one, or that of its folder, if Kong can work with it. */
export function nameOfNew(folder: string, given: string | undefined): string {
  const name = given ?? basename(resolve(folder))
  const flaw = flawOf(name)
  if (flaw === undefined) return name
  const way = given === undefined ? `name the folder otherwise, or take --name` : 'take --name'
  throw new UsageError(`Cannot call a plugin "${name}": ${flaw}; ${way} ${otherThan(name)}`)
}

/** What is wrong with a name for a plugin, or undefined. */
export function flawOf(name: string): string | undefined {
  if (name === 'kong') return "/usr/local/bin/kong is Kong's own command"
  if (isKongsOwn(name)) return 'Kong has a plugin of that name, which it would use instead'
  if (isName(name)) return undefined
  return 'Kong reads names in lower case and makes names of settings from them, so that only a-z, 0-9, "_" and "-" will do, the first a letter or digit'
}

function otherThan(name: string): string {
  const fitting = fittingName(name)
  if (fitting === '') return 'my-plugin'
  return flawOf(fitting) === undefined ? fitting : `my-${fitting}`
}
