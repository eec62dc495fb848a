import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Metafile } from 'esbuild'
import type { AddonFile } from './addon-file.ts'
import type { Finder } from './finders.ts'
import { isGuarded } from './guard.ts'
import { nameInPackage, type Owner, ownerOf } from './package.ts'
import { packagesFor, remedy } from './remedy.ts'
import type { AddonTarget } from './target.ts'

/** One file that asks a finder for an addon. */
export interface Lookup {
  readonly finder: Finder
  readonly importer: string
  chosen: string[]
  /** Looked at, and not for the target. */
  passed: AddonFile[]
}

export interface Survey {
  readonly metafile: Metafile
  /** What the names in the metafile start from. */
  readonly folder: string
  readonly target: AddonTarget
  readonly files: ReadonlyMap<string, AddonFile>
  readonly lookups: ReadonlyMap<string, Lookup>
}

export interface Verdict {
  readonly embedded: readonly AddonFile[]
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

/** What is to be embedded, and which packages would be left without the addon that they ask for. */
export function judge(survey: Survey): Verdict {
  const { files, target } = survey
  const embedded = [...bundledFiles(survey)]
    .flatMap((path) => files.get(path) ?? [])
    .filter(({ unfit }) => unfit === undefined)
  const lacking = [...groupByOwner(requestsOf(survey, embedded))].filter(
    ([owner, requests]) => !requests.some(({ fits }) => fits) && !isForOthers(owner, target),
  )
  const together = lacking
    .flatMap(([owner]) => packagesFor(owner, target))
    .map(({ name, version }) => `${name}@${version}`)
  const judged = lacking.map(([owner, requests]) => sentenceFor(owner, requests, target, together))
  return {
    embedded,
    errors: judged.filter(({ fatal }) => fatal).map(({ text }) => text),
    warnings: [
      ...judged.filter(({ fatal }) => !fatal).map(({ text }) => text),
      ...embedded.filter(({ strangers }) => strangers.length > 0).map(warnOfLibraries),
    ],
  }
}

/** The files whose code the bundle holds. */
export function bundledFiles({ metafile, folder }: Pick<Survey, 'metafile' | 'folder'>): Set<string> {
  const names = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
  return new Set(names.map((name) => resolve(folder, name)))
}

/** The package of another platform, whose code is in the bundle beside that of the target's. */
function isForOthers({ os, cpu }: Owner, { platform, arch }: AddonTarget): boolean {
  return os?.includes(platform) === false || cpu?.includes(arch) === false
}

interface Request {
  readonly importer: string
  /** What it asks for, as its text has it. */
  readonly asked: string
  readonly fits: boolean
  readonly passed: readonly AddonFile[]
}

/** Every import that leads to an addon, or would if the addon were installed. */
function requestsOf(
  { metafile, folder, target, files, lookups }: Survey,
  embedded: readonly AddonFile[],
): Request[] {
  const homes = new Set(embedded.map(({ path }) => ownerOf(path).folder))
  /** An optional package may wrap its addon in code of its own. */
  const viaPackage = (importer: string, file: string) =>
    ownerOf(file).name in ownerOf(importer).optionalDependencies && homes.has(ownerOf(file).folder)
  return Object.entries(metafile.inputs).flatMap(([name, { imports }]) => {
    const importer = resolve(folder, name)
    if (lookups.has(importer)) return []
    return imports.flatMap(({ path, original, external }): Request[] => {
      const asked = original ?? path
      if (external === true && path.includes('*')) {
        const like = [...files.values()].filter((file) => isLike(file.path, resolve(dirname(importer), path)))
        const fits = like.some(({ unfit }) => unfit === undefined)
        return like.length > 0 ? [{ importer, asked, fits, passed: fits ? [] : like }] : []
      }
      if (external === true) {
        const absent =
          path.endsWith('.node') || packagesFor(ownerOf(importer), target).some(({ name }) => name === path)
        return absent ? [{ importer, asked, fits: false, passed: [] }] : []
      }
      const lookup = lookups.get(resolve(folder, path))
      if (lookup !== undefined) {
        const { chosen, passed } = lookup
        return [{ importer, asked, fits: chosen.length > 0, passed }]
      }
      const file = files.get(resolve(folder, path))
      if (file === undefined)
        return viaPackage(importer, resolve(folder, path))
          ? [{ importer, asked, fits: true, passed: [] }]
          : []
      const fits = file.unfit === undefined
      return [{ importer, asked, fits, passed: fits ? [] : [file] }]
    })
  })
}

/** Whether a file is one of those that esbuild has found by `./build/**\/*.node`. */
function isLike(file: string, pattern: string): boolean {
  const [start = '', ending = ''] = [pattern.split('*')[0], pattern.split('*').at(-1)]
  return file.startsWith(start) && file.endsWith(ending)
}

function groupByOwner(requests: readonly Request[]): Map<Owner, Request[]> {
  const groups = new Map<string, { owner: Owner; requests: Request[] }>()
  for (const request of requests) {
    const owner = ownerOf(request.importer)
    const group = groups.get(owner.folder) ?? { owner, requests: [] }
    group.requests.push(request)
    groups.set(owner.folder, group)
  }
  return new Map([...groups.values()].map(({ owner, requests }) => [owner, requests]))
}

/**
 * A package that catches the failure has another way, as those that only go faster with an addon; but one with
 * packages for each platform catches it only to try the next.
 */
function sentenceFor(
  owner: Owner,
  requests: readonly Request[],
  target: AddonTarget,
  together: readonly string[],
): { text: string; fatal: boolean } {
  const fatal =
    packagesFor(owner, target).length > 0 ||
    !requests.every(({ importer, asked }) => isGuarded(readFileSync(importer, 'utf8'), asked))
  const passed = new Map(requests.flatMap(({ passed }) => passed).map((file) => [file.path, file]))
  const places = [...new Set(requests.map(({ importer }) => nameInPackage(importer)))].join(', ')
  const there = describe([...passed.values()]) || `none of the files that ${places} asks for is there`
  const way = fatal ? '' : 'It runs without, as it catches that. If it should not: '
  return {
    fatal,
    text: `${owner.name || places} has no native addon for ${target.name}: ${there}. ${way}${remedy(owner, target, [...passed.keys()], together)}`,
  }
}

/** Packages with all their builds inside have a dozen of them. */
function describe(passed: readonly AddonFile[]): string {
  if (passed.length <= 3) return passed.map(({ file, unfit }) => `${file} ${unfit}`).join('; ')
  const others = passed.flatMap(({ unfit }) => /^is for (.*)/.exec(unfit ?? '')?.[1] ?? [])
  return `it has those for ${[...new Set(others)].sort().join(', ')}`
}

function warnOfLibraries({ file, strangers }: AddonFile): string {
  const [is, it] = strangers.length === 1 ? ['is', 'it'] : ['are', 'them']
  return `${file} needs ${strangers.join(', ')}, which ${is} not part of the system: install ${it} where the binary runs, as only the addon itself goes into it`
}
