import { BuildError } from '../errors.ts'
import type { Executable } from '../executable/facts.ts'
import type { ManifestAddon } from '../manifest.ts'

/** What the Node in a binary, or one of its native addons, wants of the libraries of a system. */
export interface Needs extends Pick<Executable, 'libraries' | 'wantedVersions'> {
  /** Behind the name of a block: nothing for the Node itself. */
  readonly of: string
  /** In a sentence. */
  readonly who: string
}

/** A Node wants eight, an addon as many. */
const most = 2000

export function needsOf(
  { libraries, wantedVersions }: Executable,
  addons: readonly ManifestAddon[],
): readonly Needs[] {
  const needs = [
    { of: '', who: 'the Node inside', libraries, wantedVersions },
    ...addons.map((addon) => ({
      of: ` for ${addon.file}`,
      who: `the native addon ${addon.file}`,
      libraries: addon.libraries,
      wantedVersions: addon.wantedVersions,
    })),
  ]
  const count = needs.reduce((sum, one) => sum + one.libraries.length, 0)
  if (count <= most) return needs
  throw new BuildError(`Cannot check a binary that wants ${count} libraries: at most ${most} are looked for`)
}

/** The versions that are wanted of a library; its name may be any word. */
export function wantedOf({ wantedVersions }: Needs, library: string): readonly string[] {
  return Object.hasOwn(wantedVersions, library) ? (wantedVersions[library] ?? []) : []
}
