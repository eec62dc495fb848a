import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Findings } from '../../build/check/findings.ts'
import { checkKong, type Server } from '../../build/check/kong.ts'
import { readKongVersion, readMetaLua } from '../../build/check/kong-version.ts'
import type { ManifestPlugin } from '../../build/manifest.ts'
import { manifestWith, pluginWith } from './support/check-target.ts'

test('checkKong takes a plain plugin for each Kong since 2.4', () => {
  for (const version of ['2.4', '2.8.5', '3.0', '3.4.2', '3.7', '3.9.1', '3.10'])
    assert.equal(blocks({}, version), [], version)
})

test('checkKong tells of a name that is taken in Kong Enterprise, and refuses it where there is nothing else', () => {
  for (const version of ['2.8', '3.9']) {
    assert.equal(blocks({ name: 'openid-connect' }, version), [])
    assert.match(
      notes({ name: 'OpenID-Connect' }, version).join(),
      'Kong Enterprise has a plugin OpenID-Connect of its own, which it uses instead, without a word',
    )
  }
  assert.equal(blocks({ name: 'openid-connect' }, '3.10'), [
    ['name of openid-connect', 'Kong 3.10, which is Kong Enterprise', 'a name that Kong has not taken'],
  ])
  assert.not.match(notes({}, '3.9').join(), 'Enterprise')
})

test('checkKong refuses a preread that no protocol of the plugin leads to, and notes where none is named', () => {
  const schema = (...protocols: string[]) => ({
    name: 'guard',
    fields: [
      { protocols: { type: 'set', default: protocols, elements: { type: 'string', one_of: protocols } } },
      { config: { type: 'record', fields: [] } },
    ],
  })
  const phases = ['preread']
  assert.equal(blocks({ phases, schema: schema('http', 'https') }, '3.9'), [
    ['phase preread of guard', 'a plugin for http, https', 'a protocol of streams, as tcp or tls'],
  ])
  for (const protocol of ['tcp', 'tls', 'udp', 'tls_passthrough'])
    assert.equal(blocks({ phases, schema: schema('http', protocol) }, '3.9'), [])
  const note = /guard has the phase preread, but its schema names no protocols/
  assert.match(notes({ phases }, '3.9').join(), note)
  assert.not.match(notes({ phases, schema: schema('tcp') }, '3.9').join(), note)
  assert.not.match(notes({ schema: schema('http') }, '3.9').join(), note)
})

test('checkKong refuses a Kong before 2.4 in one block, whatever else it lacks', () => {
  const plugin = { pdk: ['kong.request.get_uri_captures'], phases: ['preread'] }
  assert.equal(blocks(plugin, '2.3'), [['Kong', 'Kong 2.3', 'Kong 2.4 or later']])
  assert.match(
    check(plugin, '2.3').incompatibilities[0]?.advice ?? '',
    /^earlier ones find no plugin in its dump/,
  )
  assert.match(
    check(plugin, '2.2').incompatibilities[0]?.advice ?? '',
    /^earlier ones start no plugin servers/,
  )
})

test('checkKong names each PDK function that is newer than Kong', () => {
  const plugin = { pdk: ['kong.request.get_header', 'kong.request.get_uri_captures'] }
  assert.equal(blocks(plugin, '2.8'), [['kong.request.get_uri_captures', 'Kong 2.8', 'Kong 3.1 or later']])
  assert.equal(blocks(plugin, '3.0.1'), [
    ['kong.request.get_uri_captures', 'Kong 3.0.1', 'Kong 3.1 or later'],
  ])
  assert.equal(blocks(plugin, '3.1'), [])
  const later = {
    protocol: 'MsgPack:1' as const,
    pdk: ['kong.service.set_retries', 'kong.request.get_start_time'],
  }
  assert.equal(blocks(later, '3.7'), [['kong.service.set_retries', 'Kong 3.7', 'Kong 3.8 or later']])
})

test('checkKong names each function that the protocol of the binary lacks, on any Kong', () => {
  const pdk = ['kong.request.get_body', 'kong.request.get_header']
  assert.equal(blocks({ pdk }, '3.9'), [['kong.request.get_body', 'ProtoBuf:1', 'MsgPack:1']])
  assert.equal(blocks({ pdk, protocol: 'MsgPack:1' }, '3.9'), [])
})

