import { type Item, type Kind, kindOf, label, type Parent, type Reference, type Table } from './items.ts'
import type { Mistakes } from './mistakes.ts'
import { nameUuid } from './uuid.ts'
import type { Path } from './yaml-file.ts'

/** An item that was checked: its id, its members with defaults, and the ids that it refers to. */
export interface Entity {
  readonly item: Item
  readonly id: string
  readonly data: Table
  readonly parents: Readonly<Partial<Record<Parent, string>>>
}

/**
 * Gives ids and follows references. An id that is not written is the one that Kong gives: the UUID of version 5 of its
 * name; where Kong takes a random one, it follows from the place in the file.
 */
export function identify(
  items: readonly { readonly item: Item; readonly data: Table }[],
  mistakes: Mistakes,
): Entity[] {
  const ids = new Map(items.map(({ item }) => [item.path, idOf(item)]))
  const known = knownOf(items, ids, mistakes)
  const idBehind = (item: Item, parent: Parent, reference: Reference): string | undefined => {
    if (typeof reference !== 'string') return ids.get(reference.path)
    const id = known[kindOf[parent]].get(reference)
    if (id === undefined)
      mistakes.add(
        [...item.path, parent],
        `${label(item)}: invalid reference '${parent}: ${reference}' (no such entry in '${kindOf[parent]}')`,
      )
    return id
  }
  const entities = items.map(({ item, data }) => {
    const parents = Object.entries(item.refs).map(
      ([parent, reference]) => [parent, idBehind(item, parent as Parent, reference)] as const,
    )
    return {
      item,
      id: ids.get(item.path)!,
      data,
      parents: Object.fromEntries(parents.filter(([, id]) => id !== undefined)),
    }
  })
  checkScopes(entities, mistakes)
  return entities
}

function idOf({ kind, path, data, refs }: Item): string {
  if (typeof data.id === 'string') return data.id
  const name = kind === 'consumers' ? data.username : data.name
  if (typeof name !== 'string') return placeId(kind, path)
  if (kind !== 'plugins') return kongId(kind, name)
  const parents = parentOrder.map((parent) => keyOf(refs[parent]))
  if (parents.includes(undefined)) return placeId(kind, path)
  return kongId(kind, ['plugins', '*', name, ...parents].join(':'))
}

const parentOrder = ['route', 'service', 'consumer'] as const

/** What Kong makes a plugin's id of: the reference as it is written, or the id of what it is nested in. */
function keyOf(reference: Reference | undefined): string | undefined {
  if (reference === undefined) return ''
  if (typeof reference === 'string') return reference
  const { data, kind } = reference
  const isNamed = [data.id, kind === 'consumers' ? data.username : data.name].some(
    (name) => typeof name === 'string',
  )
  return isNamed ? idOf(reference) : undefined
}

/** kong/db/schema/others/declarative_config.lua */
const entityNamespace = 'fd02801f-0957-4a15-a55a-c8d9606f30b5'

function kongId(kind: Kind, key: string): string {
  return nameUuid(nameUuid(entityNamespace, kind), key)
}

function placeId(kind: Kind, path: Path): string {
  return kongId(kind, `#${path.join('/')}`)
}

/** The ids by name and by id, of each kind. */
function knownOf(
  items: readonly { readonly item: Item }[],
  ids: ReadonlyMap<Path, string>,
  mistakes: Mistakes,
): Record<Kind, Map<string, string>> {
  const names: Record<Kind, Map<string, string>> = emptyMaps()
  const taken: Record<Kind, Set<string>> = emptySets()
  for (const { item } of items) {
    const id = ids.get(item.path)!
    for (const field of unique[item.kind]) {
      const value = item.data[field]
      if (typeof value !== 'string') continue
      const key = `${field}: ${value}`
      if (taken[item.kind].has(key)) mistakes.add([...item.path, field], twice(item, field, value))
      taken[item.kind].add(key)
      if (field === unique[item.kind][0] && !names[item.kind].has(value)) names[item.kind].set(value, id)
    }
  }
  for (const { item } of items) {
    const id = ids.get(item.path)!
    names[item.kind].set(id, id)
  }
  return names
}

const unique: Readonly<Record<Kind, readonly string[]>> = {
  services: ['name', 'id'],
  routes: ['name', 'id'],
  consumers: ['username', 'custom_id', 'id'],
  consumer_groups: ['name', 'id'],
  plugins: ['instance_name', 'id'],
}

function twice({ kind }: Item, field: string, value: string): string {
  const which = field === 'id' ? 'primary key' : field
  return `uniqueness violation: '${kind}' entity with ${which} set to '${value}' already declared`
}

function emptyMaps(): Record<Kind, Map<string, string>> {
  return {
    services: new Map(),
    routes: new Map(),
    consumers: new Map(),
    consumer_groups: new Map(),
    plugins: new Map(),
  }
}

function emptySets(): Record<Kind, Set<string>> {
  return {
    services: new Set(),
    routes: new Set(),
    consumers: new Set(),
    consumer_groups: new Set(),
    plugins: new Set(),
  }
}

/** Kong takes one configuration of a plugin for the same route, service and consumer. */
function checkScopes(entities: readonly Entity[], mistakes: Mistakes): void {
  const taken = new Set<string>()
  for (const { item, data, parents } of entities) {
    if (item.kind !== 'plugins' || typeof data.name !== 'string') continue
    const scope = parentOrder.flatMap((parent) => (parents[parent] ? [`${parent} ${parents[parent]}`] : []))
    const key = [data.name, ...scope].join(' ')
    if (taken.has(key))
      mistakes.add(
        item.path,
        `${label(item)}: it is configured twice for ${scope.length === 0 ? 'all requests' : 'the same requests'}`,
      )
    taken.add(key)
  }
}
