import { parseArgs } from 'node:util'
import { KongPluginError, reason } from '../errors.ts'
import { type Dialect, dialects, isDialect } from '../pdk/phases.ts'

export interface Arguments {
  readonly command: 'serve' | 'dump' | 'help' | 'version'
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
  'kong-prefix': { type: 'string' },
  socket: { type: 'string' },
  'socket-mode': { type: 'string' },
  protocol: { type: 'string' },
} as const

/** Reads the flags as Go programs do: `-dump` and `--dump`, `-kong-prefix P` and `-kong-prefix=P`. */
export function readArguments(argv: readonly string[]): Arguments {
  const values = parse(argv.map((word) => (word === '-h' ? '-help' : word)).map(withTwoDashes))
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
    prefix: values['kong-prefix'] ?? defaultPrefix,
    socket: values.socket,
    socketMode: Number.parseInt(mode, 8),
    protocol,
  }
}

export function helpText(binary: string, plugin: string, pluginVersion: string): string {
  return `${plugin} ${pluginVersion} is a plugin server for Kong Gateway. Kong starts it by itself:

  copy it to /usr/local/bin/${binary} of the gateway and set in kong.conf (Kong 3.9 and later)
    plugins = bundled,${plugin}
    pluginserver_names = ${binary}

Usage: ${binary} [flags]
  -dump                print what Kong has to know of the plugin, as JSON, and leave
  -kong-prefix PATH    Kong's prefix (default ${defaultPrefix}); the socket is PATH/${binary}.socket
  -socket PATH         the socket's whole path, instead of the one in the prefix
  -socket-mode MODE    permissions of the socket, in octal (default 0600)
  -protocol NAME       ProtoBuf:1 or MsgPack:1 (default: what the plugin says)
  -version             print the versions and leave
  -help                print this and leave
`
}

/** Go's forms: one dash, and `-dump=true` for `-dump`. */
function withTwoDashes(word: string): string {
  const flag = word.replace(/^(--?(?:dump|help|version))=(?:true|1)$/, '$1')
  return /^-[a-z]/.test(flag) ? `-${flag}` : flag
}

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    // Node's advice, in further lines and sentences, is about flags that are not ours.
    throw usage(reason(error).replace(/(\. To specify a positional|\.?\n).*$/s, ''))
  }
}

function usage(why: string): KongPluginError {
  return new KongPluginError('USAGE', `Cannot read the flags: ${why}. -help lists them all`)
}