test('checkKong only notes functions of Kong Enterprise and such as the kit does not know', () => {
  const enterprise = { protocol: 'MsgPack:1' as const, pdk: ['kong.client.get_consumer_group'] }
  assert.equal(blocks(enterprise, '3.9'), [])
  assert.ok(
    notes(enterprise, '3.9').includes(
      'guard names kong.client.get_consumer_group, which only Kong Enterprise has.',
    ),
  )
  assert.equal(blocks(enterprise, '2.8'), [
    ['kong.client.get_consumer_group', 'Kong 2.8', 'Kong 3.0 or later'],
  ])
  assert.match(notes({ pdk: ['kong.future.fly'] }, '3.9').join(), 'guard names kong.future.fly')
})

test('checkKong notes functions that an old Kong does wrong', () => {
  const plugin = { pdk: ['kong.request.get_headers', 'kong.service.set_upstream'] }
  const about = (version: string) => notes(plugin, version).filter((note) => note.startsWith('guard names'))
  assert.is(about('2.8').length, 2)
  assert.is(about('3.6').length, 1)
  assert.match(about('3.6')[0] ?? '', 'kong.service.set_upstream')
  assert.equal(about('3.7'), [])
  const stream = (version: string) =>
    notes({ phases: ['preread'], pdk: ['kong.service.set_target'] }, version).filter((note) =>
      note.includes('raises in preread'),
    )
  assert.equal([stream('3.7').length, stream('3.8').length], [1, 0])
})

test('checkKong notes functions that an old Kong refuses in a phase', () => {
  const about = (phase: string, name: string, version: string, protocol: ManifestPlugin['protocol']) =>
    notes({ phases: [phase], pdk: [name], protocol }, version).filter((note) => note.includes(name)).length
  const cases: [phase: string, name: string, refused: string, taken: string][] = [
    ['rewrite', 'kong.service.request.set_scheme', '3.7', '3.8'],
    ['rewrite', 'kong.service.request.set_path', '3.7', '3.8'],
    ['preread', 'kong.service.set_tls_verify', '3.0', '3.5'],
    ['preread', 'kong.service.set_tls_verify_depth', '3.0', '3.5'],
    ['log', 'kong.client.get_consumer', '2.8', '3.0'],
    ['log', 'kong.router.get_route', '2.8', '3.0'],
    ['log', 'kong.service.response.get_status', '2.8', '3.0'],
    ['log', 'kong.log.set_serialize_value', '2.8', '3.0'],
  ]
  for (const [phase, name, refused, taken] of cases) {
    assert.is(about(phase, name, refused, 'MsgPack:1'), 1, `${name} ${refused}`)
    assert.is(about(phase, name, taken, 'MsgPack:1'), 0, `${name} ${taken}`)
    assert.is(about('access', name, refused, 'MsgPack:1'), 0, `${name} in access`)
  }
  assert.is(about('log', 'kong.response.get_status', '2.8', 'MsgPack:1'), 0)
})

test('checkKong notes the values that Kong 2.8 cannot give', () => {
  const about = (name: string, version: string, protocol: ManifestPlugin['protocol'], words: string) =>
    notes({ pdk: [name], protocol }, version).filter((note) => note.includes(name) && note.includes(words))
      .length
  for (const name of ['kong.ctx.shared.get', 'kong.nginx.get_ctx']) {
    assert.is(about(name, '2.8', 'ProtoBuf:1', 'is or holds a list'), 1)
    assert.is(about(name, '3.0', 'ProtoBuf:1', 'is or holds a list'), 0)
    assert.is(about(name, '2.8', 'MsgPack:1', 'is or holds a list'), 0)
  }
  for (const name of ['kong.ctx.shared.get', 'kong.request.get_body', 'kong.service.response.get_body']) {
    assert.is(about(name, '2.8', 'MsgPack:1', 'a null of JSON'), 1)
    assert.is(about(name, '3.0', 'MsgPack:1', 'a null of JSON'), 0)
    assert.is(about(name, '2.8', 'ProtoBuf:1', 'a null of JSON'), 0)
  }
})

