import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Owner } from './package.ts'
import type { AddonTarget } from './target.ts'

/**
 * The addons that node-gyp-build would choose from for the target, the best first: what was compiled, then
 * `prebuilds/<platform>-<arch>/`, then the package `<name>-<platform>-<arch>` of its variant for optional packages.
 */
export function findPrebuilds({ folder, name }: Owner, target: AddonTarget): string[] {
  const places = [
    ...tuples(join(folder, 'prebuilds'), target),
    ...optionalPackage(folder, name, `${target.platform}-${target.arch}`),
  ]
  const prebuilt = places.flatMap((place) => tagged(place, target))
  return [...addonsIn(join(folder, 'build/Release')), ...addonsIn(join(folder, 'build/Debug')), ...prebuilt]
}

/** Every addon of the package, for a sentence that says what there is instead. */
export function listPrebuilds({ folder }: Owner): string[] {
  const prebuilds = join(folder, 'prebuilds')
  return namesIn(prebuilds).flatMap((tuple) => addonsIn(join(prebuilds, tuple)))
}

export function addonsIn(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.node'))
    .map((name) => join(folder, name))
}

function namesIn(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder).sort() : []
}

/** Folders such as `linux-x64` and `darwin-x64+arm64`, those for one architecture first. */
function tuples(prebuilds: string, { platform, arch }: AddonTarget): string[] {
  return namesIn(prebuilds)
    .map((name) => ({ name, system: name.split('-')[0], arches: name.split('-')[1]?.split('+') ?? [] }))
    .filter(({ system, arches }) => system === platform && arches.includes(arch))
    .sort((a, b) => a.arches.length - b.arches.length)
    .map(({ name }) => join(prebuilds, name))
}

function optionalPackage(folder: string, name: string, tuple: string): string[] {
  const scoped = `${name.startsWith('@') ? '' : `@${name}/`}${name}-${tuple}`
  try {
    return [dirname(createRequire(join(folder, 'package.json')).resolve(scoped))]
  } catch {
    return []
  }
}

/** The files whose tags fit, as `node.napi.glibc.node` or `argon2.armv8.glibc.node`; those with more tags first. */
function tagged(folder: string, target: AddonTarget): string[] {
  return addonsIn(folder)
    .map((path) => ({ path, tags: path.slice(folder.length + 1, -'.node'.length).split('.') }))
    .filter(({ tags }) => tags.every((tag) => tagFits(tag, tags, target)))
    .map(({ path, tags }) => ({ path, rank: rankOf(tags) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ path }) => path)
}

/** Any other word is the addon's name. node-gyp-build takes everything but Alpine for glibc, macOS too. */
function tagFits(tag: string, tags: readonly string[], { arch, abi }: AddonTarget): boolean {
  if (tag === 'electron' || tag === 'node-webkit' || tag === 'musl') return false
  if (/^abi\d+$/.test(tag)) return tags.includes('napi') || tag === `abi${abi}`
  if (/^armv\d+$/.test(tag)) return arch === 'arm64' && tag === 'armv8'
  return !/^uv\d+$/.test(tag) || tag === 'uv1'
}

function rankOf(tags: readonly string[]): number {
  const known = tags.filter((tag) => /^(node|napi|glibc|(abi|armv|uv)\d+)$/.test(tag))
  return known.length + (tags.some((tag) => tag.startsWith('abi')) ? 10 : 0)
}
