import type { Owner } from './package.ts'
import type { AddonTarget } from './target.ts'

/**
 * What to do about a package without an addon for the target; `together` are those of all packages that lack theirs,
 * as npm removes what the last such command added.
 */
export function remedy(
  owner: Owner,
  target: AddonTarget,
  passed: readonly string[],
  together: readonly string[],
): string {
  // npm's --os and --cpu would do too, but take away what this machine needs, esbuild's own binary among it.
  if (packagesFor(owner, target).length > 0)
    return `Install it beside this machine's own: npm install --no-save --force ${together.join(' ')} (name those for other platforms in the same command, as npm removes what the last one added)`
  if (!/[\\/]node_modules[\\/]/.test(owner.folder))
    return `Put one for ${target.name} there, or build the plugin on ${target.name}`
  const ownBuild = passed.length === 0 || passed.some((path) => /[\\/](build|out|Release)[\\/]/.test(path))
  const download = `npm_config_platform=${target.platform} npm_config_arch=${target.arch} npm rebuild ${owner.name}`
  return [
    ownBuild
      ? `What npm compiles or downloads while it installs is for this machine: build the plugin on ${target.name}`
      : 'Ask its authors for one',
    ...('prebuild-install' in owner.dependencies ? [`fetch that platform's with ${download}`] : []),
    'or do without the package',
  ].join(', ')
}

/** The optional packages of a package that hold its addon for the target, as `@node-rs/argon2-linux-x64-gnu`. */
export function packagesFor(owner: Owner, target: AddonTarget): { name: string; version: string }[] {
  return Object.entries(owner.optionalDependencies)
    .filter(([name]) => name !== owner.name && isFor(name.split(/[-_/@.]/), target))
    .map(([name, version]) => ({ name, version }))
}

function isFor(words: readonly string[], { platform, arch }: AddonTarget): boolean {
  const own = words.includes(arch) || (platform === 'darwin' && words.includes('universal'))
  const otherLibrary = words.includes('musl') || (platform === 'win32' && words.includes('gnu'))
  return words.includes(platform) && own && !otherLibrary
}