test('checkKong notes that Kong 2.8 looks for a header in the first hundred', () => {
  const about = (version: string, protocol: ManifestPlugin['protocol']) =>
    notes({ pdk: ['kong.request.get_header'], protocol }, version).filter((note) =>
      note.includes('first 100 headers'),
    ).length
  for (const protocol of ['ProtoBuf:1', 'MsgPack:1'] as const)
    assert.equal([about('2.8', protocol), about('3.0', protocol)], [1, 0])
})

test('checkKong notes that HTTP/2 passes a response handler before 3.9', () => {
  const about = (version: string, phase: string) =>
    notes({ phases: [phase] }, version).filter((note) => note.includes('HTTP/2')).length
  assert.equal([about('2.8', 'response'), about('3.8', 'response'), about('3.9', 'response')], [1, 1, 0])
  assert.is(about('3.8', 'access'), 0)
})

test('checkKong notes what single versions of Kong do with instances', () => {
  const about = (version: string, protocol: ManifestPlugin['protocol'], words: string) =>
    notes({ protocol }, version).filter((note) => note.includes(words)).length
  const versions = ['2.8', '3.2', '3.3', '3.4', '3.5', '3.6', '3.7', '3.9']
  const all = (protocol: ManifestPlugin['protocol'], words: string) =>
    versions.map((version) => about(version, protocol, words))
  for (const protocol of ['ProtoBuf:1', 'MsgPack:1'] as const) {
    assert.equal(all(protocol, 'before the server listens'), [1, 1, 0, 0, 0, 0, 0, 0])
    assert.equal(all(protocol, 'until that has seen the server listen'), [0, 1, 1, 1, 0, 0, 0, 0])
    assert.equal(all(protocol, 'old configuration'), [0, 0, 0, 0, 0, 1, 0, 0])
  }
  assert.equal(all('ProtoBuf:1', 'without end'), [0, 0, 0, 0, 1, 0, 0, 0])
  assert.equal(all('MsgPack:1', 'without end'), [0, 0, 0, 0, 1, 1, 0, 0])
})

test('checkKong names each word of the schema that Kong refuses, with the places', () => {
  const words: [word: string, field: object, refused: string, taken: string][] = [
    ['description', { type: 'string', description: 'ten letters' }, '3.3', '3.4'],
    ['referenceable', { type: 'string', referenceable: true }, '2.7', '2.8'],
    ['encrypted', { type: 'string', encrypted: true }, '2.6', '2.7'],
    ['examples', { type: 'string', examples: ['a'] }, '3.5', '3.6'],
    ['deprecation', { type: 'string', deprecation: { message: 'm' } }, '3.6', '3.7'],
    ['transient', { type: 'string', transient: true }, '3.7', '3.8'],
    ['replaced_with of deprecation', { type: 'string', deprecation: { replaced_with: [] } }, '3.7', '3.8'],
    ['between with fractions', { type: 'number', between: [0, 0.5] }, '3.3', '3.4'],
  ]
  for (const [word, field, refused, taken] of words) {
    const plugin = schemaOf([{ a: field }])
    assert.equal(
      blocks(plugin, refused).at(-1),
      [`schema of guard: ${word}`, `Kong ${refused}`, `Kong ${taken} or later`],
      word,
    )
    assert.equal(blocks(plugin, taken), [], word)
  }
  assert.equal(blocks(schemaOf([{ a: { type: 'number', between: [0, 5] } }]), '2.4'), [])
})

test('checkKong names references in the values of a map, which Kong resolves since 3.1', () => {
  const values = { type: 'string', referenceable: true }
  const map = schemaOf([{ a: { type: 'map', keys: { type: 'string' }, values } }])
  assert.equal(blocks(map, '3.0'), [
    ['schema of guard: referenceable in a map', 'Kong 3.0', 'Kong 3.1 or later'],
  ])
  assert.match(
    check(map, '3.0').incompatibilities[0]?.advice ?? '',
    /this one hands the references on .* as they are$/,
  )
  assert.equal(blocks(map, '3.1'), [])
  assert.equal(blocks(schemaOf([{ a: { type: 'array', elements: values } }]), '3.0'), [])
})

