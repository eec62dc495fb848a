import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { keepLines, nameOf, pathForms, urlPathForm } from './paths.ts'

const load = new RegExp(
  String.raw`(?<![\w$.])(?:require\(|process\s*\.\s*dlopen\(\s*(?<module>[\w$.]+)\s*,)\s*(?:${pathForms}|${urlPathForm})\s*\)`,
  'g',
)

/** `require(path.join(__dirname, 'fast.node'))` and `process.dlopen` of such a path as the `require` that esbuild follows. */
export function requireLoads(text: string, path: string): string {
  return text.replace(load, (...match) => {
    const [call, groups] = [String(match[0]), match.at(-1) as Record<string, string | undefined>]
    const file = addonAt(dirname(path), nameOf(groups))
    if (file === undefined) return call
    const required = keepLines(call, `require(${JSON.stringify(`./${file}`)})`)
    return groups.module === undefined ? required : `void (${groups.module}.exports = ${required})`
  })
}

/** The name of an addon as Node would complete it. */
function addonAt(folder: string, name: string): string | undefined {
  const there = (ending: string) => existsSync(join(folder, name + ending))
  if (name.endsWith('.node')) return there('') ? name : undefined
  return there('.node') && !there('.js') && !there('.json') ? `${name}.node` : undefined
}
