import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { manifestWith, pluginWith } from '../build/support/check-target.ts'
import { binary, folder, has, print, refusal, single, stream } from './config-support/print.ts'

const withLua = has('luajit', '-v') ? test : test.skip
/** A second reader of YAML 1.1, of another make: decK, kubectl and Kong itself read that version. */
const withPython = has('python3', '-c', 'import yaml') ? test : test.skip

const texts = { type: 'map', keys: { type: 'string', len_min: 0 }, values: { type: 'string', len_min: 0 } }
const fields: object[] = [
  { message: { type: 'string', default: 'on', len_min: 0 } },
  { texts },
  { constructor: { type: 'record', fields: [{ size: { type: 'integer' } }] } },
  { toString: { type: 'string' } },
  { required_scope: { type: 'string', one_of: ['required', 'none'] } },
  { limits: { type: 'record', fields: [{ size: { type: 'integer', required: true } }] } },
  { rate: { type: 'number', default: 1e-7 } },
  { separator: { type: 'string', default: '\u0085evil: 1\u2028evil: 2\revil: 3' } },
]
const schema = { name: 'odd', fields: [{ config: { type: 'record', fields } }] }
const awkward = binary(
  'awkward',
  manifestWith({ name: 'awkward', plugins: [pluginWith({ name: 'odd', schema })] }),
)

const wanted = [{ url: { type: 'string', required: true } }, { mode: { type: 'string', default: 'block' } }]
const guarded = binary(
  'guarded',
  manifestWith({
    name: 'guarded',
    plugins: [
      pluginWith({
        name: 'guarded',
        schema: { name: 'guarded', fields: [{ config: { type: 'record', fields: wanted } }] },
      }),
    ],
  }),
)

/** Words that a reader of YAML, a shell or a template takes for something else. */
const words = [
  ...['on', 'yes', 'y', 'No', 'OFF', 'null', '~', '0123', '1_000', '0b1', '0x1F', '12:34:56', '2024-01-01'],
  ...['1e3', '.5', '.inf', '=', '<<', '', ' a ', '- a', 'a: b', 'a #b', '*a', '&a', '!a', '@a', '`a`', '%a'],
  ...['{{ .Values }}', '$HOME', '{vault://env/key}', '\'"\\', 'a\n\nb\n\n', 'a\r\nb', '\t', '\0'],
  ...['x\u0085y', 'x\u2028y', '\u007f', '\ufeffa', 'é😀', '---', '...', '#', '[', ']]--', '%n'],
]

test('config: a text of --set is that text to a reader of YAML, whatever it looks like', async () => {
  for (const word of words)
    for (const version of ['1.1', '1.2'] as const) {
      const text = await print(awkward, '--format', 'deck', '--set', `message=${word}`)
      const { plugins } = parse(text, { version }) as { plugins: { config: object }[] }
      assert.equal(plugins[0]?.config, { message: word }, version)
    }
})

withPython('config: another reader of YAML finds the same texts, as values and as names', async () => {
  for (const format of ['deck', 'kic']) {
    const map = Object.fromEntries(words.map((word) => [word, word]))
    const input = await print(awkward, '--format', format, '--set', `texts=${JSON.stringify(map)}`)
    const program = 'import yaml,sys,json\nprint(json.dumps(list(yaml.safe_load_all(sys.stdin.read()))[-1]))'
    const { stdout, stderr, status } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' })
    assert.is(status, 0, stderr)
    const document = JSON.parse(stdout)
    assert.equal(format === 'deck' ? document.plugins[0].config : document.config, { texts: map })
  }
})

