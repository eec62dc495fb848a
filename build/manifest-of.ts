import { version } from '../src/version.ts'
import type { SeaConfig } from './blob.ts'
import type { Bundle, NamedPlugin } from './bundle.ts'
import type { Dump } from './dump.ts'
import { BuildError } from './errors.ts'
import { hashSchema, type Manifest } from './manifest.ts'
import { checkPluginName } from './name.ts'
import { findPdkUse } from './pdk-use.ts'
import type { Target } from './targets.ts'

export interface Described {
  readonly target: Target
  readonly name: string
  readonly plugins: readonly NamedPlugin[]
  /** One for each plugin, in their order. */
  readonly dumps: readonly Dump[]
  readonly bundle: Bundle
  readonly config: SeaConfig
  readonly node: string
  /** Whether that Node lacks what only debuggers read. */
  readonly stripped: boolean
}

/** All that a binary can say of itself without being run: no time, no path, so that the same sources give the same. */
export async function describeBinary(described: Described): Promise<Manifest> {
  const { target, name, plugins, dumps, bundle, config, node, stripped } = described
  checkTogether(plugins, dumps)
  for (const { Plugins } of dumps) for (const { Name } of Plugins) checkPluginName(Name)
  const uses = await Promise.all(plugins.map(({ file }) => findPdkUse(file, target.platform)))
  return {
    kit: version,
    node,
    platform: target.platform,
    name,
    plugins: dumps.flatMap(({ Protocol, Plugins }, index) =>
      Plugins.map(({ Name, Version, Priority, Phases, Schema }) => ({
        name: Name,
        version: Version,
        priority: Priority,
        phases: Phases,
        protocol: Protocol,
        schema: Schema,
        schemaHash: hashSchema(Schema),
        pdk: uses[index] ?? [],
      })),
    ),
    packages: bundle.packages,
    addons: bundle.addons.map(({ file, sha256, asset, libraries, wantedVersions }) => ({
      file,
      sha256,
      asset,
      libraries,
      wantedVersions,
    })),
    flags: {
      execArgv: config.execArgv,
      codeCache: config.useCodeCache,
      stripped,
    },
  }
}

/** A server speaks one protocol, and finds a plugin of several by the name of its file, as Kong by that of the plugin. */
function checkTogether(plugins: readonly NamedPlugin[], dumps: readonly Dump[]): void {
  if (plugins.length < 2) return
  const protocols = new Map<string, string>()
  for (const [index, { Protocol, Plugins }] of dumps.entries()) {
    const { file = '', name = '' } = plugins[index] ?? {}
    protocols.set(Protocol, file)
    for (const { Name } of Plugins)
      if (Name.toLowerCase() !== name.toLowerCase())
        throw new BuildError(
          `${file} is called "${name}" by its path and "${Name}" by its definition: in a binary of several plugins both must be the same, as it is by them that one is chosen`,
        )
  }
  if (protocols.size <= 1) return
  const wishes = [...protocols].map(([protocol, file]) => `${file} wants ${protocol}`).join(', ')
  throw new BuildError(
    `plugins of one binary share one socket and so one protocol, but ${wishes}: set the same protocol in all, or build them apart`,
  )
}
