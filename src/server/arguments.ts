import { parseArgs } from 'node:util'
import { KongPluginError, reason } from '../errors.ts'
import { type Dialect, dialects, isDialect } from '../pdk/phases.ts'

export interface Arguments {
  readonly command: 'serve' | 'dump' | 'help' | 'version'
  /** The plugin that is named, with `-plugin` or by a word without a dash; whether there is one is not known here. */
  readonly plugin: string | undefined
  readonly prefix: string
  /** The whole path of the socket; `undefined` for `<prefix>/<name>.socket`. */
  readonly socket: string | undefined
  /** Permission bits of the socket. */
  readonly socketMode: number
  /** `undefined` for the plugin's own. */
  readonly protocol: Dialect | undefined
}

export const defaultPrefix = '/usr/local/kong'

const options = {
  dump: { type: 'boolean' },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  plugin: { type: 'string' },
  'kong-prefix': { type: 'string' },
  socket: { type: 'string' },
  'socket-mode': { type: 'string' },
  protocol: { type: 'string' },
} as const

/** Reads the flags as Go programs do: `-dump` and `--dump`, `-kong-prefix P` and `-kong-prefix=P`. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(
    argv.map((word) => (word === '-h' ? '-help' : word)).map(withTwoDashes),
  )
  const [plugin, another] = new Set([values.plugin ?? [], positionals].flat())
  if (another !== undefined)
    throw usage(`${JSON.stringify(plugin)} and ${JSON.stringify(another)} are named where one plugin is due`)
  const protocol = values.protocol
  if (protocol !== undefined && !isDialect(protocol))
    throw usage(`-protocol takes ${dialects.join(' or ')}, not ${JSON.stringify(protocol)}`)
  const mode = values['socket-mode'] ?? '0600'
  if (!/^0?[0-7]{3}$/.test(mode))
    throw usage(`-socket-mode takes three octal digits such as 0660, not ${JSON.stringify(mode)}`)
  for (const name of ['kong-prefix', 'socket'] as const)
    if (values[name] === '') throw usage(`-${name} takes a path, not an empty text`)
  return {
    command: values.help ? 'help' : values.version ? 'version' : values.dump ? 'dump' : 'serve',
    plugin,
    prefix: values['kong-prefix'] ?? defaultPrefix,
    socket: values.socket,
    socketMode: Number.parseInt(mode, 8),
    protocol,
  }
}

/** Go's forms: one dash, and `-dump=true` for `-dump`. */
function withTwoDashes(word: string): string {
  const flag = word.replace(/^(--?(?:dump|help|version))=(?:true|1)$/, '$1')
  return /^-[a-z]/.test(flag) ? `-${flag}` : flag
}

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options, strict: true, allowPositionals: true })
  } catch (error) {
    // Node's advice, in further lines and sentences, is about flags that are not ours.
    throw usage(reason(error).replace(/(\. To specify a positional|\.?\n).*$/s, ''))
  }
}

export function usage(why: string): KongPluginError {
  return new KongPluginError('USAGE', `Cannot read the flags: ${why}. -help lists them all`)
}