test('config: what it prints stays YAML when a field is written where its comment stands', async () => {
  for (const format of ['deck', 'kic'])
    for (const [which, field, sets] of [
      [single, 'end: 1.25', []],
      [guarded, 'mode: "block"', []],
      [guarded, 'mode: "block"', ['--set', 'url=https://a.example']],
    ] as const) {
      const text = await print(which, '--format', format, ...sets)
      assert.match(text, new RegExp(`^ *# +${field}$`, 'm'))
      const written = text.replace(/# config:/, 'config:').replace(new RegExp(`# ( *${field})`), '$1')
      const [document] = parseAllDocuments(written).slice(-1)
      assert.equal(document?.errors, [], written)
    }
})

test('config: no default ends the comment that it stands in', async () => {
  const text = await print(awkward, '--format', 'deck')
  for (const line of text.split(/[\n\r\u0085\u2028\u2029]/)) assert.not.match(line, /^evil/)
  assert.match(text, /# +rate: 1\.0e-7$/m)
})

test('config: a field may be called as what every object has', async () => {
  const read = async (...sets: string[]) =>
    parse(await print(awkward, '--format', 'deck', ...sets.flatMap((set) => ['--set', set]))).plugins[0]
      .config
  assert.equal(JSON.stringify(await read('constructor.size=5')), '{"constructor":{"size":5}}')
  assert.is((Object as { size?: number }).size, undefined)
  assert.match(await print(awkward, '--format', 'deck'), /# +toString: string/)
  assert.equal(await read('limits=null', 'limits.size=5'), { limits: { size: 5 } })
  assert.match(
    await refusal(awkward, '--format', 'deck', '--set', 'limits=7'),
    /Kong would refuse it: config\.limits: expected a record/,
  )
  assert.equal(await read('limits=7', 'limits.size=5'), { limits: { size: 5 } })
})

test('config refuses a value that Kong refuses, though its field is called as one that is missing', async () => {
  for (const set of ['required_scope=all', 'required_scope=at least one'])
    assert.match(
      await refusal(awkward, '--format', 'deck', '--set', set),
      /Kong would refuse it: config\.required_scope: expected one of: required, none; /,
    )
})

test('config: names that look like numbers or end in a dash are names to Kubernetes and compose', async () => {
  for (const name of ['123', '1e3', 'null', 'on', 'x_', 'proxy']) {
    const made = binary(
      `name-${name}`,
      manifestWith({ name, plugins: [pluginWith({ name, version: '1.0.0', schema })] }),
    )
    const compose = parse(await print(made, '--format', 'compose', '--unmanaged'), { version: '1.1' })
    assert.equal(Object.keys(compose.services), name === '123' ? ['123', 'kong'] : ['kong', name])
    const [deployment, plugin] = parseAllDocuments(await print(made, '--format', 'kic'), {
      version: '1.1',
    }).map((document) => document.toJS())
    assert.match(plugin.metadata.name, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
    assert.is(plugin.plugin, name)
    const { initContainers, containers } = deployment.spec.template.spec
    const taken = [...initContainers, ...containers].map((container: { name: unknown }) => container.name)
    assert.is(new Set(taken).size, 2)
    for (const one of taken) assert.match(String(one), /^[a-z]([a-z0-9-]*[a-z0-9])?$/)
  }
})

test("config: the tag of an image is one, whatever the plugins' versions are", async () => {
  const plugins = Array.from({ length: 40 }, (_, index) =>
    pluginWith({ name: `p${index}`, version: `1.${index}.0+build` }),
  )
  const made = binary('many', manifestWith({ name: 'many', plugins }))
  const { image } = parse(await print(made, '--format', 'helm', '--kong', '2.8'))
  assert.match(image.tag, /^[\w][\w.-]{0,127}$/)
})

test('config refuses a manifest whose words are none', async () => {
  for (const [index, manifest] of [
    manifestWith({ name: '../../bin/sh' }),
    manifestWith({ name: '-socket' }),
    manifestWith({ plugins: [pluginWith({ name: 'a.b' })] }),
  ].entries())
    assert.match(
      await refusal(binary(`bad-${index}`, manifest), '--format', index === 1 ? 'lua-schema' : 'env'),
      /in it is neither a name nor a version; build it anew$/,
    )
})

test('config: of a bundle with the name of one plugin in it, that one has the start_cmd', async () => {
  const plugins = [pluginWith({ name: 'hello' }), pluginWith({ name: 'guard' })]
  const made = binary('guard', manifestWith({ name: 'guard', plugins }))
  const text = await print(made, '--format', 'env')
  assert.match(text, /^KONG_PLUGINSERVER_GUARD_START_CMD=\/usr\/local\/bin\/guard$/m)
  assert.not.match(text, /HELLO_START_CMD/)
  assert.match(text, 'hello has no start_cmd: the process of guard serves it too.')
  // Nor is it linked to itself.
  const dockerfile = await print(made, '--format', 'dockerfile', '--kong', '3.4')
  assert.match(dockerfile, /^RUN ln -s \/usr\/local\/bin\/guard \/usr\/local\/bin\/hello$/m)
})

test('config refuses a bundle two of whose plugins would have the same settings', async () => {
  const plugins = [pluginWith({ name: 'key-guard' }), pluginWith({ name: 'key_guard' })]
  const made = binary('twins', manifestWith({ name: 'twins', plugins }))
  for (const format of ['kong.conf', 'compose', 'helm', 'systemd'])
    assert.match(
      await refusal(made, '--format', format),
      /key-guard and key_guard would share the settings pluginserver_key_guard_\.\.\./,
    )
})

test('config --format compose: its paths are paths, also with a $ or a colon in them', async () => {
  const made = binary('a:b$c "d', manifestWith({}))
  const { services } = parse(await print(made, '--format', 'compose'))
  const [, mount] = services.kong.volumes
  assert.match(mount.source, /\/a:b\$\$c "d$/)
  assert.equal([mount.type, mount.target, mount.read_only], ['bind', '/usr/local/bin/guard', true])
  assert.equal(mount.bind, { create_host_path: false })
})

test('config: Kong waits for a server that somebody else starts', async () => {
  const ask = ['/opt/kong-plugins/hello', '-socket', '/run/kong-plugins/hello.socket', '-health']
  const { services } = parse(await print(single, '--format', 'compose', '--unmanaged'))
  assert.equal(services.kong.depends_on, { hello: { condition: 'service_healthy' } })
  assert.equal(services.hello.healthcheck.test, ['CMD', ...ask])
  const [deployment] = parseAllDocuments(await print(single, '--format', 'kic'))
  const [sidecar] = deployment!.toJS().spec.template.spec.initContainers as {
    startupProbe: { exec: { command: string[] } }
  }[]
  assert.equal(sidecar?.startupProbe.exec.command, ask)
  const values = parse(await print(single, '--format', 'helm'))
  assert.equal(values.deployment.initContainers[0].startupProbe, sidecar?.startupProbe)
})

test('config --format systemd: a server that fails again and again is started again and again', async () => {
  const unit = await print(single, '--format', 'systemd')
  const section = unit.slice(unit.indexOf('[Unit]'), unit.indexOf('[Service]'))
  assert.match(section, /^StartLimitIntervalSec=0$/m)
  // Kong is ordered behind a unit whose server answers.
  assert.match(section, /^Before=kong\.service /m)
  const [, command = ''] = /^ExecStartPost=\/bin\/sh -c "(.*)"$/m.exec(unit) ?? []
  assert.match(
    command,
    /^until \/opt\/kong-plugins\/hello -socket \S+hello\.socket -health; do .* exit 1; done$/,
  )
  assert.match(unit, /^TimeoutStartSec=30$/m)
})

test('config --format helm: the chart opens the port of a stream plugin', async () => {
  const { env, proxy } = parse(await print(stream, '--format', 'helm'))
  assert.is(env.stream_listen, undefined)
  assert.equal(proxy, { stream: [{ containerPort: 9000, servicePort: 9000, protocol: 'TCP' }] })
})

withLua('config --format lua-schema: no text of a schema is code', async () => {
  const evil = [
    ...words,
    ']]',
    ']==]',
    '\\',
    '"',
    '" .. os.exit(3) .. "',
    '\u2028',
    '--[[',
    '\\"',
    '\\\n',
  ].map((word) => ({ s: { type: 'string', default: word } }))
  const config = { type: 'record', fields: evil }
  const made = binary(
    'texts',
    manifestWith({ plugins: [pluginWith({ schema: { name: 'guard', fields: [{ config }] } })] }),
  )
  const file = join(folder, 'texts.lua')
  writeFileSync(file, await print(made, '--format', 'lua-schema'))
  const { status, stdout, stderr } = spawnSync('luajit', ['test/cli/config-support/run-schema.lua', file], {
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  assert.equal(JSON.parse(stdout).fields[0].config, config)
})

test('config --format lua-schema: refuses a schema with a word that this Kong does not know', async () => {
  const config = {
    type: 'record',
    fields: [{ key: { type: 'string', description: 'It is a word of 3.2.' } }],
  }
  const made = binary(
    'new-word',
    manifestWith({ plugins: [pluginWith({ schema: { name: 'guard', fields: [{ config }] } })] }),
  )
  assert.match(await print(made, '--format', 'lua-schema', '--kong', '3.9'), 'It is a word of 3.2.')
  assert.match(
    await refusal(made, '--format', 'lua-schema', '--kong', '2.8'),
    /^Cannot print the schema of .*new-word for Kong 2\.8: .*description/,
  )
})

test.run()
