// The words after the place are Kong 3.9.1's, where it has some.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import { readDeclarative } from '../../src/dev/declarative/read.ts'

const head = '_format_version: "3.0"\n'

function mistakesIn(text: string): string[] {
  try {
    readDeclarative(text, 'kong.yml')
  } catch (error) {
    assert.instance(error, BuildError)
    return (error as BuildError).message.split('\n')
  }
  return []
}

/** All lines of the message, each without the file's name. */
const inFile = (yaml: string) => mistakesIn(head + yaml).map((line) => line.replace(/^kong\.yml:/, ''))
const inRoute = (fields: string) =>
  inFile(`routes:\n- { name: r, ${fields} }`).map((line) => line.replace(/^\d+:\d+: route "r"(, |: )/, ''))
const inService = (fields: string) =>
  inFile(`services:\n- { name: s, ${fields} }`).map((line) =>
    line.replace(/^\d+:\d+: service "s"(, |: )/, ''),
  )

test('readDeclarative: what is not YAML has its place', () => {
  assert.match(mistakesIn('a: [1')[0]!, /^kong\.yml:1:6: .*Flow sequence/)
  assert.match(mistakesIn('a: 1\na: 2')[0]!, /^kong\.yml:2:1: Map keys must be unique/)
  assert.equal(mistakesIn(`${head}---\na: 1`), [
    'kong.yml:2:1: a second document begins here: Kong reads one only',
  ])
  assert.match(mistakesIn(`${head}services: *none`)[0]!, /^kong\.yml: .*none/)
  assert.equal(mistakesIn('just text'), [
    'kong.yml:1:1: expected an object: begin with _format_version: "3.0"',
  ])
  assert.equal(mistakesIn(''), ['kong.yml:1:1: expected an object: begin with _format_version: "3.0"'])
})

test('readDeclarative: a bomb of aliases, or one without an end, is refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `  l${at + 1}: &l${at + 1} [${Array(10).fill(`*l${at}`)}]`,
  )
  const bomb = ['_plugin_configs:', '  l0: &l0 [x]', ...levels].join('\n')
  assert.match(mistakesIn(head + bomb)[0]!, /^kong\.yml: Excessive alias count/)
  assert.match(mistakesIn(`${head}_comment: &a [*a]`)[0]!, /inside of its own anchor/)
})

test('readDeclarative: the format version is one of three, in quotes', () => {
  const words = (line: string) => mistakesIn(`${line}\nservices: []`)
  assert.match(words('_comment: x')[0]!, /^kong\.yml:1:1: in '_format_version': required field missing/)
  assert.match(words('_format_version: 3.0')[0]!, /^kong\.yml:1:1: in '_format_version': expected a string/)
  assert.equal(words('_format_version: "4.0"'), [
    "kong.yml:1:1: in '_format_version': expected one of: 1.1, 2.1, 3.0",
  ])
})

test('readDeclarative: unknown members are refused at the top and in each entity', () => {
  assert.equal(
    inFile(
      [
        'servicess: []',
        'services:',
        '- name: s',
        '  host: h',
        '  hots: h',
        'routes:',
        '- name: r',
        '  paths: [/]',
        '  path: /',
        'consumers:',
        '- username: u',
        '  name: u',
        'plugins:',
        '- name: p',
        '  conf: {}',
      ].join('\n'),
    ),
    [
      "2:1: in 'servicess': unknown field",
      '6:3: service "s", hots: unknown field',
      '10:3: route "r", path: unknown field',
      '13:3: consumer "u", name: unknown field',
      '16:3: plugin "p", conf: unknown field',
    ],
  )
})

test('readDeclarative: wrong types have the place of the value', () => {
  assert.equal(inFile('services:\n  a: 1'), ["2:1: in 'services': expected an array"])
  assert.equal(inFile('services:\n- text'), ["3:3: in entry 1 of 'services': expected a record"])
  assert.equal(inFile('services:\n- host: h\n  port: "80"\n  enabled: 1'), [
    '4:3: entry 1 of services, port: expected an integer',
    '5:3: entry 1 of services, enabled: expected a boolean',
  ])
  assert.equal(inFile('routes:\n- name: r\n  paths:\n  - /ok\n  - 5'), [
    '6:5: route "r", paths: expected a string',
  ])
  assert.equal(inRoute('paths: /a'), ['paths: expected an array'])
  assert.equal(inRoute('headers: { x-a: b }'), ['headers: expected an array'])
  assert.equal(inFile('plugins: [{ name: p, config: [1] }]'), ['2:22: plugin "p", config: expected a record'])
  assert.equal(inFile('plugins: [{ name: p, service: [1] }]'), [
    '2:22: service: expected a string, or a record with id or name',
  ])
})

