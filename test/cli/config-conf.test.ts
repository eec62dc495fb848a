import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  bundle,
  dashed,
  folder,
  foreign,
  has,
  helloSchema,
  kongTs,
  odd,
  print,
  reader,
  refusal,
  renamed,
  single,
  stream,
} from './config-support/print.ts'

const withPenlight = has('luajit', '-e', 'require "pl.config"') ? test : test.skip
const withLua = has('luajit', '-v') ? test : test.skip
const withSystemd = has('systemd-analyze', '--version') ? test : test.skip

/** What Kong reads of `kong.conf`, by the binary, the version of Kong and the flags. */
const settings: readonly (readonly [
  binary: string,
  words: readonly string[],
  expected: Readonly<Record<string, string>>,
])[] = [
  [single, ['--kong', '3.9'], { plugins: 'bundled,hello', pluginserver_names: 'hello' }],
  [
    single,
    ['--kong', '3.8'],
    {
      plugins: 'bundled,hello',
      pluginserver_names: 'hello',
      pluginserver_hello_socket: '/usr/local/kong/hello.socket',
      pluginserver_hello_start_cmd: '/usr/local/bin/hello',
      pluginserver_hello_query_cmd: '/usr/local/bin/hello -dump',
    },
  ],
  [
    dashed,
    ['--kong', '3.4.2'],
    {
      plugins: 'bundled,key-guard',
      pluginserver_names: 'key-guard',
      pluginserver_key_guard_socket: '/usr/local/kong/key-guard.socket',
      pluginserver_key_guard_start_cmd: '/usr/local/bin/key-guard',
      pluginserver_key_guard_query_cmd: '/usr/local/bin/key-guard -dump',
    },
  ],
  [
    dashed,
    ['--kong', '3.9.1', '--unmanaged'],
    {
      plugins: 'bundled,key-guard',
      pluginserver_names: 'key-guard',
      pluginserver_key_guard_socket: '/run/kong-plugins/key-guard.socket',
      pluginserver_key_guard_query_cmd: '/opt/kong-plugins/key-guard -dump',
    },
  ],
  [renamed, [], { plugins: 'bundled,Hello_There', pluginserver_names: 'greeter' }],
  [
    bundle,
    ['--kong', '3.9'],
    {
      plugins: 'bundled,hello,key-guard',
      pluginserver_names: 'hello,key-guard',
      pluginserver_hello_socket: '/usr/local/kong/pack.socket',
      pluginserver_hello_start_cmd: '/usr/local/bin/pack',
      pluginserver_hello_query_cmd: '/usr/local/bin/pack hello -dump',
      pluginserver_key_guard_socket: '/usr/local/kong/pack.socket',
      pluginserver_key_guard_query_cmd: '/usr/local/bin/pack key-guard -dump',
    },
  ],
  [
    bundle,
    ['--kong', '2.8', '--unmanaged'],
    {
      plugins: 'bundled,hello,key-guard',
      pluginserver_names: 'hello,key-guard',
      pluginserver_hello_socket: '/run/kong-plugins/pack.socket',
      pluginserver_hello_query_cmd: '/opt/kong-plugins/pack hello -dump',
      pluginserver_key_guard_socket: '/run/kong-plugins/pack.socket',
      pluginserver_key_guard_query_cmd: '/opt/kong-plugins/pack key-guard -dump',
    },
  ],
  [
    bundle,
    ['--kong', '3.4'],
    {
      plugins: 'bundled,hello,key-guard',
      pluginserver_names: 'hello,key-guard',
      pluginserver_hello_socket: '/usr/local/kong/hello.socket',
      pluginserver_hello_start_cmd: '/usr/local/bin/hello',
      pluginserver_hello_query_cmd: '/usr/local/bin/hello -dump',
      pluginserver_key_guard_socket: '/usr/local/kong/key-guard.socket',
      pluginserver_key_guard_start_cmd: '/usr/local/bin/key-guard',
      pluginserver_key_guard_query_cmd: '/usr/local/bin/key-guard -dump',
    },
  ],
  [
    stream,
    ['--kong', '3.9'],
    { plugins: 'bundled,tcp', pluginserver_names: 'tcp', stream_listen: '0.0.0.0:9000' },
  ],
]

for (const [binary, words, expected] of settings) {
  const title = [binary.slice(folder.length + 1), ...words].join(' ')
  withPenlight(`config --format kong.conf: Kong's reader finds the settings of ${title}`, async () => {
    const input = await print(binary, '--format', 'kong.conf', ...words)
    const { status, stdout, stderr } = spawnSync('luajit', ['test/cli/config-support/read-conf.lua'], {
      input,
      encoding: 'utf8',
    })
    assert.is(status, 0, stderr)
    const read = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
    assert.equal(Object.fromEntries(read), expected)
  })

  test(`config --format env: the same settings are variables of ${title}`, async () => {
    const text = await print(binary, '--format', 'env', ...words)
    const variables = Object.fromEntries(
      Object.entries(expected).map(([name, value]) => [`KONG_${name.toUpperCase()}`, value]),
    )
    assert.equal({ ...parseEnv(text) }, variables)
    // docker run --env-file takes all behind the first "=" as it stands.
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    assert.equal(
      lines,
      Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    )
  })
}

