import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Server } from '../../build/check/kong.ts'
import { hostPlatform } from '../../build/targets.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import { dialects, phases } from '../../src/pdk/phases.ts'
import { print, single } from '../cli/config-support/print.ts'
import {
  check,
  functions,
  functionsOf,
  imageVersions,
  kongVersions,
  kongVersionsPage,
  pagePath,
} from './support/kong-versions-page.ts'
import { commandsOf } from './support/markdown.ts'
import { rangeOf, type Table, tablesOf } from './support/tables.ts'

/** What Kong's own source has at the first tag of each line, read apart from the kit. */
interface KongFunctions {
  readonly tags: Readonly<Record<string, string>>
  readonly functions: Readonly<Record<string, string>>
  readonly protobuf: Readonly<Record<string, string>>
  readonly phases: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

const page = readFileSync(pagePath, 'utf8')
const facts = JSON.parse(readFileSync('test/docs/facts/kong-functions.json', 'utf8')) as KongFunctions
const tables = tablesOf(page)
const here = hostPlatform() === 'linux-x64' ? test : test.skip

test('kong-versions.md: is what the code says; test/docs/support/write-kong-versions.ts writes it anew', () => {
  assert.is(page, kongVersionsPage(page))
})

test('kong-versions.md: every table is complete, and every range is one of versions of the page', () => {
  assert.is(tables.length, 17)
  for (const { heading, heads, rows } of tables) {
    assert.ok(rows.length > 3, heading)
    for (const row of rows) {
      assert.is(row.length, heads.length, `${heading}: ${row.join(' | ')}`)
      const range = row[heads.indexOf('Kong')]
      if (range !== undefined && !['Images', "What the kit's own tools take for Kong"].includes(heading))
        assert.ok(rangeOf(range).length > 0 || range === '2.4', `${heading}: ${range}`)
    }
    if (heads.includes('2.8')) assert.equal(heads.slice(1), kongVersions, heading)
  }
})

/** What a person read from Kong's source: 2.8, then 3.0 to 3.10. */
const glance: Readonly<Record<string, string>> = {
  'functions over ProtoBuf:1': '73 73 74 74 74 74 74 74 74 74 74 74',
  'commands that `kong.conf` has to name': 'both both both both both both both both both both none none',
  'a server that Kong does not start':
    'works works never never never never works works works works works works',
  'several plugins in one process that Kong starts': 'yes yes no no no no yes yes yes yes yes yes',
  '`preread`': 'runs runs never never never never runs runs runs runs runs runs',
  '`response` over HTTP/2':
    'skipped skipped skipped skipped skipped skipped skipped skipped skipped skipped runs runs',
  'the process dies in a request, ProtoBuf:1': 'may may may may may may may may may 500 500 500',
  'the process dies in a request, MsgPack:1': 'may may may may may may may may may may may may',
  'a request before the server listens': 'blocks blocks blocks blocks passes passes 500 500 500 500 500 500',
  'restart of the server, ProtoBuf:1':
    'works works works works works works refused works works works works works',
  'restart of the server, MsgPack:1':
    'works works works works works works refused refused works works works works',
  'a changed configuration': 'used used used used used used used not used used used used',
  '`GET /` of the Admin API, where Kong starts the server':
    'works works works works works works works works works works fails works',
}

test('kong-versions.md: at a glance it says what was read from the source of each version', () => {
  const { rows } = tableAt('At a glance')
  for (const [what, expected] of Object.entries(glance)) {
    const cells = rows.find(([name]) => name === what)?.slice(1) ?? []
    assert.is(cells.map((cell) => cell.replaceAll('*', '').split(' ')[0]).join(' '), expected, what)
  }
  assert.equal(
    rows.map(([what]) => what).filter((what = '') => !(what in glance)),
    ['functions over MsgPack:1'],
  )
})

test('kong-versions.md: each function is there from the version on whose source has it', () => {
  for (const version of kongVersions.filter((line) => line !== '3.10'))
    for (const dialect of dialects) {
      const source = dialect === 'ProtoBuf:1' ? facts.protobuf : facts.functions
      const reached = functions()
        .filter(({ edition, protobuf }) => edition === undefined && (protobuf || dialect === 'MsgPack:1'))
        .map(({ name }) => name)
        .filter((name) => kongVersions.indexOf(source[name] ?? '') <= kongVersions.indexOf(version))
      assert.equal(functionsOf(version, dialect).sort(), reached.sort(), `${version} ${dialect}`)
    }
  const known = functions().map(({ name }) => name)
  assert.equal(
    known.filter((name) => facts.functions[name] === undefined && !page.includes(`\`${name}\` (Enterprise)`)),
    // kong.log itself is no function of a module, and those of inspect are made when it is.
    ['kong.log', 'kong.log.inspect', 'kong.log.inspect.on', 'kong.log.inspect.off'].filter(
      (name) => facts.functions[name] === undefined,
    ),
  )
})

test('kong-versions.md: the table by version says what the source of each version has', () => {
  const { rows } = tableAt('Functions')
  for (const [cell = '', ...marks] of rows) {
    const name = cell.replaceAll('`', '')
    const since = kongVersions.indexOf(facts.functions[name] ?? '')
    const carried = facts.protobuf[name] === undefined ? 'M' : 'P M'
    assert.ok(since > 0, name)
    assert.equal(
      marks,
      kongVersions.map((_, index) => (index < since ? '–' : carried)),
      name,
    )
  }
  const later = Object.entries(facts.functions).filter(([, since]) => since !== '2.8')
  const named = rows.map(([cell = '']) => cell.replaceAll('`', ''))
  const reached = later.map(([name]) => name).filter((name) => functions().some((row) => row.name === name))
  assert.equal(named.sort(), reached.sort())
})

test('kong-versions.md: every function that it names is one of Kong', () => {
  const named = [...page.matchAll(/`(kong\.[a-z_]+(?:\.[a-z_0-9]+)+)`/g)].map(([, name = '']) => name)
  const known = new Set([...Object.keys(facts.functions), ...functions().map(({ name }) => name)])
  assert.ok(named.length > 150)
  assert.equal(
    // Names in camel case are those of the kit, and are written from its table.
    named.filter((name) => !known.has(name) && name !== 'kong.conf'),
    [],
  )
})

const allPhases = [[], ...phases.map((phase) => [phase])]
const servers: readonly (Server | undefined)[] = [undefined, 'managed', 'unmanaged']

test('kong-versions.md: functions that do otherwise are those that check names, in these versions', () => {
  const { rows } = tableAt('Functions that do otherwise')
  const said = new Map(rows.map(([name = '', range = '']) => [name.replaceAll('`', ''), rangeOf(range)]))
  assert.is(said.size, rows.length)
  for (const { name, edition } of functions()) {
    if (edition !== undefined) continue
    const noted = kongVersions.filter((version) =>
      dialects.some((protocol) =>
        allPhases.some((one) =>
          check(version, { pdk: [name], protocol, phases: one }).notes.some((note) =>
            note.startsWith(`guard names ${name}, `),
          ),
        ),
      ),
    )
    assert.equal(noted, said.get(name) ?? [], name)
  }
})

test('kong-versions.md: phases that a function came to are those of the source', () => {
  for (const [name, changes] of Object.entries(facts.phases)) {
    const [, second = ''] = Object.keys(changes)
    const added = (changes[second] ?? []).filter((phase) => !(changes['2.8'] ?? []).includes(phase))
    const row = tableAt('Functions that do otherwise').rows.find(([cell]) => cell === `\`${name}\``) ?? []
    const [, range = '', what = ''] = row
    assert.is(rangeOf(range).at(-1), kongVersions[kongVersions.indexOf(second) - 1], name)
    assert.ok(
      added.some((phase) => what.includes(`\`${phase}\``)),
      name,
    )
  }
})

test('kong-versions.md: a fault is a note of check in the versions of its row, and in no other', () => {
  const { rows } = tableAt('Faults of Kong')
  for (const [range = '', cell = ''] of rows) {
    const words = cell.replaceAll('`', '')
    const noted = kongVersions.filter((version) => notesOf(version).some((note) => note.includes(words)))
    // The words of 3.5 are said of 3.6 too, over MsgPack:1, as the page says below the table.
    const expected = words.includes('without end') ? ['3.5', '3.6'] : rangeOf(range)
    assert.equal(noted, expected, words)
  }
  const quoted = rows.map(([, cell = '']) => cell.replaceAll('`', ''))
  const unsaid = kongVersions
    .flatMap((version) => notesOf(version))
    .filter((note) => !quoted.some((words) => note.includes(words)))
  assert.equal(unsaid, [])
})

function notesOf(version: string): string[] {
  return dialects.flatMap((protocol) =>
    allPhases.flatMap((one) =>
      servers.flatMap((server) => {
        const { notes, incompatibilities } = check(version, { protocol, phases: one }, server)
        return [
          ...notes,
          ...incompatibilities.filter(({ name }) => name === 'plugin server').map(({ advice }) => advice),
        ]
      }),
    ),
  )
}

test('kong-versions.md: config prints the settings of its row for each version', async () => {
  const { rows } = tableAt('Settings')
  for (const [who = '', range = '', cell = ''] of rows)
    for (const version of rangeOf(range)) {
      const flags = who === 'Kong' ? [] : ['--unmanaged']
      const text = await print(single, '--format', 'kong.conf', '--kong', version, ...flags)
      const printed = text.split('\n').filter((line) => line.startsWith('pluginserver_'))
      assert.equal(
        printed,
        cell.split('<br>').map((setting) => setting.replaceAll('`', '')),
        version,
      )
    }
  assert.equal(
    rows.filter(([who]) => who === 'Kong').flatMap(([, range = '']) => rangeOf(range)),
    kongVersions,
  )
})

const words: Readonly<Record<string, object>> = {
  'type `json`': { type: 'json', json_schema: { inline: {} } },
  '`description`': { type: 'string', description: 'ten letters' },
  '`examples`': { type: 'string', examples: ['a'] },
  '`deprecation`': { type: 'string', deprecation: { message: 'm' } },
  '`transient`': { type: 'string', transient: true },
  '`deprecation.replaced_with`': { type: 'string', deprecation: { replaced_with: [] } },
  '`between` with fractions': { type: 'number', between: [0, 0.5] },
  '`referenceable` in the values of a map': {
    type: 'map',
    keys: { type: 'string' },
    values: { type: 'string', referenceable: true },
  },
  '`legacy`': { type: 'string', legacy: true },
}

test('kong-versions.md: check takes a word of the schema in the versions of its row only', () => {
  const { rows } = tableAt('Schema')
  for (const [word = '', from = '', until = ''] of rows) {
    const field = words[word]
    if (field === undefined) continue
    const fields = [{ config: { type: 'record', fields: [{ a: field }] } }]
    const taken = kongVersions.filter(
      (version) => check(version, { schema: { name: 'guard', fields } }).incompatibilities.length === 0,
    )
    const first = from === '' ? 0 : kongVersions.indexOf(from)
    const last = until === '' ? kongVersions.length - 1 : kongVersions.indexOf(until)
    assert.equal(taken, kongVersions.slice(first, last + 1), word)
  }
  assert.is(rows.filter(([word = '']) => word in words).length, Object.keys(words).length)
})

test('kong-versions.md: the first image of a version is that of config, and 2.8.3 alone is too old', async () => {
  const { rows } = tableAt('Images')
  for (const version of imageVersions) {
    const [, image = ''] = rows.find(([line]) => line === version) ?? []
    const text = await print(single, '--format', 'dockerfile', '--kong', version)
    assert.match(text, `\nFROM ${image.replaceAll('`', '')}\n`)
  }
  const tooOld = rows.filter(([, , , , glibc = '']) => Number(glibc.split('.')[1]) < 28)
  assert.equal(
    tooOld.map(([version]) => version),
    ['2.8.3'],
  )
})

test('kong-versions.md: every row that a person wrote has a source, of tags that were read', () => {
  const tags = '2.3.0 2.4.0 2.8.5 3.0.2 3.1.1 3.2.2 3.3.1 3.4.2 3.5.0 3.6.1 3.7.1 3.8.1 3.9.1'.split(' ')
  for (const { heading, heads, rows } of tables) {
    const at = heads.indexOf('source')
    if (at < 1) continue
    for (const row of rows) {
      const source = row[at] ?? ''
      assert.match(source, /measured|kong\/[\w/]+\.(lua|proto)/, `${heading}: ${row[0]}`)
      for (const [tag = ''] of source.matchAll(/\d+\.\d+\.\d+/g)) assert.ok(tags.includes(tag), source)
    }
  }
})

test('kong-versions.md: what dev, smoke and the test kit play is the Kong that it names', () => {
  const [version] = /\d+\.\d+\.\d+/.exec(createWorld().node.version) ?? []
  assert.match(page, `\`kong-ts-pdk/testing\` | ${version} |`)
})

const prints: Readonly<Record<string, RegExp>> = {
  'node bin/kong-ts.mjs check dist/linux-x64/hello --kong 3.6':
    /Kong 3\.6 goes on with the old configuration of hello/,
  'node bin/kong-ts.mjs config dist/linux-x64/hello --format kong.conf --kong 3.8':
    /^pluginserver_hello_query_cmd = \/usr\/local\/bin\/hello -dump$/m,
}

test('kong-versions.md: every command has a test here', () => {
  assert.equal(commandsOf(page), Object.keys(prints))
})

for (const [command, expected] of Object.entries(prints))
  here(`kong-versions.md: ${command}`, () => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    assert.is(status, 0, stderr)
    assert.match(stdout, expected)
  })

test('kong-versions.md: every link leads somewhere, headings of this page included', () => {
  const links = [...page.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
  assert.ok(links.length > 8)
  for (const [, path = '', anchor] of links) {
    const file = path === '' ? pagePath : `docs/${path}`
    assert.ok(existsSync(file), path)
    if (anchor === undefined) continue
    const anchors = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
    assert.ok(anchors.includes(anchor), `${path}#${anchor}`)
  }
})

test.run()

function tableAt(heading: string): Table {
  const found = tables.find((table) => table.heading === heading)
  if (found === undefined) throw new Error(`${pagePath} has no table below ${heading}`)
  return found
}
