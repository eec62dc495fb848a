import type { Mistakes } from './mistakes.ts'
import type { Path } from './yaml-file.ts'

export type Table = { readonly [member: string]: unknown }

/** One entity as it is written, with what was nested in it taken out. */
export interface Item {
  readonly kind: Kind
  readonly path: Path
  readonly data: Table
  /** What it is put on by being nested in it or by a reference. */
  readonly refs: Readonly<Partial<Record<Parent, Reference>>>
  /** Parents that are named by an object, which decK writes and Kong does not take. */
  readonly asObjects: readonly Parent[]
}

export type Kind = 'services' | 'routes' | 'consumers' | 'consumer_groups' | 'plugins'
export type Parent = 'service' | 'route' | 'consumer'

/** An entity itself, or its name or id. */
export type Reference = Item | string

export const kindOf = {
  service: 'services',
  route: 'routes',
  consumer: 'consumers',
} as const satisfies Record<Parent, Kind>

/** All entities of a file, the outer before the inner ones, and the sections that nobody reads. */
export function collectItems(top: Table, mistakes: Mistakes): { items: Item[]; others: Other[] } {
  const items: Item[] = []
  const others: Other[] = []
  const section = (kind: Kind, at: Path, value: unknown, refs: Item['refs']) => {
    for (const [index, entry] of listAt(value, at, mistakes).entries()) {
      const path = [...at, index]
      if (isTable(entry)) entity(kind, path, entry, refs)
      else mistakes.add(path, `in entry ${index + 1} of '${kind}': expected a record`)
    }
  }
  const entity = (kind: Kind, path: Path, entry: Table, outer: Item['refs']) => {
    const { asObjects, data, inner, refs } = takeApart(kind, entry, path, mistakes)
    const item: Item = { kind, path, data, refs: { ...outer, ...refs }, asObjects }
    items.push(item)
    for (const [name, value] of inner) {
      const isRead = name === 'plugins' || name === 'routes'
      const parent = parentOf(kind)
      if (!isRead || parent === undefined) others.push({ section: name, path: [...path, name], within: item })
      else section(name, [...path, name], value, { [parent]: item })
    }
  }
  for (const kind of kinds) if (present(top[kind])) section(kind, [kind], top[kind], {})
  return { items, others }
}

/** A part of an entity that is written but not read. */
export interface Other {
  readonly section: string
  readonly path: Path
  readonly within: Item
}

const kinds: readonly Kind[] = ['services', 'routes', 'consumers', 'consumer_groups', 'plugins']

/** Sections that may be nested, beside the credentials of consumers. */
const nested: Readonly<Record<Kind, readonly string[]>> = {
  services: ['routes', 'plugins', 'filter_chains'],
  routes: ['plugins', 'filter_chains'],
  consumers: ['plugins', 'groups'],
  consumer_groups: ['plugins', 'consumers'],
  plugins: [],
}

const references: Readonly<Record<Kind, readonly Parent[]>> = {
  services: [],
  routes: ['service'],
  consumers: [],
  consumer_groups: [],
  plugins: ['service', 'route', 'consumer'],
}

function parentOf(kind: Kind): Parent | undefined {
  return (['service', 'route', 'consumer'] as const).find((parent) => kindOf[parent] === kind)
}

function takeApart(kind: Kind, entry: Table, path: Path, mistakes: Mistakes) {
  const data: Record<string, unknown> = {}
  const inner: [string, unknown][] = []
  const refs: Partial<Record<Parent, Reference>> = {}
  const asObjects: Parent[] = []
  for (const [name, value] of Object.entries(entry)) {
    if (!present(value) || name === '_comment' || name === '_ignore') continue
    const isCredential = kind === 'consumers' && credentials.has(name)
    if (nested[kind].includes(name) || isCredential) inner.push([name, value])
    else if ((references[kind] as readonly string[]).includes(name)) {
      const reference = referenceOf(value)
      if (reference === undefined) mistakes.add([...path, name], `${name}: ${badReference}`)
      else refs[name as Parent] = reference
      if (isTable(value)) asObjects.push(name as Parent)
    } else Object.defineProperty(data, name, { value, enumerable: true, configurable: true })
  }
  return { asObjects, data, inner, refs }
}

const badReference = 'expected a string, or a record with id or name'

export const credentials = new Set([
  'acls',
  'basicauth_credentials',
  'hmacauth_credentials',
  'jwt_secrets',
  'keyauth_credentials',
  'keyauth_enc_credentials',
  'mtls_auth_credentials',
  'oauth2_credentials',
  'oauth2_tokens',
  'oauth2_authorization_codes',
])

/** Kong's own form is text; its tool decK writes `{ name: … }`, and the Admin API `{ id: … }`. */
function referenceOf(value: unknown): string | undefined {
  const named = isTable(value) ? (value.id ?? value.name ?? value.username) : value
  return typeof named === 'string' ? named : undefined
}

function listAt(value: unknown, path: Path, mistakes: Mistakes): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (!isTable(value) || Object.keys(value).length > 0)
    mistakes.add(path, `in '${String(path.at(-1))}': expected an array`)
  return []
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function present(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** As a person calls it: by its kind and name, or by its place in the file. */
export function label({ kind, path, data }: Item): string {
  const name = data.name ?? data.username ?? data.custom_id ?? data.id
  const singular = kind.replace('_', ' ').slice(0, -1)
  return typeof name === 'string' ? `${singular} "${name}"` : `entry ${Number(path.at(-1)) + 1} of ${kind}`
}
