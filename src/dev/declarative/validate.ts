import type { Issue, Table as Mutable, Schema } from '../../schema/definition.ts'
import { fill, validate } from '../../schema/engine.ts'
import {
  type Check,
  checkAddress,
  checkHeader,
  checkHost,
  checkName,
  checkPath,
  checkRouteHost,
  checkRoutePath,
  checkSni,
} from './checks.ts'
import { type Item, isTable, type Kind, label, type Table } from './items.ts'
import type { Mistakes } from './mistakes.ts'
import { consumerSchema, groupSchema, pluginSchema, routeSchema, serviceSchema } from './schemas.ts'
import type { Path } from './yaml-file.ts'

/** The entity with Kong's defaults and without absent members; what Kong would refuse of it becomes mistakes. */
export function validateItem(item: Item, mistakes: Mistakes): Table {
  const schema = schemaOf(item)
  const filled = fill(schema, item.data as Mutable)
  const failed = new Set<string>()
  for (const [path, words] of issuesOf(validate(schema, filled), [])) {
    failed.add(String(path[0]))
    mistakes.add([...item.path, ...path], `${titled(item, path)}: ${words}`)
  }
  for (const [path, words] of checkValues(item, filled))
    if (!failed.has(String(path[0]))) mistakes.add([...item.path, ...path], `${titled(item, path)}: ${words}`)
  return withoutNulls(filled)
}

/** A plugin's config stays as it is written. */
function withoutNulls(data: Table): Table {
  const present = Object.entries(data).filter(([, value]) => value !== null)
  return Object.fromEntries(present.map(([name, value]) => [name, name === 'config' ? value : plain(value)]))
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  return isTable(value) ? withoutNulls(value) : value
}

function titled(item: Item, path: Path): string {
  const names = path.filter((key) => typeof key === 'string')
  return names.length === 0 ? label(item) : `${label(item)}, ${names.join('.')}`
}

function schemaOf({ kind, data }: Item): Schema {
  return kind === 'routes' ? routeSchema(data.protocols) : schemas[kind]
}

const schemas: Readonly<Record<Exclude<Kind, 'routes'>, Schema>> = {
  services: serviceSchema,
  consumers: consumerSchema,
  consumer_groups: groupSchema,
  plugins: pluginSchema,
}

type Found = readonly [path: Path, words: string]

/** Kong's nested errors, each with its own path; what concerns an entity as a whole has an empty one. */
function* issuesOf(issue: Issue | null, path: Path): Generator<Found> {
  if (issue === null) return
  if (typeof issue === 'string') yield [path, issue]
  else if (Array.isArray(issue))
    for (const [index, inner] of issue.entries()) yield* issuesOf(inner, [...path, index])
  else
    for (const [name, inner] of Object.entries(issue)) {
      if (name !== '@entity') yield* issuesOf(inner, [...path, name])
      else for (const words of [inner].flat()) yield [path, String(words)]
    }
}

function* checkValues({ kind, data }: Item, filled: Table): Generator<Found> {
  if (kind === 'plugins' && data.config !== undefined && !isRecord(data.config))
    yield [['config'], 'expected a record']
  for (const [field, check] of Object.entries(checks[kind]))
    for (const [path, value] of textsOf(filled[field], [field])) {
      const words = check(value)
      if (words !== undefined) yield [path, words]
    }
  if (kind !== 'routes' || !isTable(filled.headers)) return
  for (const [name, values] of Object.entries(filled.headers))
    if (Array.isArray(values) && values.length === 0) yield [['headers', name], 'length must be at least 1']
}

/** In Lua an empty list is an empty record. */
function isRecord(value: unknown): boolean {
  return isTable(value) || (Array.isArray(value) && value.length === 0)
}

const checks: Readonly<Record<Kind, Readonly<Record<string, Check>>>> = {
  services: { name: checkName, host: checkHost, path: checkPath },
  routes: {
    name: checkName,
    hosts: checkRouteHost,
    paths: checkRoutePath,
    headers: checkHeader,
    snis: checkSni,
    sources: checkAddress,
    destinations: checkAddress,
  },
  consumers: {},
  consumer_groups: { name: checkName },
  plugins: { instance_name: checkName },
}

function* textsOf(value: unknown, path: Path): Generator<Found> {
  if (typeof value === 'string') yield [path, value]
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value))
      yield* textsOf(inner, [...path, Array.isArray(value) ? Number(key) : key])
}
