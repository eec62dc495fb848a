import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { PartialMessage } from 'esbuild'
import { bindingsFolders } from './finders.ts'
import { nameInPackage, ownerOf } from './package.ts'
import { notImported, type Place, placesOf } from './places.ts'
import { addonsIn, listPrebuilds } from './prebuilds.ts'
import { packagesFor } from './remedy.ts'
import type { AddonTarget } from './target.ts'

/** Where a source seems to load an addon in a way that the build does not follow. */
export interface Mention {
  readonly importer: string
  readonly place: Place
  /** The addons that may be meant, none for `process.dlopen` of anything. */
  readonly addons: readonly string[]
  /** The packages whose addon may be meant. */
  readonly packages: readonly string[]
}

const named = new RegExp(String.raw`${notImported}(['"\x60])(?<name>(?:(?!\1)[^\n\\])*\.node)\1`, 'g')
const unnamed = new RegExp(String.raw`${notImported}(['"\x60])(?<name>[\w@.-]*\/[\w@./-]*[\w-])\1`, 'g')
const dynamicRequire = /(?<![\w$.])require\(\s*[^'"`\s)]/

/** Of a text in which what can be followed stands as `require` of a literal. */
export function findMentions(text: string, importer: string, target: AddonTarget): Mention[] {
  const endings = text.includes('.node') ? placesOf(text, named) : []
  const names = dynamicRequire.test(text) ? placesOf(text, unnamed) : []
  const loads = text.includes('dlopen') ? placesOf(text, /(?<![\w$.])process\s*\.\s*dlopen(?=\s*\()/g) : []
  const mentions = [
    ...endings.map((place) => ({
      importer,
      place,
      addons: addonsLike(place.name, importer),
      packages: packagesLike(place.name, importer, target),
    })),
    ...names.map((place) => {
      const addon = `${join(dirname(importer), place.name)}.node`
      return { importer, place, addons: existsSync(addon) ? [addon] : [], packages: [] }
    }),
  ].filter(({ addons, packages }) => addons.length + packages.length > 0)
  return [...mentions, ...loads.map((place) => ({ importer, place, addons: [], packages: [] }))]
}

/** One sentence for each module that mentions an addon which no other way has brought to the build's notice. */
export function warnOfMentions(
  mentions: readonly Mention[],
  seen: ReadonlySet<string>,
  bundled: ReadonlySet<string>,
): PartialMessage[] {
  const packages = new Set([...seen].map((path) => ownerOf(path).name))
  const left = mentions.filter(
    (mention) =>
      bundled.has(mention.importer) &&
      !mention.addons.some((path) => seen.has(path)) &&
      !mention.packages.some((name) => packages.has(name)),
  )
  const first = left.filter(
    ({ importer }, at) => left.findIndex((mention) => mention.importer === importer) === at,
  )
  return first.map(({ importer, place: { name, ...place }, addons: [addon = ''] }) => ({
    text: `${nameInPackage(importer)} ${name === '' ? 'calls process.dlopen' : `names ${name}`}, but not so that the build can tell which file it loads: the binary has none for it. The build follows a path that stands there as a whole: require('${example(importer, addon)}')`,
    location: { file: importer, ...place },
  }))
}

function example(importer: string, addon: string): string {
  return addon === ''
    ? './build/Release/addon.node'
    : `./${relative(dirname(importer), addon).split(sep).join('/')}`
}

/** The addons of the package whose names end so; what is put in while the plugin runs fits anything. */
function addonsLike(name: string, importer: string): string[] {
  const owner = ownerOf(importer)
  const words = basename(name.replace(/\$\{[^}]*\}/g, '*')).split('*')
  const ending = new RegExp(`${words.map(literally).join('.*')}$`)
  const folders = ['', ...bindingsFolders].map((folder) => join(owner.folder, folder))
  const all = [dirname(importer), ...folders, dirname(join(dirname(importer), name))].flatMap(addonsIn)
  return [...new Set([...all, ...listPrebuilds(owner)])].filter((file) => ending.test(basename(file)))
}

/** `@fast/${platform}-${arch}/fast.node`: the target's among the optional packages whose names begin so. */
function packagesLike(name: string, importer: string, target: AddonTarget): string[] {
  const start = name.split('${')[0] ?? ''
  return packagesFor(ownerOf(importer), target)
    .map((about) => about.name)
    .filter((known) => start !== '' && (known.startsWith(start) || start.startsWith(`${known}/`)))
}

function literally(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
