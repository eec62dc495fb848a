import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { OnLoadResult, Plugin } from 'esbuild'
import { type AddonFile, type FoundAddon, readAddon } from './addons/addon-file.ts'
import { finders, throwing } from './addons/finders.ts'
import { findMentions, type Mention, warnOfMentions } from './addons/mentions.ts'
import { nameInPackage, ownerOf } from './addons/package.ts'
import { adaptSource, loaderOf } from './addons/source.ts'
import { addonTarget } from './addons/target.ts'
import { bundledFiles, judge, type Lookup } from './addons/verdict.ts'

export type { FoundAddon, FoundFile } from './addons/addon-file.ts'

export interface AddonRequest {
  readonly platform: string
  /** NODE_MODULE_VERSION of the Node inside, by which one of several old-style addons is chosen. */
  readonly abi?: string
  /** `src/server/addon.ts`. */
  readonly loader: string
  /** Gets what is to be embedded, by the name of its asset, when the build has ended. */
  readonly found: Map<string, FoundAddon>
}

/**
 * Finds the native addons that a plugin loads, as the target and not this machine would, and puts in place of each a
 * call that loads it out of the binary. The build fails where a package has addons, but none for the target.
 */
export function nativeAddons({ platform, abi, loader, found }: AddonRequest): Plugin {
  const target = addonTarget(platform, abi)
  const files = new Map<string, Promise<AddonFile>>()
  const lookups = new Map<string, Lookup>()
  const mentions: Mention[] = []
  const read = (path: string): Promise<AddonFile> => {
    const file = files.get(path) ?? readAddon(path, target)
    files.set(path, file)
    return file
  }
  const inPlace = (path: string, contents: string): OnLoadResult => ({
    contents,
    loader: 'js',
    resolveDir: dirname(path),
  })
  return {
    name: 'native-addons',
    setup({ initialOptions, onResolve, onLoad, onEnd }) {
      initialOptions.metafile = true
      initialOptions.resolveExtensions = [...(initialOptions.resolveExtensions ?? usual), '.node']
      onResolve({ filter: needless }, ({ path }) => ({ path, namespace: 'needless' }))
      onLoad({ filter: needless, namespace: 'needless' }, () => ({ contents: 'module.exports = undefined' }))
      for (const finder of finders) {
        onResolve({ filter: finder.filter, namespace: 'file' }, async ({ path, importer }) => {
          const place = `${importer}.${path.replace(/\W+/g, '-')}.addon-finder.js`
          lookups.set(place, { finder, importer, chosen: [], passed: [] })
          return { path: place }
        })
      }
      onLoad({ filter: /\.addon-finder\.js$/, namespace: 'file' }, async ({ path }) => {
        const lookup = lookups.get(path)
        if (lookup === undefined) return undefined
        const { finder, importer } = lookup
        const candidates = await Promise.all(finder.candidates(importer, target).map(read))
        lookup.chosen = candidates.filter(({ unfit }) => unfit === undefined).map(({ path }) => path)
        const others = lookup.chosen.length > 0 ? [] : await Promise.all(finder.others(importer).map(read))
        lookup.passed = [...candidates, ...others].filter(({ unfit }) => unfit !== undefined)
        const absent = `${ownerOf(importer).name || nameInPackage(importer)} has no native addon for ${target.name} in this binary`
        return inPlace(path, finder.code(lookup.chosen, absent))
      })
      onLoad({ filter: /\.node$/, namespace: 'file' }, async ({ path }) => {
        const { unfit, asset, file } = await read(path)
        const call = `require(${JSON.stringify(loader)}).loadAddon(${JSON.stringify(asset)}, ${JSON.stringify(file)})`
        const refusal = `${file} ${unfit}, and stayed out of this binary for ${target.name}`
        return inPlace(path, `module.exports = ${unfit === undefined ? call : throwing(refusal)}`)
      })
      onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        if (path === loader) return undefined
        const text = await readFile(path, 'utf8')
        const contents = adaptSource(text, path, target)
        mentions.push(...findMentions(contents, path, target))
        return contents === text ? undefined : { contents, loader: loaderOf(path) }
      })
      onEnd(async ({ metafile, errors }) => {
        if (metafile === undefined || errors.length > 0) return undefined
        const folder = initialOptions.absWorkingDir ?? process.cwd()
        const known = new Map<string, AddonFile>()
        for (const [path, file] of files) known.set(path, await file)
        const verdict = judge({ metafile, folder, target, files: known, lookups })
        for (const { path, file, asset, sha256, libraries, wantedVersions } of verdict.embedded)
          found.set(asset, { path, file, asset, sha256, libraries, wantedVersions })
        const bundled = bundledFiles({ metafile, folder })
        return {
          errors: verdict.errors.map((text) => ({ text })),
          warnings: [
            ...verdict.warnings.map((text) => ({ text })),
            ...warnOfMentions(mentions, new Set(known.keys()), bundled),
          ],
        }
      })
    },
  }
}

/**
 * The optional helper of msgpackr, which does without it: npm installs the addon in it for one platform only, and each
 * build for another one would fail.
 */
const needless = /^msgpackr-extract$/

/** What esbuild completes a name with by itself; Node does with `.node` too. */
const usual = ['.tsx', '.ts', '.jsx', '.js', '.css', '.json']
