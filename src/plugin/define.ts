import { inBinary } from '../binary.ts'
import type { Kong } from '../pdk/kong.ts'
import { type Dialect, type Phase, phases } from '../pdk/phases.ts'
import {
  type Config,
  checkPluginHead,
  type DescribeOptions,
  describeSchema,
  type EntityCheck,
  type FieldPath,
  type Fields,
  kongMembers,
  type Protocol,
  withDefaults,
  writeSchema,
} from '../schema/index.ts'
import { checkDefinition, checkPhases, methodNames } from './check-definition.ts'
import { defaults, type InstanceInfo, type Plugin, type Handler as SettledHandler } from './plugin.ts'
import type { EndedEvent } from './watched.ts'

/** Handlers by phase: each sees the `kong` of its own phase. What they return does not matter. */
export interface Handlers<C, S, D extends Dialect> {
  /** Before the TLS handshake: there is no request yet. */
  certificate?: Handler<'certificate', C, S, D>
  /** Before Kong looks for the route. Kong runs it for plugins without a route and a service only. */
  rewrite?: Handler<'rewrite', C, S, D>
  /** Before the request goes to the service: here a plugin lets it pass, refuses or changes it. */
  access?: Handler<'access', C, S, D>
  /** When the response of the service is complete, which Kong holds back for it. */
  response?: Handler<'response', C, S, D>
  /** Before the first byte of a TCP or TLS connection goes to the service. */
  preread?: Handler<'preread', C, S, D>
  /** After the client has its response: Kong keeps some data of the request for it. */
  log?: Handler<'log', C, S, D>
}

/**
 * What runs in a phase. When it throws, rejects, or takes longer than `timeLimit`, the event fails closed, unless
 * `onError` says otherwise.
 */
export type Handler<P extends Phase, C, S, D extends Dialect> = (
  kong: Kong<P, D>,
  config: C,
  state: S,
) => unknown

/**
 * A plugin as its author writes it. Write `config` and `init` before the phases: the types of `config` and of
 * `state` are read off them in that order.
 */
export interface PluginDefinition<F extends Fields, S, D extends Dialect>
  extends Handlers<Config<F>, S, NoInfer<D>> {
  /** How Kong calls the plugin. Default: the file name of the binary, which is what Kong's defaults expect. */
  readonly name?: string
  /** `x.y.z`: Kong 3 does not start with anything else. */
  readonly version: string
  /** A whole number; plugins with a higher one run first. Default 0. */
  readonly priority?: number
  /** ProtoBuf:1 is faster and fails closed in Kong 3.8 and later; MsgPack:1 has more functions. */
  readonly protocol?: D
  /** The fields that an operator may set, from the builder `s`. Default: none. */
  readonly config?: F
  /** Rules between fields of `config`. */
  readonly entityChecks?: readonly EntityCheck<FieldPath<F>>[]
  /** Rules over the whole plugin; fields of `config` are written `config.name`. */
  readonly pluginChecks?: NonNullable<DescribeOptions<F>['pluginChecks']>
  /** Default: http, https, grpc and grpcs; tcp and tls when there is a `preread` phase. */
  readonly protocols?: readonly Protocol[]
  /** Refuses to be configured on a consumer. Default `false`. */
  readonly noConsumer?: boolean
  /** Refuses to be configured on a route. Default `false`. */
  readonly noRoute?: boolean
  /** Refuses to be configured on a service. Default `false`. */
  readonly noService?: boolean
  /**
   * Once per instance, before its first event: what it gives is the handlers' third argument. When it fails, the
   * instance's events fail closed, and it is tried again with the next one, at most once a second.
   */
  readonly init?: (config: Config<F>, info: InstanceInfo) => S | Promise<S>
  /** Once per instance, after its last event: undoes `init`. */
  readonly close?: (state: S, config: Config<F>) => unknown
  /**
   * Once per event that is over, after Kong was answered: what it does, and that it throws, no request notices. For
   * tracing and counting. It has been called for each event of an instance before `close` is.
   */
  readonly onEvent?: (ended: EndedEvent, state: NoInfer<S> | undefined) => unknown
  /**
   * What a handler that throws, rejects or takes too long means for the request: `fail` (default) answers it with
   * 500, `continue` lets it pass without the plugin. Never use `continue` for what protects something.
   */
  readonly onError?: 'fail' | 'continue'
  /** Milliseconds that a handler may take, calls to Kong included. Default 30,000. */
  readonly timeLimit?: number
  /** Milliseconds without an event after which an instance is closed; its next event opens it again. Default 900,000. */
  readonly idleLimit?: number
  /** Bytes of the longest message from Kong, a body for example. Default 67,108,864. */
  readonly frameLimit?: number
}

