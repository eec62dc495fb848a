import { posix } from 'node:path'
import { keepLines, nameOf, pathForms, urlForm } from '../addons/paths.ts'
import { notImported, type Place, placesOf } from '../addons/places.ts'

const forms = new RegExp(`${urlForm}|${pathForms}`, 'g')

/**
 * A text in which each path to a `.wasm` file beside it is what `replace` makes of the file's name; where that is
 * nothing, the path stays. Lines keep their numbers.
 */
export async function embedPaths(
  text: string,
  replace: (name: string) => Promise<string | undefined>,
): Promise<{ replaced: string; names: Set<string> }> {
  const names = new Set<string>()
  let replaced = ''
  let done = 0
  for (const match of text.matchAll(forms)) {
    const groups = match.groups ?? {}
    const name = nameOf(groups)
    const path = name.endsWith('.wasm') ? await replace(name) : undefined
    if (path === undefined) continue
    names.add(posix.basename(name))
    const expression = groups.url === undefined ? path : `require("node:url").pathToFileURL(${path})`
    replaced += text.slice(done, match.index) + keepLines(match[0], expression)
    done = match.index + match[0].length
  }
  return { replaced: replaced + text.slice(done), names }
}

const quoted = new RegExp(String.raw`${notImported}(['"\x60])(?<name>[\w@./-]+\.wasm)\1`, 'g')

/** The names of `.wasm` files in a text that are neither imported nor among those embedded from it. */
export function unexplained(text: string, embedded: ReadonlySet<string>): Place[] {
  const places = placesOf(text, quoted)
  return places.filter(
    ({ name }, at) =>
      !embedded.has(posix.basename(name)) && places.findIndex((place) => place.name === name) === at,
  )
}
