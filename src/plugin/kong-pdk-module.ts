import { KongPluginError, show } from '../errors.ts'
import { phases } from '../pdk/phases.ts'
import { checkPluginHead, fieldsFromKong, kongMembers } from '../schema/index.ts'
import { checkPhases, methodNames } from './check-definition.ts'
import { describer, instanceHandlers, schemaOptions } from './define.ts'
import { withKongPdkNames } from './kong-pdk-names.ts'
import { defaults, type Handler, type Plugin } from './plugin.ts'

/** What a plugin for Kong's JavaScript kit exports. */
export interface KongPdkModule {
  /** Of what type it takes its configuration to be is its own affair. */
  readonly Plugin: new (
    config: never,
  ) => object
  /** Fields as Kong has them: `{ message: { type: "string" } }`. Default: none. */
  readonly Schema?: readonly object[]
  /** `x.y.z`. */
  readonly Version?: string
  /** Plugins with a higher one run first. Default 0. */
  readonly Priority?: number
  /** How Kong calls the plugin. Default: the binary's file name. */
  readonly Name?: string
}

export function isKongPdkModule(value: unknown): value is KongPdkModule {
  return typeof value === 'object' && value !== null && typeof (value as KongPdkModule).Plugin === 'function'
}

/**
 * Runs a module of Kong's JavaScript kit unchanged: one object per instance, made with the configuration as Kong
 * sent it, over MsgPack:1, which is all that kit speaks.
 */
export function adaptKongPdkModule(module: KongPdkModule): Plugin {
  const { Plugin: PluginClass, Priority: priority = 0 } = module
  const name = module.Name?.toLowerCase()
  if (module.Version === undefined)
    throw new KongPluginError(
      'PLUGIN_HEAD',
      'Cannot use the module: it exports no Version, without which Kong 3 does not start; export one such as "1.0.0"',
    )
  const version = module.Version
  checkPluginHead({ name: name ?? 'plugin', version, priority })
  if (module.Schema !== undefined && !Array.isArray(module.Schema))
    throw new KongPluginError(
      'PLUGIN_HEAD',
      `Cannot use the module: Schema must be an array, but it is ${show(module.Schema)}`,
    )
  const fields = fieldsFromKong(module.Schema ?? [])
  const handlers = instanceHandlers(
    phases.filter((phase) => typeof PluginClass.prototype[phase] === 'function'),
  )
  checkPhases(handlers, methodNames(PluginClass.prototype as object))
  const schema = describer(fields, schemaOptions({}, handlers))
  return {
    name,
    version,
    priority,
    protocol: 'MsgPack:1',
    phases: Object.fromEntries(
      Object.entries(handlers).map(([phase, handler]) => [phase, withNames(handler)]),
    ),
    schema,
    readConfig: (sent) => ({ config: sent, kong: kongMembers(sent) }),
    open: (config) => new PluginClass(config as never),
    close: () => undefined,
    onError: defaults.onError,
    timeLimit: defaults.timeLimit,
    idleLimit: defaults.idleLimit,
    frameLimit: defaults.frameLimit,
  }
}

function withNames(handler: Handler): Handler {
  return (kong, config, instance) => handler(withKongPdkNames(kong as object), config, instance)
}
