import { fault, show } from '../errors.ts'
import { setMember } from '../set-member.ts'
import type { Config, Field, Fields } from './field.ts'
import { entriesOf } from './fields.ts'
import { copyOf, isObject } from './plain.ts'

/** What Kong adds to a config when it starts an instance, under a name of our own each. */
const memberNames = {
  pluginId: '__plugin_id',
  seq: '__seq__',
  key: '__key__',
  workspaceId: '__ws_id',
  routeId: 'route_id',
  serviceId: 'service_id',
  consumerId: 'consumer_id',
  instanceName: 'plugin_instance_name',
} as const

/** Kong's own members of a config; which ones there are depends on its version and on where the plugin is put. */
export interface KongMembers {
  /** From Kong 3.3. */
  pluginId?: string
  /** Grows with each change of the plugin's configuration. */
  seq?: number | string
  /** Kong's key of the plugin's configuration in its cache. */
  key?: string
  /** From Kong 3.9. */
  workspaceId?: string
  /** Of the route that it is put on. */
  routeId?: string
  /** Of the service that it is put on. */
  serviceId?: string
  /** Of the consumer that it is put on. */
  consumerId?: string
  /** From Kong 3.2. */
  instanceName?: string
}

/**
 * The config that a plugin works with: the fields that it declares, and only those (Kong's own members are left
 * behind, see `kongMembers`), with defaults filled in, lists as lists, and what is absent absent rather than null.
 * Shares nothing with its arguments. Throws where the config is not an object.
 */
export function withDefaults<F extends Fields>(fields: F, config: unknown): Config<F> {
  if (!isObject(config)) throw fault('BAD_CONFIG', `it is ${show(config)} and not an object`)
  return fillRecord(entriesOf(fields), config, true) as Config<F>
}

/** Kong's own members of the config that it sent, those that are there. */
export function kongMembers(config: unknown): KongMembers {
  const members: Record<string, unknown> = {}
  if (!isObject(config)) return members
  for (const [name, kongName] of Object.entries(memberNames)) {
    const value = config[kongName]
    if (typeof value === 'string' || (name === 'seq' && typeof value === 'number')) members[name] = value
  }
  return members
}

type Shape = Partial<Field> & {
  readonly default?: unknown
  readonly required?: unknown
  readonly elements?: Shape
  readonly values?: Shape
  readonly fields?: readonly { readonly [name: string]: Shape }[]
}

/** `inChain`: every record around it is a field of a record, where Kong takes `required` for granted. */
function fillRecord(entries: Shape['fields'], given: object, inChain: boolean): object {
  const filled = {}
  for (const entry of entries ?? []) {
    for (const [name, field] of Object.entries(entry)) {
      const own = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined
      const value = fillValue(field, own ?? defaultOf(field, inChain), inChain)
      if (value !== undefined && value !== null) setMember(filled, name, value)
    }
  }
  return filled
}

function defaultOf(field: Shape, inChain: boolean): unknown {
  if (field.default !== undefined) return field.default
  const isFilled = field.type === 'record' && (field.required ?? inChain) === true
  return isFilled ? {} : undefined
}

function fillValue(field: Shape, value: unknown, inChain: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value
  switch (field.type) {
    case 'array':
    case 'set':
      return fillList(field.elements, value)
    case 'map':
      return Array.isArray(value) && value.length > 0 ? copyOf(value) : fillMap(field.values, value)
    case 'record':
      return Array.isArray(value) && value.length > 0
        ? copyOf(value)
        : fillRecord(field.fields, value, inChain)
    default:
      return copyOf(value)
  }
}

/** Some versions of Kong write an empty list as `{}`. */
function fillList(elements: Shape | undefined, value: object): unknown {
  if (!Array.isArray(value)) return Object.keys(value).length === 0 ? [] : copyOf(value)
  const list = value.filter((element) => element !== null)
  return elements === undefined ? copyOf(list) : list.map((element) => fillValue(elements, element, false))
}

function fillMap(values: Shape | undefined, value: object): object {
  const filled = {}
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== null) setMember(filled, key, values ? fillValue(values, entry, false) : copyOf(entry))
  }
  return filled
}
