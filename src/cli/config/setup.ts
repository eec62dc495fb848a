import { relative, resolve } from 'node:path'
import { checkKong } from '../../../build/check/kong.ts'
import { type KongVersion, lineOf, reaches, writeKongVersion } from '../../../build/check/kong-version.ts'
import { stockImages } from '../../../build/check/stock-images.ts'
import { BuildError, UsageError } from '../../../build/errors.ts'
import type { Manifest, ManifestPlugin } from '../../../build/manifest.ts'
import { noFlags, type ServerFlags } from './server-flags.ts'

/** What every format is written from: one binary beside one Kong, with all names and paths settled. */
export interface Setup {
  readonly manifest: Manifest
  /** The binary's name and the versions of its plugins, for the first line. */
  readonly title: string
  readonly kong: KongVersion
  /** Whether Kong starts the server itself. */
  readonly managed: boolean
  /** A stock image of that Kong. */
  readonly image: string
  /** The binary where it lies now, seen from the folder in which this runs. */
  readonly source: string
  /** The binary where Kong finds it. */
  readonly file: string
  /** Further names of the binary, in the same folder. */
  readonly links: readonly string[]
  /** Where nginx has its files. */
  readonly prefix: string
  /** One for each plugin. */
  readonly servers: readonly PluginServer[]
  /** What the server is started with. */
  readonly flags: ServerFlags
  /** What is worth knowing of this binary and this Kong, by `kong-ts check`: a sentence each. */
  readonly notes: readonly string[]
}

/** What `pluginserver_<name>_...` say. */
export interface PluginServer {
  readonly name: string
  readonly plugin: ManifestPlugin
  readonly socket: string
  /** Absent where Kong does not start it, or where another one's process serves it. */
  readonly start?: string
  readonly query: string
  /** Whether this Kong comes to the same socket and commands by itself. */
  readonly usual: boolean
}

export interface Request {
  readonly binary: string
  readonly manifest: Manifest
  readonly kong: KongVersion
  readonly managed: boolean
  /** `/usr/local/kong` but in a place that has another. */
  readonly prefix?: string
  readonly flags?: ServerFlags
}

const defaultPrefix = '/usr/local/kong'
/** Where Kong 3.9 starts whatever is called as a server. */
const managedFolder = '/usr/local/bin'
const unmanagedFolder = '/opt/kong-plugins'
/** Not in Kong's prefix: Kong's images remove every socket there when they start. */
export const socketFolder = '/run/kong-plugins'

/** Settles names and paths; refuses what this Kong cannot run. */
export function settle(request: Request): Setup {
  const { binary, kong, managed, prefix = defaultPrefix, flags = noFlags } = request
  const manifest = speaking(request.manifest, flags)
  const { name, plugins, platform } = manifest
  const arch = /^linux-(\w+)$/.exec(platform)?.[1]
  if (arch === undefined)
    throw new UsageError(
      `Cannot put ${binary} into Kong: it was built for ${platform}, and Kong runs on Linux; build it with --platform linux-x64 or linux-arm64`,
    )
  const linked = managed && plugins.length > 1 && waitsForEach(kong)
  const { incompatibilities, notes } = checkKong(manifest, kong, managed ? 'managed' : 'unmanaged')
  const [misfit] = incompatibilities
  if (misfit !== undefined)
    throw new BuildError(
      `Cannot put ${binary} into Kong ${writeKongVersion(kong)}: ${misfit.name}: have ${misfit.have}, want ${misfit.want}; ${misfit.advice}`,
    )
  if (linked && flags.metrics !== undefined)
    throw new UsageError(
      `Cannot start the servers of ${binary} with one -metrics: Kong ${writeKongVersion(kong)} starts one for each plugin, and each needs an address of its own; leave it out, and add one to each start_cmd`,
    )
  const file = `${managed ? managedFolder : unmanagedFolder}/${name}`
  const names = plugins.map((plugin) => (plugins.length === 1 ? name : plugin.name.toLowerCase()))
  refuseSameSettings(binary, names)
  const whichPrefix = prefix === defaultPrefix ? [] : ['-kong-prefix', prefix]
  const isUsual = whichPrefix.length === 0 && flags.words.length === 0
  // Kong starts whatever lies in /usr/local/bin by the name of a server: the binary itself must be the one that it is to start.
  const first = Math.max(0, names.indexOf(name))
  return {
    manifest,
    title: `${name}: ${plugins.map((plugin) => `${plugin.name} ${plugin.version}`).join(', ')}`,
    kong,
    managed,
    image: imageOf(kong, arch),
    source: relative('', resolve(binary)),
    file,
    links: linked ? names.filter((link) => link !== name) : [],
    prefix,
    flags,
    servers: plugins.map((plugin, index) => {
      const server = names[index]!
      const own = linked ? `${managedFolder}/${server}` : file
      const folder = managed ? prefix : socketFolder
      const starts = managed && (linked || index === first)
      return {
        name: server,
        plugin,
        socket: `${folder}/${linked ? server : name}.socket`,
        ...(starts ? { start: [own, ...whichPrefix, ...flags.words].join(' ') } : {}),
        query: [
          own,
          ...(plugins.length > 1 && !linked ? [server] : []),
          ...protocolWords(flags),
          '-dump',
        ].join(' '),
        usual: managed && plugins.length === 1 && isUsual && reaches(kong, '3.9'),
      }
    }),
    notes,
  }
}

/** With the protocol that is chosen, which decides what there is to know of the binary beside this Kong. */
function speaking(manifest: Manifest, { protocol }: ServerFlags): Manifest {
  if (protocol === undefined) return manifest
  return { ...manifest, plugins: manifest.plugins.map((plugin) => ({ ...plugin, protocol })) }
}

/** Who asks a server has to speak as it does, and a dump says what Kong has to speak. */
export function protocolWords({ protocol }: ServerFlags): readonly string[] {
  return protocol === undefined ? [] : ['-protocol', protocol]
}

/** Kong would read the settings of one for those of the other, and run one plugin in the place of both. */
function refuseSameSettings(binary: string, names: readonly string[]): void {
  const settings = names.map((name) => name.replaceAll('-', '_'))
  const index = settings.findIndex((setting, at) => settings.indexOf(setting) !== at)
  if (index === -1) return
  const setting = settings[index] as string
  throw new BuildError(
    `Cannot put ${binary} into Kong: ${names[settings.indexOf(setting)]} and ${names[index]} would share the settings pluginserver_${setting}_..., as Kong writes a "-" as "_" there; rename one of them, or build them apart`,
  )
}

/** 3.1 to 3.4 use a server only after they have started it, and count it by its name. */
function waitsForEach(kong: KongVersion): boolean {
  return reaches(kong, '3.1') && !reaches(kong, '3.5')
}

/** From 3.10 on Kong publishes images of its Enterprise edition only, which runs without a licence too. */
function imageOf(kong: KongVersion, arch: string): string {
  if (reaches(kong, '3.10')) return `kong/kong-gateway:${lineOf(kong)}`
  return stockImages(kong, arch)[0]!.tag
}