test('checkKong reads words of a schema that are parts of JavaScript', () => {
  const field = { type: 'string', constructor: { name: 'x', length: 1 }, toString: { name: 1 } }
  assert.equal(blocks(schemaOf([{ a: field }], [{ constructor: { if_match: field } }]), '2.4'), [])
})

test('checkKong names the type json together with its json_schema', () => {
  const plugin = schemaOf([{ a: { type: 'json', json_schema: { inline: { type: 'object' } } } }])
  assert.equal(
    blocks(plugin, '3.4').map(([name]) => name),
    ['schema of guard: json_schema', 'schema of guard: type json'],
  )
  assert.equal(blocks(plugin, '3.5'), [])
})

test('checkKong finds a word at every depth of a schema, once for all places', () => {
  const described = { type: 'string', description: 'ten letters' }
  const plugin = schemaOf([
    { list: { type: 'array', elements: described } },
    { map: { type: 'map', keys: described, values: { type: 'set', elements: described } } },
    { record: { type: 'record', fields: [{ inner: described }] } },
  ])
  assert.is(blocks(plugin, '3.3').length, 1)
  assert.match(
    check(plugin, '3.3').incompatibilities[0]?.advice ?? '',
    'leave it out of config.list.elements, config.map.keys, config.map.values.elements, config.record.inner, or use',
  )
  const conditional = {
    conditional: { if_field: 'a', if_match: { description: 'ten letters' }, then_field: 'b', then_match: {} },
  }
  assert.is(blocks(schemaOf([], [conditional]), '3.3').length, 1)
})

test('checkKong does not take names of fields, defaults or values for words', () => {
  const plugin = schemaOf([
    { description: { type: 'string' } },
    { transient: { type: 'string', default: 'description', one_of: ['description', 'encrypted'] } },
    {
      map: {
        type: 'map',
        keys: { type: 'string' },
        values: { type: 'string' },
        default: { description: 'x' },
      },
    },
  ])
  assert.equal(blocks(plugin, '2.4'), [])
})

test('checkKong names entity checks and fields of the plugin itself', () => {
  const exclusive = [{ mutually_exclusive: ['a', 'b'] }, { at_least_one_of: ['a'] }]
  assert.equal(blocks(schemaOf([], exclusive), '2.5'), [
    ['schema of guard: entity check mutually_exclusive', 'Kong 2.5', 'Kong 2.6 or later'],
  ])
  const top = { schema: { name: 'guard', fields: [], entity_checks: exclusive } }
  assert.is(blocks(top, '2.5').length, 1)
  const named = { schema: { name: 'guard', fields: [{ instance_name: { type: 'string' } }] } }
  assert.equal(blocks(named, '3.1')[0]?.[0], 'schema of guard: field instance_name')
  assert.equal(blocks(named, '3.2'), [])
})

test('checkKong reads any schema without failing', () => {
  for (const schema of [
    undefined,
    null,
    'text',
    [],
    { fields: {} },
    { fields: [null, 'x', { config: null }] },
  ])
    assert.equal(blocks({ schema }, '2.4'), [])
})

test('checkKong names what Kong dropped', () => {
  const plugin = schemaOf([{ a: { type: 'string', legacy: true } }])
  assert.equal(blocks(plugin, '2.8'), [])
  assert.equal(blocks(plugin, '3.0'), [['schema of guard: legacy', 'Kong 3.0', 'a Kong before 3.0']])
})

test('checkKong wants a version of numbers and a whole priority from 3.0 on', () => {
  const plugin = { version: 'newest', priority: 1.5 }
  assert.equal(blocks(plugin, '2.8'), [])
  assert.equal(
    blocks(plugin, '3.0').map(([name, , want]) => [name, want]),
    [
      ['version of guard', 'newest'],
      ['priority of guard', '1.5'],
    ],
  )
  assert.is(blocks({ version: '1.2.3.4' }, '3.0').length, 1)
})

test('checkKong refuses the phases that end each request and notes those that Kong never asks', () => {
  assert.equal(
    blocks({ phases: ['access', 'header_filter'] }, '3.9').map(([name]) => name),
    ['phase header_filter of guard'],
  )
  assert.equal(blocks({ phases: ['access', 'ws_handshake'] }, '3.9'), [])
  assert.match(notes({ phases: ['access', 'ws_handshake'] }, '3.9').join(), 'the phase ws_handshake')
})

