import { basename, dirname, extname, join } from 'node:path'
import type { Loader } from 'esbuild'
import { adaptPreGyp, throwing } from './finders.ts'
import { requireLoads } from './loads.ts'
import { nameInPackage, ownerOf } from './package.ts'
import { keepLines } from './paths.ts'
import { addonsIn } from './prebuilds.ts'
import { packagesFor } from './remedy.ts'
import type { AddonTarget } from './target.ts'

/** A source in which esbuild can follow what finds addons only while it runs. Lines keep their numbers. */
export function adaptSource(text: string, path: string, target: AddonTarget): string {
  const required = requireLoads(adaptPreGyp(useOwnRequire(text, path, target)), path)
  return dropEmptyPatterns(chooseOptional(required, path, target), path)
}

export function loaderOf(path: string): Loader {
  return loaders[extname(path)] ?? 'js'
}

const loaders: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
}

/** A module that makes itself a `require`, which would look on disk, gets the one that esbuild follows. */
function useOwnRequire(text: string, path: string, target: AddonTarget): string {
  const forAddons =
    text.includes('createRequire') &&
    (/\.node['"`]|['"](bindings|node-gyp-build)['"]/.test(text) ||
      packagesFor(ownerOf(path), target).length > 0)
  if (!forAddons) return text
  return text
    .replace(new RegExp(String.raw`\b(?:const|let|var)\s+require\s*=\s*${maker}\s*(?:;|(?=\n))`), (whole) =>
      keepLines(whole, ''),
    )
    .replace(new RegExp(String.raw`(?<![\w$.])${maker}\s*(?=\()`, 'g'), (whole) =>
      keepLines(whole, 'require'),
    )
}

const maker = String.raw`(?:[\w$]+\.)?createRequire\(\s*(?:import\.meta\.(?:url|filename)|__filename)\s*\)`

/** ``require(`fast-${platform}`)``, where one of the optional packages that begin so is the target's. */
function chooseOptional(text: string, path: string, target: AddonTarget): string {
  return text.replace(
    /(?<![\w$.])require\(\s*`(@[\w.-]+\/[\w.-]*|[\w.-]+)\$\{[^`\n]*\}`\s*\)/g,
    (call, start: string) => {
      const fitting = packagesFor(ownerOf(path), target).filter(({ name }) => name.startsWith(start))
      return fitting.length === 1 ? `require(${JSON.stringify(fitting[0]?.name)})` : call
    },
  )
}

/** ``require(`../build/fast-${platform}.node`)``, where no file begins so: esbuild wants at least one. */
function dropEmptyPatterns(text: string, path: string): string {
  return text.replace(
    /(?<![\w$.])require\(\s*`(\.\.?\/[^`$\n]*)\$\{[^`\n]*\.node`\s*\)/g,
    (call, start: string) => {
      const [folder, name] = [join(dirname(path), dirname(`${start}x`)), basename(`${start}x`).slice(0, -1)]
      const there = addonsIn(folder).some((file) => basename(file).startsWith(name))
      return there
        ? call
        : throwing(`${nameInPackage(path)}: no file ${start}*.node was there when the plugin was built`)
    },
  )
}
