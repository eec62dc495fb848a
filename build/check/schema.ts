import type { ManifestPlugin } from '../manifest.ts'
import { type Findings, found, joinFindings, listSome } from './findings.ts'
import { type KongVersion, reaches, writeKongVersion } from './kong-version.ts'
import * as words from './schema-words.ts'

/** A word that only some versions of Kong know, and where it stands. */
interface Use {
  readonly word: string
  readonly since?: string
  readonly until?: string
  readonly path: string
  /** What a Kong that does not know it does; most refuse the schema. */
  readonly otherwise?: string
}

/** What the schema of a plugin says that this Kong would refuse. */
export function checkSchema({ name, schema }: ManifestPlugin, kong: KongVersion): Findings {
  const unknown = usesOf(schema).filter(
    ({ since, until }) =>
      (since !== undefined && !reaches(kong, since)) || (until !== undefined && reaches(kong, until)),
  )
  const spelt = [...new Set(unknown.map(({ word }) => word))]
  return joinFindings(
    ...spelt.map((word) =>
      found(
        refusal(
          name,
          word,
          unknown.filter((use) => use.word === word),
          kong,
        ),
      ),
    ),
  )
}

function refusal(plugin: string, word: string, uses: readonly Use[], kong: KongVersion) {
  const { since, until, otherwise = 'refuses the schema and does not start' } = uses[0]!
  const places = listSome([...new Set(uses.map(({ path }) => path))])
  return {
    name: `schema of ${plugin}: ${word}`,
    have: `Kong ${writeKongVersion(kong)}`,
    want: since === undefined ? `a Kong before ${until}` : `Kong ${since} or later`,
    advice: `leave it out of ${places}, or use such a Kong: this one ${otherwise}`,
  }
}

function usesOf(schema: unknown): Use[] {
  const top = objectOf(schema)
  const fields = fieldsOf(top.fields).flatMap(([name, field]) => [
    ...since(words.pluginFields, name, name, `field ${name}`),
    ...usesOfField(field, name),
  ])
  return [...fields, ...usesOfChecks(top.entity_checks, 'the whole plugin')]
}

// A field is whatever stands under a name, under `elements`, `keys` or `values`, and in a condition of an entity check.
function usesOfField(value: unknown, path: string): Use[] {
  const field = objectOf(value)
  const own = Object.keys(field).flatMap((word) => [
    ...since(words.attributes, word, path),
    ...Object.keys(objectOf(field[word])).flatMap((member) =>
      since(membersOf(word), member, path, `${member} of ${word}`),
    ),
    ...(Object.hasOwn(words.dropped, word) ? [{ word, until: words.dropped[word]!, path }] : []),
  ])
  const type =
    typeof field.type === 'string' ? since(words.types, field.type, path, `type ${field.type}`) : []
  const bounds: unknown[] = Array.isArray(field.between) ? field.between : []
  const fraction = bounds.some((bound) => typeof bound === 'number' && !Number.isInteger(bound))
  return [
    ...own,
    ...type,
    ...(fraction ? [{ word: 'between with fractions', since: words.fractionsInBetween, path }] : []),
    ...(['elements', 'keys', 'values'] as const).flatMap((inner) =>
      field[inner] === undefined ? [] : usesOfField(field[inner], `${path}.${inner}`),
    ),
    ...referencesIn(field, path),
    ...fieldsOf(field.fields).flatMap(([name, inner]) => usesOfField(inner, `${path}.${name}`)),
    ...usesOfChecks(field.entity_checks, path),
  ]
}

function referencesIn({ type, values }: Record<string, unknown>, path: string): Use[] {
  if (type !== 'map' || objectOf(values).referenceable !== true) return []
  const otherwise = 'hands the references on to the plugin as they are'
  return [
    { word: 'referenceable in a map', since: words.referencesInMaps, path: `${path}.values`, otherwise },
  ]
}

function usesOfChecks(checks: unknown, path: string): Use[] {
  return fieldsOf(checks).flatMap(([kind, value]) => {
    const check = objectOf(value)
    return [
      ...since(words.entityChecks, kind, path, `entity check ${kind}`),
      ...(['if_match', 'then_match', 'else_match'] as const).flatMap((match) =>
        check[match] === undefined ? [] : usesOfField(check[match], `${path} (${kind})`),
      ),
    ]
  })
}

function membersOf(word: string): Readonly<Record<string, string>> {
  return Object.hasOwn(words.members, word) ? (words.members[word] ?? {}) : {}
}

function since(table: Readonly<Record<string, string>>, key: string, path: string, word = key): Use[] {
  return Object.hasOwn(table, key) ? [{ word, since: table[key]!, path }] : []
}

/** `[{ a: … }, { b: … }]`, as Kong writes fields and entity checks. */
function fieldsOf(list: unknown): [string, unknown][] {
  return Array.isArray(list) ? list.flatMap((entry) => Object.entries(objectOf(entry))) : []
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}
