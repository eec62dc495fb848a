import { basename, resolve } from 'node:path'
import { UsageError } from '../../../build/errors.ts'
import {
  fittingName,
  isEnterprises,
  isKongsCommand,
  isKongsOwn,
  isName,
  longestName,
} from '../../../build/name.ts'

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
  if (isKongsCommand(name)) return `/usr/local/bin/${name} is Kong's own command`
  if (isKongsOwn(name)) return 'Kong has a plugin of that name, which it would use instead'
  if (isEnterprises(name)) return 'Kong Enterprise has a plugin of that name, which it would use instead'
  if (['plugin', 'index'].includes(name))
    return `a file ${name}.ts is called as its folder, and so is the plugin in it`
  if (isName(name))
    return isWordOfYaml(name) ? 'YAML, as of kong.yml, reads it as something else than a name' : undefined
  return `Kong reads names in lower case and makes names of settings from them, so that only a-z, 0-9, "_" and "-" will do, the first a letter or digit, and ${longestName} of them at most`
}

/** Numbers, days and truth values. */
function isWordOfYaml(name: string): boolean {
  return /^(\d[\d_]*(e\d+)?|0[box][\da-f_]+|\d{4}-\d\d?-\d\d?|y|n|yes|no|on|off|true|false|null)$/.test(name)
}

function otherThan(name: string): string {
  const fitting = fittingName(name)
  if (fitting === '') return 'my-plugin'
  return flawOf(fitting) === undefined ? fitting : `my-${fitting}`
}
