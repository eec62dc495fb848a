import { isKongsOwn } from '../../../build/name.ts'
import type { Consumer, ConsumerGroup, Route, Service } from '../../pdk/entities.ts'
import type { Declarative, PluginEntity } from './entities.ts'
import { type Entity, identify } from './identify.ts'
import { collectItems, type Item, isTable, type Kind, present, type Table } from './items.ts'
import { Mistakes } from './mistakes.ts'
import { isExpression, isForGroup, notesOf } from './notes.ts'
import { prepare } from './prepare.ts'
import { formatVersions, meta, ofPlugins, unused } from './sections.ts'
import { validateItem } from './validate.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

/**
 * Reads a file in Kong's declarative format, YAML or JSON, by Kong 3.9's own rules. `file` is its name for messages.
 * Throws a BuildError with all that Kong would refuse, a line each with its place, as far as possible in Kong's words.
 *
 * Plugins that come with Kong, and routes of expressions, are not among the entities: the notes tell of them.
 */
export function readDeclarative(text: string, file: string): Declarative {
  const yaml = readYaml(text, file)
  const mistakes = new Mistakes(file, yaml)
  const top = isTable(yaml.value) ? yaml.value : {}
  if (isTable(yaml.value)) checkTop(top, mistakes)
  else mistakes.add([], 'expected an object: begin with _format_version: "3.0"')
  const { items, others } = collectItems(top, mistakes)
  const checked = items
    .map((item) => prepare(item, top, mistakes))
    .map((item) => ({ item, data: isExpression(item) ? item.data : dataOf(item, mistakes) }))
  const entities = identify(checked, mistakes)
  mistakes.check()
  return {
    entities: {
      services: ofKind(entities, 'services').map(serviceOf),
      routes: ofKind(entities, 'routes')
        .filter(({ item }) => !isExpression(item))
        .map(routeOf),
      consumers: ofKind(entities, 'consumers').map(memberOf<Consumer>),
      groups: ofKind(entities, 'consumer_groups').map(memberOf<ConsumerGroup>),
      plugins: ofKind(entities, 'plugins')
        .filter(({ item, data }) => !isForGroup(item) && !isKongsOwn(String(data.name)))
        .map((entity) => pluginOf(entity, file, yaml)),
    },
    notes: notesOf(top, entities, others),
  }
}

function checkTop(top: Table, mistakes: Mistakes): void {
  const version = top._format_version
  if (typeof version === 'string') {
    if (!formatVersions.includes(version))
      mistakes.add(['_format_version'], `in '_format_version': expected one of: ${formatVersions.join(', ')}`)
  } else {
    const words = present(version) ? 'expected a string' : 'required field missing'
    mistakes.add(['_format_version'], `in '_format_version': ${words}: write _format_version: "3.0"`)
  }
  if (present(top._transform) && typeof top._transform !== 'boolean')
    mistakes.add(['_transform'], "in '_transform': expected a boolean")
  for (const section of Object.keys(top)) {
    const isKnown =
      meta.has(section) || read.has(section) || ofPlugins.has(section) || Object.hasOwn(unused, section)
    if (!isKnown) mistakes.add([section], `in '${section}': unknown field`)
  }
}

const read = new Set<string>([
  'services',
  'routes',
  'consumers',
  'consumer_groups',
  'plugins',
] satisfies Kind[])

function dataOf(item: Item, mistakes: Mistakes): Table {
  const { ordering: _, consumer_group: __, ...data } = item.data
  return validateItem(item.kind === 'plugins' ? { ...item, data } : item, mistakes)
}

function ofKind(entities: readonly Entity[], kind: Kind): Entity[] {
  return entities.filter(({ item }) => item.kind === kind)
}

function serviceOf({ id, data }: Entity): Service {
  const certificate = data.client_certificate
  return {
    id,
    ...data,
    ...(typeof certificate === 'string' && { client_certificate: { id: certificate } }),
  } as Service
}

function routeOf({ id, data, parents }: Entity): Route {
  return { id, ...data, ...(parents.service !== undefined && { service: { id: parents.service } }) } as Route
}

function memberOf<T extends Consumer | ConsumerGroup>({ id, data }: Entity): T {
  return { id, ...data } as unknown as T
}

function pluginOf({ item, id, data, parents }: Entity, file: string, yaml: YamlFile): PluginEntity {
  const { id: _, name, instance_name: instance, enabled, config, created_at, updated_at, ...others } = data
  const { line, column } = yaml.place(item.path)
  return {
    id,
    name: String(name),
    instanceName: instance === undefined ? undefined : String(instance),
    enabled: enabled !== false,
    config: isTable(config) ? config : {},
    others,
    route: parents.route,
    service: parents.service,
    consumer: parents.consumer,
    place: `${file}:${line}:${column}`,
  }
}
