import { KongPluginError } from '../errors.ts'
import type { Dialect } from '../pdk/phases.ts'
import type { NamedPlugin } from '../plugin/plugin.ts'
import { usage } from './arguments.ts'

/** What a binary holds: one plugin, or several that one process serves. */
export interface Bundle {
  /** The name of its socket, and of its log lines where it holds several. */
  readonly name: string
  readonly plugins: readonly BundledPlugin[]
}

export interface BundledPlugin {
  /** The name of its file, by which it is chosen. */
  readonly file: string
  /** Evaluates the file: what only one plugin is needed for must not wait for the others, or fail with them. */
  load(): NamedPlugin
}

/** The plugin that was named, else that by whose name the binary was called; with a single one no name is needed. */
export function choosePlugin(
  { name, plugins }: Bundle,
  named: string | undefined,
): BundledPlugin | undefined {
  const find = (wanted: string) => plugins.find(({ file }) => sameName(file, wanted))
  if (named === undefined) return find(name) ?? (plugins.length === 1 ? plugins[0] : undefined)
  const found = find(named)
  if (found !== undefined) return found
  throw usage(`there is no plugin ${JSON.stringify(named)} here, only ${listOf(plugins)}`)
}

export function refuseChoice({ name, plugins }: Bundle): never {
  const example = (plugins[0] as BundledPlugin).file
  throw usage(
    `Kong takes one plugin from a dump, and here are ${listOf(plugins)}. Call "${name} ${example} -dump" or "${name} -plugin ${example} -dump", or make a symlink ${example} to the binary and call that`,
  )
}

/** All plugins, or the sentence why one process cannot serve them. */
export function loadAll(bundle: Bundle): NamedPlugin[] {
  const plugins = bundle.plugins.map((plugin) => plugin.load())
  for (const [index, { name }] of plugins.entries())
    if (plugins.slice(0, index).some((other) => sameName(other.name, name)))
      throw new KongPluginError(
        'SAME_NAME',
        `Cannot serve two plugins that Kong would both know as ${name}: give one of the files another name, or one of the definitions`,
      )
  return plugins
}

/** The one protocol that all speak. */
export function protocolOf(plugins: readonly NamedPlugin[]): Dialect {
  const [first] = plugins as [NamedPlugin]
  if (plugins.every(({ protocol }) => protocol === first.protocol)) return first.protocol
  const wishes = plugins.map(({ name, protocol }) => `${name} wants ${protocol}`).join(', ')
  throw new KongPluginError(
    'MIXED_PROTOCOLS',
    `Cannot serve two protocols on one socket: ${wishes}. Give all the same protocol, or choose one with -protocol, in start_cmd and in every query_cmd`,
  )
}

/** The plugins with their versions, for people. */
export function titleOf({ name }: Bundle, plugins: readonly NamedPlugin[]): string {
  const titles = plugins.map((plugin) => `${plugin.name} ${plugin.version}`).join(', ')
  return plugins.length === 1 ? titles : `${name} (${titles})`
}

function listOf(plugins: readonly BundledPlugin[]): string {
  return plugins.map(({ file }) => file).join(', ')
}

/** Whether Kong takes two names for the same: it writes them in lower case. */
function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