test('readDeclarative: what an entity needs', () => {
  assert.equal(inService('port: 1'), ['host: required field missing'])
  assert.equal(inFile('plugins: [{ config: {} }]'), [
    '2:11: entry 1 of plugins, name: required field missing',
  ])
  assert.equal(inFile('consumers: [{ tags: [a] }]'), [
    "2:13: entry 1 of consumers: at least one of these fields must be non-empty: 'custom_id', 'username'",
  ])
})

test('readDeclarative: values of a service', () => {
  assert.equal(inService('host: "a b"'), ['host: invalid value: a b'])
  assert.equal(inService('host: "a:80"'), ['host: must not have a port'])
  assert.equal(inService('host: h, port: 70000'), ['port: value should be between 0 and 65535'])
  assert.equal(inService('host: h, protocol: ftp'), [
    'protocol: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp, ws, wss',
  ])
  assert.equal(inService('host: h, path: a'), ['path: should start with: /'])
  assert.equal(inService('host: h, path: /a//b'), ['path: must not have empty segments'])
  assert.equal(inService('host: h, path: "/a%zz"'), ["path: invalid url-encoded value: '%zz'"])
  assert.equal(inService('host: h, id: x'), ['id: expected a valid UUID'])
  assert.equal(inService('host: h, tls_verify: true'), [
    "failed conditional validation given value of field 'protocol'",
    'tls_verify: value must be null',
  ])
  assert.match(inService('url: "http://a", host: b')[0]!, /^only one of 'url' and 'host' may be set/)
  assert.match(inService('url: nonsense')[0]!, /^url: could not parse url 'nonsense'/)
  assert.equal(inFile('services: [{ name: "a b", host: h }]'), [
    '2:14: service "a b", name: invalid value \'a b\': the only accepted ascii characters are alphanumerics or ., -, _, and ~',
  ])
})

test('readDeclarative: a route that nothing would match', () => {
  assert.equal(inRoute('tags: [a]'), [
    "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'",
  ])
  assert.equal(inRoute('protocols: [http]'), [
    "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'",
  ])
  assert.equal(inRoute('protocols: [tcp, udp]'), [
    "must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'",
  ])
  assert.equal(inRoute('protocols: [tls_passthrough]'), [
    "must set snis when 'protocols' is 'tls_passthrough'",
  ])
})

test('readDeclarative: members of a route that do not go together', () => {
  assert.equal(inRoute('protocols: [tcp], paths: [/], sources: [{ port: 1 }]'), [
    "paths: cannot set 'paths' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'",
  ])
  assert.equal(inRoute('paths: [/], sources: [{ port: 1 }]'), [
    "sources: cannot set 'sources' when 'protocols' is 'http' or 'https'",
  ])
  assert.match(inRoute('protocols: [http, tcp], paths: [/]').join('\n'), /protocols: .*exclusive/)
  assert.match(
    inRoute('protocols: [http], paths: [/], snis: [a.example]').join('\n'),
    /'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'/,
  )
  assert.equal(inRoute('protocols: [grpc], paths: [/], strip_path: true'), [
    "strip_path: cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'",
  ])
})

