import { type KongVersion, lineOf, writeKongVersion } from '../../../build/check/kong-version.ts'
import { checkSchema } from '../../../build/check/schema.ts'
import { BuildError, UsageError } from '../../../build/errors.ts'
import type { Manifest, ManifestPlugin } from '../../../build/manifest.ts'
import { isName } from '../../../build/name.ts'
import { writeCompose } from './compose.ts'
import { writeConf, writeEnv } from './conf.ts'
import { writeDeck } from './deck.ts'
import { writeDockerfile } from './dockerfile.ts'
import type { Format } from './format-names.ts'
import { type Configured, configure } from './given.ts'
import { chartPrefix, writeHelm, writeKic } from './kubernetes.ts'
import { writeLuaSchema } from './lua-schema.ts'
import { isLoopback, readServerFlags, type ServerFlags } from './server-flags.ts'
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
  /** `message=hi`, and in a bundle `hello.message=hi`. */
  readonly sets: readonly string[]
  /** What the server is to be started with: `-metrics`, `127.0.0.1:9542`. */
  readonly flags: readonly string[]
}

type Write = (setup: Setup, plugins: readonly Configured[]) => string[]

const places: Readonly<Record<Exclude<Format, 'lua-schema'>, Write>> = {
  'kong.conf': writeConf,
  env: writeEnv,
  compose: writeCompose,
  dockerfile: writeDockerfile,
  helm: writeHelm,
  kic: writeKic,
  deck: writeDeck,
  systemd: writeSystemd,
}

/** Those with a configuration of the plugin in them. */
const configured: readonly Format[] = ['kic', 'deck']
/** Those in which no server is started. */
const idle: readonly Format[] = ['deck', 'lua-schema']
const contained: readonly Format[] = ['compose', 'dockerfile', 'helm', 'kic']

/** What to paste, line by line. */
export function writeConfig(request: ConfigRequest): string[] {
  const { binary, manifest, format, kong, plugin, sets } = request
  checkWords(binary, manifest)
  if (sets.length > 0 && !configured.includes(format))
    throw new UsageError(
      `Cannot take --set with --format ${format}: it has no configuration of the plugin in it; ${configured.join(' and ')} have`,
    )
  if (request.flags.length > 0 && idle.includes(format))
    throw new UsageError(
      `Cannot take ${request.flags.join(' ')} with --format ${format}: it starts no server; leave out what is behind "--"`,
    )
  const flags = readServerFlags(request.flags)
  if (format === 'lua-schema') return writeLuaSchema(readable(onePlugin(request), request))
  if (plugin !== undefined)
    throw new UsageError(
      `Cannot take --plugin with --format ${format}: it is about the whole binary; leave --plugin out`,
    )
  const managed = isManaged(request)
  const prefix = format === 'helm' && managed ? { prefix: chartPrefix } : {}
  const setup = settle({ binary, manifest, kong, managed, flags, ...prefix })
  const notes = [...setup.notes, ...(contained.includes(format) ? notesOfContainers(flags) : [])]
  return places[format]({ ...setup, notes }, configure(manifest, sets))
}

function notesOfContainers({ metrics }: ServerFlags): string[] {
  if (metrics === undefined || !isLoopback(metrics)) return []
  return [
    'What -metrics serves on the loopback is read from within the container, or the pod, only. For a collector elsewhere serve it on 0.0.0.0, and let no stranger reach the port.',
  ]
}

/** What is printed goes into settings, commands and comments, and anybody may have written the manifest. */
function checkWords(binary: string, { name, plugins }: Manifest): void {
  const odd = [
    ...(isName(name) ? [] : [name]),
    ...plugins.map((plugin) => plugin.name).filter((word) => !/^[\w-]+$/.test(word)),
    ...plugins.map((plugin) => plugin.version).filter((word) => !/^\w[\w.+-]*$/.test(word)),
  ]
  if (odd.length > 0)
    throw new BuildError(
      `Cannot print settings of ${binary}: ${JSON.stringify(odd[0])} in it is neither a name nor a version; build it anew`,
    )
}

/** The Ingress Controller, which the chart brings along, and decK need the Admin API that 3.9 breaks (Kong/kong#14260). */
function isManaged({ format, kong, unmanaged }: ConfigRequest): boolean {
  if (unmanaged || format === 'systemd') return false
  return lineOf(kong) !== '3.9' || !['helm', 'kic', 'deck'].includes(format)
}

/** A control plane of that Kong has to know every word of it. */
function readable(plugin: ManifestPlugin, { binary, kong }: ConfigRequest): ManifestPlugin {
  const [misfit] = checkSchema(plugin, kong).incompatibilities
  if (misfit === undefined) return plugin
  throw new BuildError(
    `Cannot print the schema of ${binary} for Kong ${writeKongVersion(kong)}: ${misfit.name}: have ${misfit.have}, want ${misfit.want}; ${misfit.advice}`,
  )
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
