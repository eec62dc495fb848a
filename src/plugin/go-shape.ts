import type { Kong } from '../pdk/kong.ts'
import type { Dialect, Phase } from '../pdk/phases.ts'
import {
  checkPluginHead,
  fieldsFromValue,
  kongMembers,
  type Protocol,
  withDefaults,
} from '../schema/index.ts'
import { checkDefinition, checkPhases, methodNames } from './check-definition.ts'
import { describer, handlersOf, instanceHandlers, schemaOptions } from './define.ts'
import { defaults, type Plugin } from './plugin.ts'
import type { EndedEvent } from './watched.ts'

/**
 * What `New()` returns: fields with defaults are the configuration, methods named after phases the handlers. A
 * method `close` runs when the instance has had its last event.
 */
export type GoShape = { [P in Phase]?: (kong: Kong<P>) => unknown } & {
  /** Runs once, after the instance's last event. */
  close?: () => unknown
}

/** What the five facts of the Go shape leave open, all with the defaults of `definePlugin`. */
export interface GoShapeOptions {
  /** How Kong calls the plugin. Default: the binary's file name. */
  readonly name?: string
  /** Default `ProtoBuf:1`. */
  readonly protocol?: Dialect
  /** Hears of each event that is over, after Kong was answered. */
  readonly onEvent?: (ended: EndedEvent) => unknown
  /** What a handler that fails means for the request: `fail` (default) answers 500, `continue` lets it pass. */
  readonly onError?: 'fail' | 'continue'
  /** Milliseconds that a handler may take. Default 30,000. */
  readonly timeLimit?: number
  /** Milliseconds without an event after which an instance is closed. Default 900,000. */
  readonly idleLimit?: number
  /** Of the routes that it may be put on. Default: those of HTTP; tcp and tls with a `preread` phase. */
  readonly protocols?: readonly Protocol[]
  /** Refuses to be configured on a consumer. Default `false`. */
  readonly noConsumer?: boolean
  /** Refuses to be configured on a route. Default `false`. */
  readonly noRoute?: boolean
  /** Refuses to be configured on a service. Default `false`. */
  readonly noService?: boolean
}

/**
 * A plugin in the shape of go-pdk. The schema is read off one object that `New()` makes; each instance is another
 * one, with Kong's configuration written over its fields. A static `json` on its class names fields otherwise, as
 * Go's tags do: `static json = { filePath: 'file_path', 'limits.maxSize': 'max_size' }`.
 */
export function adaptGoShape(
  New: () => GoShape,
  version: string,
  priority: number,
  options: GoShapeOptions = {},
): Plugin {
  checkPluginHead({ name: options.name ?? 'plugin', version, priority })
  checkDefinition(options)
  const sample = New()
  const names = jsonNames(sample)
  const fields = fieldsFromValue(settings(sample), names)
  const handlers = handlersOf(sample as Record<string, unknown>)
  checkPhases(handlers, methodNames(sample))
  const schema = describer(fields, schemaOptions(options, handlers))
  return {
    name: options.name,
    version,
    priority,
    protocol: options.protocol ?? defaults.protocol,
    phases: instanceHandlers(Object.keys(handlers) as Phase[]),
    schema,
    readConfig: (sent) => ({ config: withDefaults(fields, sent), kong: kongMembers(sent) }),
    open(config) {
      const instance = New()
      fill(instance as Settings, config as Settings, names)
      return instance
    },
    close: (instance) => (instance as GoShape).close?.(),
    ...(options.onEvent && { onEvent: options.onEvent }),
    onError: options.onError ?? defaults.onError,
    timeLimit: options.timeLimit ?? defaults.timeLimit,
    idleLimit: options.idleLimit ?? defaults.idleLimit,
    frameLimit: defaults.frameLimit,
  }
}

type Settings = Record<string, unknown>
type Names = Readonly<Record<string, string>>

/** Own fields that are not handlers. */
function settings(sample: object): Settings {
  return Object.fromEntries(Object.entries(sample).filter(([, value]) => typeof value !== 'function'))
}

function jsonNames(sample: object): Names {
  const { json } = sample.constructor as { json?: Names }
  return json ?? {}
}

/** Writes a configuration over an object's fields, nested objects member by member, lists as a whole. */
function fill(target: Settings, config: Settings, names: Names, path = ''): void {
  for (const key of Object.keys(settings(target))) {
    const place = path === '' ? key : `${path}.${key}`
    const given = config[names[place] ?? key]
    if (given === undefined) continue
    const present = target[key]
    if (isPlain(present) && isPlain(given)) fill(present, given, names, place)
    else target[key] = given
  }
}

function isPlain(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