test('config: a comment tells of the Admin API of 3.9 where Kong starts the server, and only there', async () => {
  const issue = /Kong\/kong#14260/
  assert.match(await print(single, '--format', 'kong.conf', '--kong', '3.9.1'), issue)
  assert.not.match(await print(single, '--format', 'kong.conf', '--kong', '3.9.1', '--unmanaged'), issue)
  assert.not.match(await print(single, '--format', 'kong.conf', '--kong', '3.8'), issue)
})

test('config: socket mode, log level and environment have a comment where they matter', async () => {
  const managed = await print(single, '--format', 'kong.conf')
  assert.match(managed, /^# log_level = info$/m)
  assert.match(managed, /^# nginx_main_env = TZ$/m)
  const unmanaged = await print(single, '--format', 'kong.conf', '--unmanaged')
  assert.match(unmanaged.replaceAll('\n# ', ' '), /the socket has the mode 0600\..* -socket-mode 0660/)
  assert.not.match(unmanaged, /log_level|nginx_main_env/)
})

test('config: no line of kong.conf is longer than 100 columns', async () => {
  for (const words of [[], ['--unmanaged']])
    for (const line of (await print(bundle, '--format', 'kong.conf', ...words)).split('\n'))
      assert.ok(line.length <= 100, line)
})

withSystemd('config --format systemd: systemd takes the unit without a word', async () => {
  for (const [binary, ...flags] of [[single], [bundle], [single, '--', '-metrics', '[::1]:9542']] as const) {
    const unit = await print(binary, '--format', 'systemd', ...flags)
    assert.match(unit, /^User=kong$/m)
    assert.match(unit, /^#\s+pluginserver_hello_query_cmd = \/opt\/kong-plugins\/\w+ .*-dump$/m)
    // What is started must be there.
    const file = join(folder, 'kong-plugin-it.service')
    writeFileSync(file, unit.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('kong-plugin-it'))
    assert.equal([status, complaints], [0, []])
  }
})

withSystemd('config --format systemd: systemd complains of a unit that is wrong', async () => {
  const unit = await print(single, '--format', 'systemd')
  const file = join(folder, 'kong-plugin-wrong.service')
  writeFileSync(file, unit.replace('ExecStart=', 'ExecBegin='))
  assert.is.not(spawnSync('systemd-analyze', ['verify', file]).status, 0)
})

withLua('config --format lua-schema: Lua makes of it the schema of the dump', async () => {
  const file = join(folder, 'schema.lua')
  writeFileSync(file, await print(single, '--format', 'lua-schema'))
  const { status, stdout, stderr } = spawnSync('luajit', ['test/cli/config-support/run-schema.lua', file], {
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  assert.equal(JSON.parse(stdout), helloSchema)
  assert.match(
    readFileSync(file, 'utf8'),
    /handler\.lua.*\n?.*\n-- {3}return { VERSION = "0\.2\.0", PRIORITY = 1 }\n/,
  )
})

test('config --format lua-schema: of several plugins one is chosen with --plugin', async () => {
  assert.match(
    await print(bundle, '--format', 'lua-schema', '--plugin', 'hello'),
    '-- schema.lua of hello 0.2.0',
  )
  assert.is(
    await refusal(bundle, '--format', 'lua-schema'),
    `Cannot print lua-schema of ${bundle}: it is about one plugin, and here are hello, key-guard; choose with --plugin`,
  )
  assert.is(
    await refusal(bundle, '--format', 'lua-schema', '--plugin', 'other'),
    `Cannot find the plugin "other" in ${bundle}: it holds hello, key-guard`,
  )
})

test('config refuses an unmanaged server with Kong 3.1 to 3.4, which would never use it', async () => {
  for (const words of [
    ['--format', 'kong.conf', '--unmanaged'],
    ['--format', 'systemd'],
  ])
    assert.match(
      await refusal(single, '--kong', '3.4', ...words),
      /^Cannot put .*hello into Kong 3\.4: plugin server: .* never uses a server that it did not start itself/,
    )
})

test('config: what stands behind "--" is in the command that starts the server, in every format that has one', async () => {
  const flags = ['-metrics', '127.0.0.1:9542', '-log-level=warn', '-log-format', 'json']
  const command = `hello${['', ...flags].join(' ')}`
  const unmanaged = `hello -socket /run/kong-plugins/${command}`.replace(
    'plugins/hello',
    'plugins/hello.socket',
  )
  for (const [format, expected] of [
    ['kong.conf', `pluginserver_hello_start_cmd = /usr/local/bin/${command}\n`],
    ['env', `KONG_PLUGINSERVER_HELLO_START_CMD=/usr/local/bin/${command}\n`],
    ['compose', `KONG_PLUGINSERVER_HELLO_START_CMD: "/usr/local/bin/${command}"\n`],
    ['dockerfile', `ENV KONG_PLUGINSERVER_HELLO_START_CMD="/usr/local/bin/${command}"\n`],
    ['systemd', `ExecStart=/opt/kong-plugins/${unmanaged}\n`],
  ] as const)
    assert.ok((await print(single, '--format', format, '--', ...flags)).includes(expected), format)
  for (const format of ['helm', 'kic']) {
    const text = await print(single, '--format', format, '--', ...flags)
    const words = ['/opt/kong-plugins/hello', '-socket', '/run/kong-plugins/hello.socket', ...flags]
    assert.ok(text.includes(`command: ${JSON.stringify(words).replaceAll(',', ', ')}\n`), format)
  }
  const settings = await print(bundle, '--format', 'kong.conf', '--', '-workers', 'auto')
  assert.equal(settings.match(/^.*_start_cmd = .*$/gm), [
    'pluginserver_hello_start_cmd = /usr/local/bin/pack -workers auto',
  ])
})

test('config: another protocol is that of the dump and of all that there is to say of it', async () => {
  const text = await print(reader, '--format', 'compose', '--unmanaged', '--', '-protocol', 'MsgPack:1')
  assert.match(text, 'QUERY_CMD: "/opt/kong-plugins/reader -protocol MsgPack:1 -dump"')
  assert.match(text.replaceAll('\n# ', ' '), 'Note: Over MsgPack:1 requests pass without reader')
  assert.not.match(text, 'BODY_BUFFER')
})

test('config: the comments know the mode of the socket that was chosen', async () => {
  for (const format of ['kong.conf', 'systemd', 'helm', 'kic', 'compose'])
    assert.not.match(
      await print(single, '--format', format, '--unmanaged', '--', '-socket-mode', '660'),
      '0600',
    )
})

test('config refuses flags that no server takes, that it settles itself, or that would need quotes', async () => {
  for (const [flags, sentence] of [
    [['-metric', 'x'], /^Cannot read the flags: Unknown option '--?metric'/],
    [['-metrics'], /^Cannot read the flags: /],
    [['-log-level', 'loud'], /^Cannot read the flags: -log-level takes error, /],
    [['-socket', '/x'], /^Cannot start a server with -socket \/x: -socket is what config settles itself/],
    [['--kong-prefix=/x'], /: --kong-prefix is what config settles itself; leave it out$/],
    [['-dump'], /: -dump serves nothing; leave it out$/],
    [['metrics'], /: a server takes flags only, and "metrics" is none; write it as -metrics /],
    [['-worker-timeout', '5'], /: -worker-timeout does nothing without -workers: /],
    [['-metrics', '/a b'], /: "\/a b" would need quotes, /],
    [['-metrics', '/$HOME/x'], /would need quotes/],
    [['-metrics', "/x';id"], /would need quotes/],
  ] as const)
    assert.match(await refusal(single, '--format', 'env', '--', ...flags), sentence)
  for (const format of ['deck', 'lua-schema'])
    assert.match(
      await refusal(single, '--format', format, '--', '-workers', '2'),
      /^Cannot take -workers 2 with --format .*: it starts no server; leave out what is behind "--"$/,
    )
  assert.match(
    await refusal(bundle, '--format', 'env', '--kong', '3.4', '--', '-metrics', '127.0.0.1:9542'),
    /with one -metrics: Kong 3\.4 starts one for each plugin, and each needs an address of its own/,
  )
})

test('config refuses what no Kong or not this Kong runs', async () => {
  assert.match(
    await refusal(odd, '--format', 'dockerfile'),
    '"1.0.0\\nUSER root" in it is neither a name nor a version',
  )
  assert.match(await refusal(foreign, '--format', 'env'), /built for darwin-arm64, and Kong runs on Linux/)
  assert.match(await refusal(stream, '--format', 'env', '--kong', '3.4'), /phase preread of tcp/)
  assert.match(await refusal(single, '--format', 'env', '--kong', '2.3'), /Kong 2\.4 or later/)
  assert.match(
    await refusal(single, '--format', 'env', '--plugin', 'hello'),
    /^Cannot take --plugin with --format env: /,
  )
})

test('kong-ts config ends with 2 for a request that is wrong, and prints nothing then', () => {
  for (const words of [[single], [single, '--format', 'nomad'], ['no-such-file', '--format', 'env']]) {
    const { status, stdout, stderr } = kongTs(...words)
    assert.equal([status, stdout], [2, ''], stderr)
  }
  assert.match(kongTs(process.execPath, '--format', 'env').stderr, /it has no manifest/)
})

test('config: bodies get room in memory where Kong and the plugin have no files in common', async () => {
  const name = 'KONG_NGINX_HTTP_CLIENT_BODY_BUFFER_SIZE: "1m"'
  assert.match(await print(reader, '--format', 'compose', '--unmanaged'), name)
  assert.not.match(await print(reader, '--format', 'compose'), name)
  assert.not.match(await print(reader, '--format', 'kong.conf', '--unmanaged'), /body_buffer/)
})

test.run()
