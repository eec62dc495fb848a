import { isKongsOwn } from '../../../build/name.ts'
import type { Entity } from './identify.ts'
import { credentials, type Item, isTable, label, type Other, present, type Table } from './items.ts'
import { ofPlugins, unused } from './sections.ts'

/** A sentence for each thing that a file asks for and the local gateway does not do. */
export function notesOf(top: Table, entities: readonly Entity[], others: readonly Other[]): string[] {
  const notes = [
    ...topNotes(top),
    ...others.map(otherNote),
    ...entities.flatMap((entity) => notesOn(entity, top)),
  ]
  return [...new Set(notes)]
}

function topNotes(top: Table): string[] {
  return Object.keys(top).flatMap((section) => {
    if (isNothing(top[section])) return []
    const why = Object.hasOwn(unused, section) ? unused[section] : undefined
    if (why !== undefined) return [`${section} are not used by the local gateway: ${why}`]
    if (ofPlugins.has(section)) return [`${section} are not used: ${noCredentials}`]
    if (!ofDeck.has(section)) return []
    const defaults = isTable(top._info) && present(top._info.defaults) && section === '_info'
    return [
      `${defaults ? 'the defaults in _info are not used; ' : ''}${section} is decK's: Kong itself does not take a file with it`,
    ]
  })
}

const ofDeck = new Set(['_info', '_workspace', '_plugin_configs', '_konnect'])

function isNothing(section: unknown): boolean {
  return !present(section) || (Array.isArray(section) && section.length === 0)
}

const noCredentials = "they are for Kong's own plugins, which the local gateway does not run"

function otherNote({ section, within }: Other): string {
  const where = label(within)
  if (credentials.has(section)) return `${section} of ${where} are not used: ${noCredentials}`
  if (section === 'groups' || section === 'consumers')
    return `${section} of ${where} are not used: the local gateway puts no consumer into a group`
  if (section === 'plugins')
    return `plugins of ${where} are not used: the local gateway applies none by group, so requests pass without them`
  return `${section} of ${where} are not used: ${unused[section] ?? 'the local gateway does not know them'}`
}

function notesOn(entity: Entity, top: Table): string[] {
  return [...referenceNotes(entity.item), ...ownNotes(entity, top)]
}

/** decK writes `service: { name: shop }`. */
function referenceNotes(item: Item): string[] {
  return item.asObjects.map(
    (parent) =>
      `${label(item)} names its ${parent} by an object: decK takes that, Kong itself wants its name or id`,
  )
}

function ownNotes({ item, data }: Entity, top: Table): string[] {
  if (item.kind === 'services') return serviceNotes(item, data, top)
  if (item.kind === 'routes') return routeNotes(item)
  return item.kind === 'plugins' ? pluginNotes(item) : []
}

function serviceNotes(item: Item, data: Table, top: Table): string[] {
  const where = label(item)
  const written = (name: string, why: string) =>
    present(item.data[name]) ? [`${name} of ${where} is without effect: ${why}`] : []
  const upstreams = Array.isArray(top.upstreams) ? top.upstreams : []
  const isBalanced = upstreams.some((upstream) => isTable(upstream) && upstream.name === data.host)
  return [
    ...written('client_certificate', 'the local gateway shows no certificate to services'),
    ...written('tls_verify_depth', 'the local gateway checks a whole chain'),
    ...written('ca_certificates', 'the local gateway checks by the authorities that Node knows'),
    ...(spoken.has(String(data.protocol))
      ? []
      : [`${where} speaks ${String(data.protocol)}, which the local gateway does not`]),
    ...(isBalanced
      ? [
          `${where} goes to the upstream "${String(data.host)}", whose targets the local gateway does not ask: it looks for a host of that name`,
        ]
      : []),
  ]
}

const spoken = new Set(['http', 'https', 'tcp', 'tls'])

function routeNotes(item: Item): string[] {
  const where = label(item)
  const protocols = Array.isArray(item.data.protocols) ? item.data.protocols.map(String) : ['http']
  const foreign = protocols.filter((protocol) => !spoken.has(protocol))
  const rest = foreign.length === protocols.length ? ', so that nothing reaches it' : ''
  return [
    ...(isExpression(item)
      ? [
          `${where} is left out: the local gateway does not read expressions, which Kong reads with router_flavor = expressions only`,
        ]
      : []),
    ...(foreign.length > 0
      ? [`${where} is for ${foreign.join(', ')}, which the local gateway does not speak${rest}`]
      : []),
    ...(item.data.path_handling === 'v1'
      ? [`path_handling v1 of ${where} is not used: Kong's default router does not either, both take v0`]
      : []),
  ]
}

/** A route of Kong's other router. */
export function isExpression({ kind, data }: Item): boolean {
  return kind === 'routes' && present(data.expression)
}

function pluginNotes(item: Item): string[] {
  const name = String(item.data.name)
  return [
    ...(isKongsOwn(name)
      ? [
          `${name} is one of Kong's own plugins: the local gateway does not run it, so requests pass without it`,
        ]
      : []),
    ...(isForGroup(item)
      ? [
          `${label(item)} of the consumer group ${JSON.stringify(item.data.consumer_group)} is not used: the local gateway applies none by group, so requests pass without it`,
        ]
      : []),
    ...(present(item.data.ordering)
      ? [
          `ordering of ${label(item)} is not used: it is for Kong Gateway Enterprise, and plugins run by priority here`,
        ]
      : []),
  ]
}

/** A plugin for a group of consumers, which Kong Gateway Enterprise has. */
export function isForGroup({ kind, data }: Item): boolean {
  return kind === 'plugins' && present(data.consumer_group)
}
