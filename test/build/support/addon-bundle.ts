import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Bundle, bundlePlugins, ownKit } from '../../../build/bundle.ts'
import { BuildError } from '../../../build/errors.ts'
import { writeProject } from './addon.ts'
import { fixtureKit } from './small-binary.ts'

/** Bundles the `plugin.ts` of a project, with the kit of the fixtures. */
export function bundle(
  files: Readonly<Record<string, string | Buffer | object>>,
  platform = 'linux-x64',
  abi?: string,
): Promise<Bundle> {
  const folder = writeProject(files)
  const code = join(folder, 'out', 'shop.cjs')
  mkdirSync(dirname(code))
  return bundlePlugins({
    plugins: [{ file: join(folder, 'plugin.ts'), name: 'shop' }],
    platform,
    code,
    kit: { ...fixtureKit, loader: ownKit.loader },
    ...(abi === undefined ? {} : { abi }),
  })
}

/** Why the project cannot be bundled. */
export async function refusal(
  files: Readonly<Record<string, string | Buffer | object>>,
  platform?: string,
): Promise<string> {
  const thrown = await bundle(files, platform).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.instance(thrown, BuildError)
  return (thrown as BuildError).message
}

/** What the plugin of a bundle computes while it loads. */
export function versionOf({ code }: Bundle): string {
  const dump = execFileSync(process.execPath, [code, '-dump'], { encoding: 'utf8', stdio: 'pipe' })
  return JSON.parse(dump).Plugins[0].Version
}