/**
 * Defines a plugin and gives it back unchanged: it is checked here, so that what would stop Kong from starting
 * stops the build. The file default-exports it and starts nothing.
 *
 * @example
 * export default definePlugin({
 *   version: '1.0.0',
 *   config: { message: s.string({ default: 'hello' }) },
 *   access(kong, config) {
 *     kong.response.setHeader('x-hello', config.message)
 *   },
 * })
 */
export function definePlugin<
  F extends Fields = Record<never, never>,
  S = undefined,
  D extends Dialect = 'ProtoBuf:1',
>(definition: PluginDefinition<F, S, D>): PluginDefinition<F, S, D> {
  settled.set(definition, settle(definition))
  return definition
}

const settled = new WeakMap<object, Plugin>()

/** The definition with all its defaults, ready to run; throws what `definePlugin` refuses. */
export function settleDefinition<F extends Fields, S, D extends Dialect>(
  definition: PluginDefinition<F, S, D>,
): Plugin {
  return settled.get(definition) ?? settle(definition)
}

function settle<F extends Fields, S, D extends Dialect>(definition: PluginDefinition<F, S, D>): Plugin {
  checkDefinition(definition)
  const { name, version, priority = defaults.priority } = definition
  checkPluginHead({ name: name ?? 'plugin', version, priority })
  const fields = (definition.config ?? {}) as F
  const handlers = handlersOf(definition as unknown as Record<string, unknown>)
  const schema = describer(fields, schemaOptions(definition, handlers))
  checkPhases(handlers, methodNames(definition))
  return {
    name,
    version,
    priority,
    protocol: definition.protocol ?? defaults.protocol,
    phases: handlers,
    schema,
    readConfig: (sent) => ({ config: withDefaults(fields, sent), kong: kongMembers(sent) }),
    open: (config, info) => definition.init?.(config as Config<F>, info),
    close: (state, config) => definition.close?.(state as S, config as Config<F>),
    ...(definition.onEvent && {
      onEvent: (ended: EndedEvent, state: unknown) => definition.onEvent?.(ended, state as S | undefined),
    }),
    onError: definition.onError ?? defaults.onError,
    timeLimit: definition.timeLimit ?? defaults.timeLimit,
    idleLimit: definition.idleLimit ?? defaults.idleLimit,
    frameLimit: definition.frameLimit ?? defaults.frameLimit,
  }
}

/**
 * The schema for whatever name the binary has, made once. The build has checked what is in a binary: its dump was
 * compared there with that of the source.
 */
export function describer<F extends Fields>(fields: F, options: DescribeOptions<F>): Plugin['schema'] {
  const described = (inBinary() ? writeSchema : describeSchema)('plugin', fields, options)
  return (name) => ({ ...described, name })
}

/** The phases that an object has a function for. */
export function handlersOf(source: Record<string, unknown>): Plugin['phases'] {
  const found: Partial<Record<Phase, SettledHandler>> = {}
  for (const phase of phases) {
    const handler = source[phase]
    if (typeof handler === 'function') found[phase] = handler.bind(source) as SettledHandler
  }
  return found
}

/** Handlers of plugins whose instances are objects with a method per phase. */
export function instanceHandlers(names: readonly Phase[]): Plugin['phases'] {
  const onInstance =
    (phase: Phase): SettledHandler =>
    (kong, _config, instance) =>
      (instance as Record<Phase, (kong: unknown) => unknown>)[phase](kong)
  return Object.fromEntries(names.map((phase) => [phase, onInstance(phase)]))
}

/** The protocols for plugins that do not say: Kong's own default leaves the stream ones out. */
function protocolsFor(handlers: Plugin['phases']): readonly Protocol[] | undefined {
  if (handlers.preread === undefined) return undefined
  const http = (['rewrite', 'access', 'response'] as const).some((phase) => handlers[phase] !== undefined)
  return http ? ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls'] : ['tcp', 'tls']
}

/** What of a definition goes into the schema beside its fields. */
export function schemaOptions<F extends Fields>(
  definition: { readonly [K in keyof DescribeOptions<F>]?: DescribeOptions<F>[K] | undefined },
  handlers: Plugin['phases'],
): DescribeOptions<F> {
  const { protocols = protocolsFor(handlers), entityChecks, pluginChecks } = definition
  const { noConsumer, noRoute, noService } = definition
  const given = { protocols, entityChecks, pluginChecks, noConsumer, noRoute, noService }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
