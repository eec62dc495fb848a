import type { KongVersion } from '../../../build/check/kong-version.ts'
import { UsageError } from '../../../build/errors.ts'
import type { Manifest, ManifestPlugin } from '../../../build/manifest.ts'
import { writeConf, writeEnv } from './conf.ts'
import { writeCompose, writeDockerfile } from './containers.ts'
import type { Format } from './format-names.ts'
import { writeLuaSchema } from './lua-schema.ts'
import { type Setup, settle } from './setup.ts'
import { writeSystemd } from './systemd.ts'

export interface ConfigRequest {
  readonly binary: string
  readonly manifest: Manifest
  readonly format: Format
  readonly kong: KongVersion
  readonly unmanaged: boolean
  /** The plugin that is meant, where the binary holds several and the format is about one. */
  readonly plugin: string | undefined
}

/** Formats that say where the server is and who starts it. */
const places = {
  'kong.conf': writeConf,
  env: writeEnv,
  compose: writeCompose,
  dockerfile: writeDockerfile,
  systemd: writeSystemd,
} satisfies Record<Exclude<Format, 'lua-schema'>, (setup: Setup) => string[]>

/** What to paste, line by line. */
export function writeConfig(request: ConfigRequest): string[] {
  const { format, plugin } = request
  if (format === 'lua-schema') return writeLuaSchema(onePlugin(request))
  if (plugin !== undefined)
    throw new UsageError(
      `Cannot take --plugin with --format ${format}: it is about the whole binary; leave --plugin out`,
    )
  const { binary, manifest, kong, unmanaged } = request
  const managed = !unmanaged && format !== 'systemd'
  return places[format](settle({ binary, manifest, kong, managed }))
}

function onePlugin({ binary, manifest, plugin, format }: ConfigRequest): ManifestPlugin {
  const { plugins } = manifest
  const names = plugins.map(({ name }) => name).join(', ')
  if (plugin === undefined && plugins.length > 1)
    throw new UsageError(
      `Cannot print ${format} of ${binary}: it is about one plugin, and here are ${names}; choose with --plugin`,
    )
  const found = plugin === undefined ? plugins[0] : plugins.find(({ name }) => name === plugin)
  if (found === undefined)
    throw new UsageError(`Cannot find the plugin ${JSON.stringify(plugin)} in ${binary}: it holds ${names}`)
  return found
}