test('checkKong refuses preread where Kong never asks a server in it: 3.1 to 3.4', () => {
  const verdicts = ['2.8', '3.0', '3.1', '3.4.2', '3.5'].map(
    (version) => blocks({ phases: ['preread'] }, version).length,
  )
  assert.equal(verdicts, [0, 0, 1, 1, 0])
})

test('checkKong wants a managed server in 3.1 to 3.4, and notes what a managed one breaks in 3.9', () => {
  const verdict = (version: string, server?: Server) => check({}, version, server).incompatibilities.length
  assert.equal(
    ['3.0', '3.1', '3.4.2', '3.5', '3.9'].map((version) => verdict(version, 'unmanaged')),
    [0, 1, 1, 0, 0],
  )
  assert.equal(
    ['3.4', '3.8', '3.9', '3.9.3', '3.10'].map((version) => verdict(version, 'managed')),
    [0, 0, 0, 0, 0],
  )
  assert.match(check({}, '3.9', 'managed').notes.join(), 'Kong/kong#14260')
  assert.match(notes({}, '3.4').join(), 'Kong 3.4 never uses a server that it did not start itself')
  assert.match(notes({}, '3.9').join(), 'Kong/kong#14260')
  assert.equal(check({}, '3.9', 'unmanaged').notes, [])
})

test('checkKong notes when requests pass without the plugin', () => {
  const passes = (version: string, protocol: ManifestPlugin['protocol']) =>
    notes({ protocol }, version).filter((note) => note.includes('requests pass without guard')).length
  assert.equal(
    [passes('3.7', 'ProtoBuf:1'), passes('3.8', 'ProtoBuf:1'), passes('3.9', 'MsgPack:1')],
    [1, 0, 1],
  )
})

test('checkKong says when Kong is later than what it knows', () => {
  assert.match(notes({}, '3.14').join(), 'Kong 3.14 is later than what this version of kong-ts knows')
})

test('checkKong looks at each plugin of a bundle', () => {
  const plugins = ['one', 'two'].map((name) => pluginWith({ name, pdk: ['kong.request.get_uri_captures'] }))
  const { incompatibilities } = checkKong(manifestWith({ plugins }), readKongVersion('3.0'), undefined)
  assert.equal(
    incompatibilities.map(({ advice }) => advice.split(' ')[3]),
    ['one', 'two'],
  )
})

test('readKongVersion takes lines, patches and versions of Kong Enterprise, and nothing else', () => {
  assert.equal(readKongVersion('3.4'), { major: 3, minor: 4 })
  assert.equal(readKongVersion('3.4.2'), { major: 3, minor: 4, patch: 2 })
  assert.equal(readKongVersion('3.4.3.12'), { major: 3, minor: 4, patch: 3 })
  for (const wrong of ['3', 'latest', 'v3.4', '3.4.x', '3.4.5.6.7', ''])
    assert.throws(
      () => readKongVersion(wrong),
      `Cannot check against Kong "${wrong}": name its version as 3.4 or 3.4.2`,
    )
})

test('readMetaLua reads the version as Kong writes it', () => {
  const text =
    'local version = setmetatable({\n  major = 3,\n  minor = 10,\n  patch = 0,\n  --suffix = "-alpha.13"\n}, {'
  assert.equal(readMetaLua(text), { major: 3, minor: 10, patch: 0 })
  assert.is(readMetaLua('return {}'), undefined)
})

test.run()

function check(plugin: Partial<ManifestPlugin>, version: string, server?: Server): Findings {
  return checkKong(manifestWith({ plugins: [pluginWith(plugin)] }), readKongVersion(version), server)
}

function blocks(plugin: Partial<ManifestPlugin>, version: string): string[][] {
  return check(plugin, version).incompatibilities.map(({ name, have, want }) => [name, have, want])
}

function notes(plugin: Partial<ManifestPlugin>, version: string): readonly string[] {
  return check(plugin, version).notes
}

function schemaOf(fields: readonly object[], checks: readonly object[] = []): Partial<ManifestPlugin> {
  const config = { type: 'record', fields, ...(checks.length === 0 ? {} : { entity_checks: checks }) }
  return { schema: { name: 'guard', fields: [{ config }] } }
}
