import { parseArgs } from 'node:util'
import { KongPluginError, reason } from '../errors.ts'
import { type Dialect, dialects, isDialect } from '../pdk/phases.ts'
import { type Format, formats, type Level, levels } from './log.ts'

export interface Arguments {
  readonly command: 'serve' | 'dump' | 'health' | 'help' | 'version'
  /** The plugin that is named, with `-plugin` or by a word without a dash; whether there is one is not known here. */
  readonly plugin: string | undefined
  readonly prefix: string
  /** The whole path of the socket; `undefined` for `<prefix>/<name>.socket`. */
  readonly socket: string | undefined
  /** Permission bits of the socket. */
  readonly socketMode: number
  /** `undefined` for the plugin's own. */
  readonly protocol: Dialect | undefined
  /** Where metrics are served. */
  readonly metrics: Address | undefined
  readonly logLevel: Level
  readonly logFormat: Format
  /** Present where more than one process is to serve. */
  readonly workers?: WorkerFlags
  /** What is to be said of flags that do nothing. */
  readonly note?: string
}

/** A unix socket, or a host and a port. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number }

export interface WorkerFlags {
  readonly count: number
  /** Milliseconds for which a worker may be silent before it is ended. */
  readonly timeout: number
  /** Which worker this process is; `undefined` for their parent. */
  readonly slot: number | undefined
}

export const defaultPrefix = '/usr/local/kong'
/** The flag that a worker is started with, beside its parent's: `1/2` is the second of two, whatever auto is by then. */
export const slotFlag = 'worker-slot'
const mostWorkers = 256
const timeoutAlone =
  '-worker-timeout does nothing without -workers: nobody is there to end the one process that serves'

const options = {
  dump: { type: 'boolean' },
  health: { type: 'boolean' },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  plugin: { type: 'string' },
  'kong-prefix': { type: 'string' },
  socket: { type: 'string' },
  'socket-mode': { type: 'string' },
  protocol: { type: 'string' },
  metrics: { type: 'string' },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  workers: { type: 'string' },
  'worker-timeout': { type: 'string' },
  [slotFlag]: { type: 'string' },
} as const

/** The first of them that is asked for is what is done. */
const commands = ['help', 'version', 'dump', 'health'] as const

/** Reads the flags as Go programs do: `-dump` and `--dump`, `-kong-prefix P` and `-kong-prefix=P`. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(inTwoDashes(argv))
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
  const workers = readWorkers(values)
  return {
    command: commands.find((name) => values[name]) ?? 'serve',
    plugin,
    prefix: values['kong-prefix'] ?? defaultPrefix,
    socket: values.socket,
    socketMode: Number.parseInt(mode, 8),
    protocol,
    metrics: values.metrics === undefined ? undefined : readAddress(values.metrics),
    logLevel: oneOf('log-level', values['log-level'] ?? 'debug', levels),
    logFormat: oneOf('log-format', values['log-format'] ?? 'text', formats),
    ...(workers.count > 1 && { workers }),
    ...(values['worker-timeout'] !== undefined && values.workers === undefined && { note: timeoutAlone }),
  }
}

/** What the flags say of the log, whatever else is with them. */
export function readLogFlags(argv: readonly string[]): { level: Level; format: Format } {
  const last = <W extends string>(flag: string, words: readonly W[]): W | undefined => {
    let found: string | undefined
    for (const [index, word] of argv.entries()) {
      const [, name, given = argv[index + 1]] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
      if (name === flag) found = given
    }
    return words.find((word) => word === found)
  }
  return { level: last('log-level', levels) ?? 'debug', format: last('log-format', formats) ?? 'text' }
}

function readAddress(text: string): Address {
  if (text.includes('/')) return { path: text }
  const [, host, port] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw usage(
      `-metrics takes an address such as 127.0.0.1:9542, or the path of a socket, not ${JSON.stringify(text)}`,
    )
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function oneOf<W extends string>(flag: string, given: string, words: readonly W[]): W {
  const found = words.find((word) => word === given)
  if (found !== undefined) return found
  const [last = ''] = words.slice(-1)
  throw usage(`-${flag} takes ${words.slice(0, -1).join(', ')} or ${last}, not ${JSON.stringify(given)}`)
}

function readWorkers(values: {
  workers?: string | undefined
  'worker-timeout'?: string | undefined
  [slotFlag]?: string | undefined
}): WorkerFlags {
  const { 'worker-timeout': seconds = '30', [slotFlag]: place } = values
  const [slot, workers = values.workers ?? '1'] = place?.split('/') ?? []
  const count = workers === 'auto' ? Math.min(coresOffered(), mostWorkers) : Number(workers)
  if (workers !== 'auto' && !(/^\d+$/.test(workers) && count >= 1 && count <= mostWorkers))
    throw usage(
      `-workers takes auto or a whole number from 1 to ${mostWorkers}, not ${JSON.stringify(workers)}`,
    )
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(seconds) || Number(seconds) === 0)
    throw usage(`-worker-timeout takes seconds such as 30, not ${JSON.stringify(seconds)}`)
  return { count, timeout: Number(seconds) * 1000, slot: slot === undefined ? undefined : Number(slot) }
}

/** A dump does not wait for the module that knows. */
function coresOffered(): number {
  return process.getBuiltinModule('node:os').availableParallelism()
}

/** Go's forms: one dash, and `-dump=true` or `-dump=false`, of which the last counts. */
function inTwoDashes(argv: readonly string[]): string[] {
  let words: string[] = []
  for (const word of argv) {
    const [, name = '', value] = /^--?(dump|health|help|version|h)(?:=(.*))?$/s.exec(word) ?? []
    const flag = `--${name === 'h' ? 'help' : name}`
    if (name === '') words.push(/^-[a-z]/.test(word) ? `-${word}` : word)
    else if (value === undefined || /^(1|t|T|TRUE|true|True)$/.test(value)) words.push(flag)
    else if (/^(0|f|F|FALSE|false|False)$/.test(value)) words = words.filter((one) => one !== flag)
    else throw usage(`-${name} takes true or false, not ${JSON.stringify(value)}`)
  }
  return words
}

type Parsed = ReturnType<
  typeof parseArgs<{ args: string[]; options: typeof options; strict: true; allowPositionals: true }>
>

function parse(argv: string[]): Parsed {
  // What Kong asks at each of its starts: Node's parser takes a millisecond to load, a twentieth of the whole answer.
  if (argv.length === 1 && argv[0] === '--dump') return { values: { dump: true }, positionals: [] }
  try {
    return parseArgs({ args: argv, options, strict: true, allowPositionals: true })
  } catch (error) {
    // Node's advice, in further lines and sentences, is about flags that are not ours.
    const why = reason(error).replace(/(\. To specify a positional|\.?\n).*$/s, '')
    throw usage(
      why.replace(
        /^Option '-(-[\w-]+)' argument is ambiguous$/,
        '$1 is followed by a flag where its value is due',
      ),
    )
  }
}

export function usage(why: string): KongPluginError {
  return new KongPluginError('USAGE', `Cannot read the flags: ${why}. -help lists them all`)
}
