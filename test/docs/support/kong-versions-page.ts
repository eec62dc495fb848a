import { readFileSync } from 'node:fs'
import type { Findings } from '../../../build/check/findings.ts'
import { checkKong, type Server } from '../../../build/check/kong.ts'
import { readKongVersion } from '../../../build/check/kong-version.ts'
import * as words from '../../../build/check/schema-words.ts'
import { stockImages } from '../../../build/check/stock-images.ts'
import { settingsOf } from '../../../src/cli/config/settings.ts'
import { type Setup, settle } from '../../../src/cli/config/setup.ts'
import { methods } from '../../../src/pdk/methods.ts'
import { type Dialect, dialects } from '../../../src/pdk/phases.ts'
import { dialectsOf, type Row } from '../../../src/pdk/row.ts'
import { manifestWith, pluginWith } from '../../build/support/check-target.ts'

type Changes = Parameters<typeof pluginWith>[0]

/** The columns and rows of the page. */
export const kongVersions = '2.8 3.0 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9 3.10'.split(' ')

export const pagePath = 'docs/kong-versions.md'

/** The page with each part between its two marks made anew from the kit's own data. */
export function kongVersionsPage(page = readFileSync(pagePath, 'utf8')): string {
  return Object.entries(parts).reduce((text, [name, write]) => {
    const [begin, end] = [`<!-- from the code: ${name} -->`, '<!-- end -->']
    const [before, rest] = cut(text, begin)
    return `${before}${begin}\n\n${write()}\n\n${end}${cut(rest, end)[1]}`
  }, page)
}

const parts: Readonly<Record<string, () => string>> = {
  overview,
  settings,
  'functions by version': functionsByVersion,
  'all functions': allFunctions,
  'schema words': schemaWords,
  images,
}

function cut(text: string, mark: string): [before: string, rest: string] {
  const at = text.indexOf(mark)
  if (at < 0) throw new Error(`${pagePath} has no ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

function overview(): string {
  return table(
    ['', ...kongVersions],
    overviewRows.map(([what, cell]) => [what, ...kongVersions.map(cell)]),
  )
}

const msgpack = { protocol: 'MsgPack:1' } as const

const overviewRows: readonly (readonly [what: string, cell: (version: string) => string])[] = [
  ['functions over ProtoBuf:1', (version) => String(functionsOf(version, 'ProtoBuf:1').length)],
  ['functions over MsgPack:1', (version) => String(functionsOf(version, 'MsgPack:1').length)],
  [
    'commands that `kong.conf` has to name',
    (version) => (settleFor(version).servers[0]?.usual ? 'none' : 'both'),
  ],
  [
    'a server that Kong does not start',
    (version) => (refuses(version, {}, 'unmanaged') ? '**never used**' : 'works'),
  ],
  [
    'several plugins in one process that Kong starts',
    (version) => (settleFor(version, true, 2).links.length > 0 ? 'no' : 'yes'),
  ],
  ['`preread`', (version) => (refuses(version, { phases: ['preread'] }) ? '**never asked**' : 'runs')],
  [
    '`response` over HTTP/2',
    (version) => (notes(version, { phases: ['response'] }, 'HTTP/2') ? '**skipped**' : 'runs'),
  ],
  ['the process dies in a request, ProtoBuf:1', (version) => dies(version, {})],
  ['the process dies in a request, MsgPack:1', (version) => dies(version, msgpack)],
  [
    'a request before the server listens',
    (version) => {
      if (notes(version, {}, 'comes before the server listens')) return '**blocks**'
      return notes(version, {}, 'seen the server listen') ? '**passes**' : '500'
    },
  ],
  ['restart of the server, ProtoBuf:1', (version) => restarts(version, {})],
  ['restart of the server, MsgPack:1', (version) => restarts(version, msgpack)],
  [
    'a changed configuration',
    (version) => (notes(version, {}, 'old configuration') ? '**not used**' : 'used'),
  ],
  [
    '`GET /` of the Admin API, where Kong starts the server',
    (version) => (notes(version, {}, '14260', 'managed') ? '**fails**' : 'works'),
  ],
]

function dies(version: string, plugin: Changes): string {
  return notes(version, plugin, 'requests pass without guard') ? '**may pass**' : '500'
}

function restarts(version: string, plugin: Changes): string {
  return notes(version, plugin, 'without end') ? '**refused**' : 'works'
}

function settings(): string {
  const rows = ([true, false] as const).flatMap((managed) =>
    merged(
      kongVersions.filter((version) => managed || !refuses(version, {}, 'unmanaged')),
      (version) =>
        settingsOf(settleFor(version, managed))
          .filter(({ name }) => name.startsWith('pluginserver_'))
          .map(({ name, value }) => `\`${name} = ${value}\``)
          .join('<br>'),
    ).map(([versions, cell]) => [managed ? 'Kong' : 'somebody else', versions, cell]),
  )
  return table(['who starts the server', 'Kong', 'settings of a binary `hello`'], rows)
}

function functionsByVersion(): string {
  const rows = functions().filter(
    (row) =>
      row.edition === undefined && new Set(kongVersions.map((version) => reach(row, version))).size > 1,
  )
  return table(
    ['function', ...kongVersions],
    rows.map((row) => [`\`${row.name}\``, ...kongVersions.map((version) => reach(row, version))]),
  )
}

