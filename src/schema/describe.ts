import type { EntityCheck } from './attributes.ts'
import type { DumpSchema } from './check.ts'
import { checkSchema, knownProtocols } from './check.ts'
import type { Definition, Entry } from './definition.ts'
import { schemaFault } from './errors.ts'
import type { FieldPath, Fields } from './field.ts'
import { entityChecksOf, entriesOf } from './fields.ts'
import { isObject } from './plain.ts'
import { refuseBadRecord } from './refuse.ts'
import { refuseBadChecks } from './refuse-checks.ts'

export type Protocol = (typeof knownProtocols)[number]

export interface DescribeOptions<F extends Fields = Fields> {
  /** What the plugin may be put on; without it Kong takes grpc, grpcs, http and https. */
  readonly protocols?: readonly Protocol[]
  /** Refuse to attach the plugin to a consumer. */
  readonly noConsumer?: boolean
  readonly noRoute?: boolean
  readonly noService?: boolean
  /** Rules over several fields of the config. */
  readonly entityChecks?: readonly EntityCheck<FieldPath<F>>[]
  /** Rules over the whole plugin; fields of the config are written `config.name`. */
  readonly pluginChecks?: readonly EntityCheck<`config.${FieldPath<F>}` | PluginField>[]
}

/** What a rule over the whole plugin may name beside `config.name`. */
export type PluginField =
  | 'config'
  | 'protocols'
  | 'consumer'
  | 'route'
  | 'service'
  | 'enabled'
  | 'tags'
  | 'instance_name'

/**
 * The `Schema` of a `-dump`: plain JSON without a null. Throws a KongPluginError that names the field where Kong
 * would not start with it, or would fail on every configuration.
 * @example describeSchema('hello', { message: s.string({ default: 'hello' }) })
 * // { name: 'hello', fields: [{ config: { type: 'record', fields: [{ message: { type: 'string', default: 'hello' } }] } }] }
 */
export function describeSchema<F extends Fields>(
  name: string,
  fields: F,
  options: DescribeOptions<F> = {},
): DumpSchema {
  if (!isPluginName(name)) throw schemaFault('BAD_NAME', name)
  if (!isObject(fields)) throw schemaFault('NOT_A_FIELD', 'config', fields)
  const config = configOf(fields, options)
  refuseBadRecord('config', config)
  const checks = options.pluginChecks && entityChecksOf(options.pluginChecks)
  if (checks) refuseBadChecks('plugin', checks, { fields: [...pluginFields, { config }] })
  const schema = writeSchema(name, fields, options)
  const verdict = checkSchema(schema)
  if (!verdict.ok) throw schemaFault('REFUSED_BY_KONG', name, verdict.crash ?? JSON.stringify(verdict.errors))
  return schema
}

/** The same for fields that `describeSchema` has already passed, as those in a binary: nothing is checked again. */
export function writeSchema<F extends Fields>(
  name: string,
  fields: F,
  options: DescribeOptions<F> = {},
): DumpSchema {
  const entries: Entry[] = []
  if (options.protocols !== undefined) entries.push({ protocols: protocolsOf(options.protocols) })
  if (options.noConsumer) entries.push({ consumer: never('consumers') })
  if (options.noRoute) entries.push({ route: never('routes') })
  if (options.noService) entries.push({ service: never('services') })
  entries.push({ config: configOf(fields, options) })
  const checks = options.pluginChecks && entityChecksOf(options.pluginChecks)
  const schema = { name, fields: entries, ...(checks && { entity_checks: checks }) }
  return JSON.parse(JSON.stringify(schema)) as DumpSchema
}

function configOf<F extends Fields>(fields: F, options: DescribeOptions<F>): Definition {
  return {
    type: 'record',
    fields: entriesOf(fields),
    ...(options.entityChecks && { entity_checks: entityChecksOf(options.entityChecks) }),
  }
}

/**
 * Throws a KongPluginError unless Kong would load a plugin of this name, version and priority. Kong 3.x is looser
 * about versions (it takes `v1`), but its own message promises x.y.z only.
 */
export function checkPluginHead(head: { name: unknown; version: unknown; priority: unknown }): void {
  if (!isPluginName(head.name)) throw schemaFault('BAD_NAME', head.name)
  if (typeof head.version !== 'string' || !/^\d+\.\d+\.\d+$/.test(head.version)) {
    throw schemaFault('BAD_VERSION', head.version)
  }
  if (!Number.isSafeInteger(head.priority)) throw schemaFault('BAD_PRIORITY', head.priority)
}

function isPluginName(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z0-9_-]+$/.test(name)
}

function protocolsOf(protocols: readonly Protocol[]): Definition {
  const isGood =
    Array.isArray(protocols) &&
    protocols.length > 0 &&
    new Set(protocols).size === protocols.length &&
    protocols.every((protocol) => knownProtocols.includes(protocol))
  if (!isGood) throw schemaFault('BAD_PROTOCOLS', protocols, knownProtocols)
  return {
    type: 'set',
    required: true,
    default: [...protocols],
    elements: { type: 'string', one_of: [...protocols] },
  }
}

/**
 * A foreign field that may only be absent. Kong's own plugins say `eq = ngx.null`, which is a null in JSON; this
 * says the same without one. In `Schema:validate_field` a null value returns before any validator runs, so that an
 * absent consumer passes; any other value runs through `len_max`, and no value's length is at most -1. The
 * metaschema takes `len_max` on every type, and `err` gives the sentence that `eq = ngx.null` gives.
 * What differs: `dao/plugins.lua` marks a handler with `no_consumer` (`no_route`, `no_service`) by looking for
 * `eq == null`. The mark only spares Kong a look-up that can find nothing, and tells tools that read the schema.
 */
function never(reference: string): Definition {
  return { type: 'foreign', reference, len_max: -1, err: 'value must be null' }
}

/** The fields of the plugins entity that entity checks at the top may name. */
const pluginFields: readonly Entry[] = [
  { protocols: { type: 'set', elements: { type: 'string' } } },
  { consumer: { type: 'foreign', reference: 'consumers' } },
  { route: { type: 'foreign', reference: 'routes' } },
  { service: { type: 'foreign', reference: 'services' } },
  { enabled: { type: 'boolean' } },
  { tags: { type: 'set', elements: { type: 'string' } } },
  { instance_name: { type: 'string' } },
]
