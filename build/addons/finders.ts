import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ownerOf } from './package.ts'
import { addonsIn, findPrebuilds, listPrebuilds } from './prebuilds.ts'
import type { AddonTarget } from './target.ts'

/**
 * The packages that look for an addon on disk while the plugin runs. Each stands in the bundle as a module of ours
 * with the addon that it would have found.
 */
export interface Finder {
  readonly filter: RegExp
  /** The addons it would choose from for the target, the best first. */
  candidates(importer: string, target: AddonTarget): string[]
  /** Addons that are for others, where there are no candidates. */
  others(importer: string): string[]
  /** The code in its place; `chosen` are files that the target can load, `absent` is a sentence. */
  code(chosen: readonly string[], absent: string): string
}

const nodeGypBuild: Finder = {
  filter: /^node-gyp-build(-optional-packages)?(\/.*)?$/,
  candidates: (importer, target) => findPrebuilds(ownerOf(importer), target),
  others: (importer) => listPrebuilds(ownerOf(importer)),
  code: ([addon], absent) => `
    module.exports = () => ${addon === undefined ? throwing(absent) : requiring(addon)}
    module.exports.path = module.exports.resolve = () => ${throwing('An addon has no path in a binary: call node-gyp-build itself')}`,
}

export const bindingsFolders = [
  'build/Release',
  'build',
  'build/Debug',
  'out/Release',
  'Release',
  'out/Debug',
  'Debug',
  'build/default',
]

/** `require('bindings')('name')`; the names are looked for in the text that asks. */
const bindings: Finder = {
  filter: /^bindings$/,
  candidates(importer, { platform, arch, abi }) {
    const { folder } = ownerOf(importer)
    const binding = `lib/binding/node-v${abi}-${platform}-${arch}`
    const files = [...bindingsFolders, binding].flatMap((name) => addonsIn(join(folder, name)))
    const words = new Set(readFileSync(importer, 'utf8').match(/[\w.-]+/g))
    const named = files.filter((file) => words.has(basename(file)) || words.has(basename(file, '.node')))
    return named.length > 0 ? named : files
  },
  others: () => [],
  code(chosen, absent) {
    const first = chosen.filter(
      (file, at) => chosen.findIndex((other) => basename(other) === basename(file)) === at,
    )
    const rows = first.map((file) => `${JSON.stringify(basename(file))}: () => ${requiring(file)}`)
    return `
      const addons = { ${rows.join(', ')} }
      module.exports = (options) => {
        const name = typeof options === 'string' ? options : options.bindings
        const load = addons[name.endsWith('.node') ? name : name + '.node']
        return load === undefined ? ${throwing(absent)} : load()
      }`
  },
}

/** What `find` of node-pre-gyp gives is only ever required: the build lets the caller do that with `load`. */
const nodePreGyp: Finder = {
  filter: /^(@mapbox\/)?node-pre-gyp$/,
  candidates(importer) {
    const { folder, binary } = ownerOf(importer)
    const [start = ''] = (binary.module_path ?? 'lib/binding').split('{')
    return filesBelow(join(folder, start)).filter((file) => basename(file) === `${binary.module_name}.node`)
  },
  others: () => [],
  code: ([addon], absent) => `
    const found = { toString: () => 'the addon of this package' }
    exports.find = () => ${addon === undefined ? throwing(absent) : 'found'}
    exports.load = (path) => path === found ? ${addon === undefined ? throwing(absent) : requiring(addon)} : require(path)`,
}

export const finders: readonly Finder[] = [nodeGypBuild, bindings, nodePreGyp]

/** `require(path)` of a text that asks node-pre-gyp, with what can load the answer. */
export function adaptPreGyp(text: string): string {
  const asks = /(?:\brequire\(|\bfrom)\s*(['"])((?:@mapbox\/)?node-pre-gyp)\1/.exec(text)
  return asks === null
    ? text
    : text.replace(/(?<![\w$.])require\(\s*([A-Za-z_$][\w$]*)\s*\)/g, `require('${asks[2]}').load($1)`)
}

/** An expression that throws the sentence. */
export function throwing(sentence: string): string {
  return `(() => { throw new Error(${JSON.stringify(sentence)}) })()`
}

function requiring(file: string): string {
  return `require(${JSON.stringify(file)})`
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(folder, name))
}