function allFunctions(): string {
  return table(
    ['function', 'here', 'ProtoBuf:1', 'MsgPack:1', 'phases in 3.9'],
    functions().map((row) => [
      `\`${row.name}\`${row.edition === undefined ? '' : ' (Enterprise)'}`,
      namesHere(row.name)
        .map((name) => `\`${name}\``)
        .join(', '),
      ...dialects.map((dialect) => sinceIn(row, dialect)),
      row.phases.length === 6 ? 'all' : row.phases.join(', ') || 'none',
    ]),
  )
}

function schemaWords(): string {
  const later = (table: Readonly<Record<string, string>>, say: (word: string) => string) =>
    Object.entries(table).map(([word, since]): string[] => [say(word), since, '', 'does not start'])
  return table(
    ['word of the schema', 'from', 'up to', 'another Kong'],
    [
      ...later(words.types, (word) => `type \`${word}\``),
      ...later(words.attributes, (word) => `\`${word}\``),
      ...Object.entries(words.members).flatMap(([of, members]) =>
        later(members, (word) => `\`${of}.${word}\``),
      ),
      ...later(words.entityChecks, (word) => `entity check \`${word}\``),
      ...later(words.pluginFields, (word) => `field \`${word}\` of the plugin itself`),
      ['`between` with fractions', words.fractionsInBetween, '', 'does not start'],
      [
        '`referenceable` in the values of a map',
        words.referencesInMaps,
        '',
        'hands the reference itself to the plugin',
      ],
      ...Object.entries(words.dropped).map(([word, until]) => [
        `\`${word}\``,
        '',
        lineBefore(until),
        'does not start',
      ]),
    ],
  )
}

/** The lines of Kong and the patches of 2.8 whose images differ. */
export const imageVersions = ['2.8.2', '2.8.3', '2.8.5', ...kongVersions.slice(1, -1)]

function images(): string {
  const rows = imageVersions.flatMap((version) =>
    stockImages(readKongVersion(version), 'x64').map(({ tag, system }) => [
      version,
      `\`${tag}\``,
      stockImages(readKongVersion(version), 'arm64').some((other) => other.tag === tag)
        ? 'x64, arm64'
        : 'x64',
      system.name,
      system.GLIBC,
      system.GLIBCXX,
    ]),
  )
  return table(['Kong', 'image', 'platforms', 'system', 'glibc', 'GLIBCXX'], rows)
}

/** What is written of each function: one row for each name on the wire. */
export function functions(): Row[] {
  const found = new Map<string, Row>()
  walk(methods, [], (_path, row) => {
    if (!found.has(row.name)) found.set(row.name, row)
  })
  return [...found.values()]
}

function namesHere(name: string): string[] {
  const names: string[] = []
  walk(methods, [], (path, row) => {
    if (row.name === name) names.push(['kong', ...path.filter((part) => part !== 'self')].join('.'))
  })
  return names
}

function walk(
  value: unknown,
  path: readonly string[],
  visit: (path: readonly string[], row: Row) => void,
): void {
  if (typeof value !== 'object' || value === null) return
  if ('name' in value && 'since' in value) visit(path, value as Row)
  else for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key], visit)
}

/** `P`, `M`, both or none: what carries a function in a version. */
function reach(row: Row, version: string): string {
  const marks = dialects.filter((dialect) => offers(row, version, dialect)).map((dialect) => dialect[0])
  return marks.length === 0 ? '–' : marks.join(' ')
}

export function functionsOf(version: string, dialect: Dialect): string[] {
  return functions()
    .filter((row) => row.edition === undefined && offers(row, version, dialect))
    .map(({ name }) => name)
}

function offers({ name }: Row, version: string, protocol: Dialect): boolean {
  return !refuses(version, { pdk: [name], protocol })
}

function sinceIn(row: Row, dialect: Dialect): string {
  if (!dialectsOf(row).includes(dialect)) return ''
  if (row.edition === 'enterprise') return '3.x'
  return kongVersions.find((version) => offers(row, version, dialect)) ?? ''
}

/** What `kong-ts check` finds of a plugin like this. */
export function check(version: string, plugin: Changes, server?: Server): Findings {
  const schema = { name: 'guard', fields: [{ protocols: { default: ['http', 'tcp'] } }] }
  const manifest = manifestWith({ plugins: [pluginWith({ pdk: [], schema, ...plugin })] })
  return checkKong(manifest, readKongVersion(version), server)
}

function refuses(version: string, plugin: Changes, server?: Server): boolean {
  return check(version, plugin, server).incompatibilities.length > 0
}

function notes(version: string, plugin: Changes, part: string, server?: Server): boolean {
  return check(version, plugin, server).notes.some((note) => note.includes(part))
}

function settleFor(version: string, managed = true, count = 1): Setup {
  const plugins = Array.from({ length: count }, (_, index) =>
    pluginWith({ name: `hello${index || ''}`, pdk: [] }),
  )
  const manifest = manifestWith({ name: count > 1 ? 'pack' : 'hello', plugins })
  return settle({ binary: 'hello', manifest, kong: readKongVersion(version), managed })
}

/** Versions in a row that say the same: `3.0 to 3.8`. */
function merged(
  versions: readonly string[],
  say: (version: string) => string,
): [versions: string, said: string][] {
  const groups: { first: string; last: string; said: string }[] = []
  for (const version of versions) {
    const group = groups.at(-1)
    const said = say(version)
    const next = group !== undefined && lineBefore(version) === group.last
    if (next && group.said === said) group.last = version
    else groups.push({ first: version, last: version, said })
  }
  return groups.map(({ first, last, said }) => [first === last ? first : `${first} to ${last}`, said])
}

function lineBefore(version: string): string {
  return kongVersions[kongVersions.indexOf(version) - 1] ?? ''
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}