test('readDeclarative: values of a route', () => {
  assert.equal(inRoute('paths: [a]'), ['paths: should start with: / (fixed path) or ~/ (regex path)'])
  assert.equal(inRoute('paths: [/a/../b]'), ["paths: non-normalized path, consider use '/b' instead"])
  assert.match(inRoute('paths: ["~/a("]')[0]!, /^paths: invalid regex: '\/a\(' \(Unterminated group\)$/)
  assert.equal(inRoute('paths: ["~/a(?=b)"]'), [
    "paths: invalid regex: '/a(?=b)' (look-around is not supported)",
  ])
  assert.match(inRoute('headers: { x: ["~*("] }')[0]!, /^headers\.x: invalid regex: '\('/)
  assert.equal(inRoute('headers: { x: [] }'), ['headers.x: length must be at least 1'])
  assert.match(inRoute('headers: { Host: [a] }')[0]!, /cannot contain 'host' header/)
  assert.equal(inRoute('hosts: ["a.*.b"]'), [
    'hosts: invalid wildcard: must be placed at leftmost or rightmost label',
  ])
  assert.equal(inRoute('hosts: ["a b"]'), ['hosts: invalid hostname: a b'])
  assert.equal(inRoute('methods: [get]'), ['methods: invalid value: get'])
  assert.equal(inRoute('paths: [/], https_redirect_status_code: 200'), [
    'https_redirect_status_code: expected one of: 426, 301, 302, 307, 308',
  ])
  assert.equal(inRoute('snis: ["a.*.b"]'), ['snis: wildcard must be leftmost or rightmost character'])
  assert.equal(inRoute('protocols: [tcp], sources: [{ ip: 10.0.0.0/33 }]'), [
    "sources.ip: invalid ip or cidr range: '10.0.0.0/33'",
  ])
  assert.match(inRoute('protocols: [tcp], sources: [{}]').join(), /'ip', 'port'/)
})

test('readDeclarative: what Kong takes is no mistake', () => {
  const fine = [
    'hosts: ["*.a.example", "a.*", "*.b.example:8000", "10.0.0.1", "[::1]:80", "c.example:81"]',
    'paths: ["/a b", "/a%2Fb", "~/a/(?<n>\\\\d+)$", "~/(?i)x|y"]',
    'protocols: [https], snis: ["*.a.example", "b.*", "c.example."]',
    'protocols: [tcp], destinations: [{ ip: "fd00::/8" }, { ip: 10.1.2.3, port: 0 }]',
    'headers: { x_y: ["~*^a$", B] }',
  ]
  for (const fields of fine) assert.equal(inRoute(fields), [], fields)
})

test('readDeclarative: references to what is not there', () => {
  assert.equal(inFile('routes:\n- name: r\n  paths: [/]\n  service: nope'), [
    "5:3: route \"r\": invalid reference 'service: nope' (no such entry in 'services')",
  ])
  assert.equal(inFile('plugins: [{ name: p, route: r, consumer: { username: c } }]'), [
    "2:22: plugin \"p\": invalid reference 'route: r' (no such entry in 'routes')",
    "2:32: plugin \"p\": invalid reference 'consumer: c' (no such entry in 'consumers')",
  ])
  assert.match(
    inFile('services: [{ name: s, host: h, routes: [{ name: r, paths: [/], service: { id: other } }] }]')[0]!,
    /invalid reference 'service: other'/,
  )
  assert.match(inFile('plugins: [{ name: p, _config: c }]')[0]!, /no config 'c' in '_plugin_configs'/)
})

test('readDeclarative: names, ids and plugins that stand twice', () => {
  assert.equal(inFile('services:\n- { name: s, host: h }\n- { name: s, host: h }'), [
    "4:5: uniqueness violation: 'services' entity with name set to 's' already declared",
  ])
  const id = '0c9c6ea8-1f8b-4d0c-9f0e-3f0d6f6f5b10'
  assert.equal(inFile(`consumers:\n- { username: a, id: ${id} }\n- { username: b, id: ${id} }`), [
    `4:18: uniqueness violation: 'consumers' entity with primary key set to '${id}' already declared`,
  ])
  assert.equal(inFile('plugins:\n- name: p\n- name: q\n- name: p'), [
    '5:3: plugin "p": it is configured twice for all requests',
  ])
})

test('readDeclarative: many mistakes are told at once, in the order of the file, twenty at most', () => {
  const routes = Array.from({ length: 25 }, (_, index) => `- { name: r${index}, paths: [x] }`)
  const lines = inFile(['routes:', ...routes].join('\n'))
  assert.is(lines.length, 21)
  assert.match(lines[0]!, /^3:23: route "r0"/)
  assert.match(lines[19]!, /^22:24: route "r19"/)
  assert.is(lines[20], 'and 5 more mistakes')
})

test.run()
