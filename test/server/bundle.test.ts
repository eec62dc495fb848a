import { spawnSync } from 'node:child_process'
import { readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MsgpackPeer } from './support/msgpack-peer.ts'
import { bundleAll, newFolder, type Program, run, serve, stopAll, until } from './support/program.ts'
import { ProtobufPeer, stringReply } from './support/protobuf-peer.ts'

const header = 'bundle/header.ts'
const goShape = 'bundle/go-shape.ts'
const module = 'bundle/module.cjs'

const pack = await bundleAll('pack', { header, 'go-shape': goShape })
const mixed = await bundleAll('mixed', { header, 'go-shape': goShape, module })
const broken = await bundleAll('pack', { header, broken: 'broken.ts', 'go-shape': goShape })

interface Dump {
  Protocol: string
  SocketPath: string
  Plugins: { Name: string; Version: string; Priority: number; Phases: string[]; Schema: unknown }[]
}

/** Runs a bundle to its end, by the name of a symlink where one is given. */
async function answer(code: string, args: readonly string[], name?: string) {
  const program = run(process.execPath, [name === undefined ? code : symlink(code, name), ...args])
  const ended = await program.ended
  return { ended, out: program.out(), errors: program.errors() }
}

function symlink(code: string, name: string): string {
  const link = join(newFolder(), `${name}.cjs`)
  symlinkSync(code, link)
  return link
}

const evaluated = (errors: string) =>
  [...errors.matchAll(/info: (\S+) is evaluated/g)].map(([, file]) => file)

const stop = (program: Program) => {
  program.child.kill('SIGTERM')
  return program.ended
}

/** What each plugin answers to the host `kong`, over each protocol. */
const words = { header: 'hello kong', 'go-shape': 'go kong', module: 'undefined kong' }

async function answersMsgpack(peer: MsgpackPeer, name: keyof typeof words): Promise<void> {
  const id = await peer.start(name, {})
  const calls = await peer.event(id, 'access', (method) =>
    method.endsWith('get_header') ? 'kong' : undefined,
  )
  assert.is(calls.length, 3)
  assert.match(calls[1]!, new RegExp(`^kong\\.response\\.set_header \\["x-[a-z]+","${words[name]}"\\]$`))
}

async function answersProtobuf(peer: ProtobufPeer, name: 'header' | 'go-shape'): Promise<number> {
  const id = await peer.start(name, {})
  await protobufEvent(peer, id, words[name])
  return id
}

async function protobufEvent(peer: ProtobufPeer, id: number, words: string): Promise<void> {
  const calls = await peer.event(id, 'access', (method) =>
    method.endsWith('get_header') ? stringReply('kong') : Buffer.alloc(0),
  )
  assert.is(calls.length, 3)
  assert.ok(calls[1]!.includes(Buffer.from(words).toString('hex')), calls[1])
  assert.is(calls[2], 'end')
}

const choices: [what: string, args: string[], name?: string][] = [
  ['a word', ['go-shape', '-dump']],
  ['a word at the end', ['-dump', 'go-shape']],
  ['-plugin', ['-plugin', 'go-shape', '-dump']],
  ['--plugin=', ['--dump', '--plugin=go-shape']],
  ['the name of a symlink', ['-dump'], 'go-shape'],
  ['a word, whatever symlink', ['go-shape', '-dump'], 'header'],
  ['a word in other letters', ['Go-Shape', '-dump']],
]

for (const [what, args, name] of choices)
  test(`-dump prints the plugin that is chosen by ${what}, and evaluates no other`, async () => {
    const { ended, out, errors } = await answer(pack, args, name)
    assert.is(ended, 0, errors)
    assert.match(out, /^[^\n]+\n$/)
    const { Protocol, SocketPath, Plugins } = JSON.parse(out) as Dump
    assert.is(Protocol, 'ProtoBuf:1')
    assert.is(SocketPath, `/usr/local/kong/${name ?? 'pack'}.socket`)
    assert.is(Plugins.length, 1)
    const { Schema, ...head } = Plugins[0]!
    assert.equal(head, { Name: 'go-shape', Version: '2.0.0', Priority: 2, Phases: ['access', 'log'] })
    assert.is((Schema as { name: string }).name, 'go-shape')
    assert.equal(evaluated(errors), ['go-shape'])
  })

test('-dump gives the protocol of the plugin that is chosen, or that of -protocol, and the socket of the flags', async () => {
  const dump = async (...args: string[]) => {
    const { Protocol, SocketPath, Plugins } = JSON.parse((await answer(mixed, args)).out) as Dump
    return [Protocol, SocketPath, Plugins[0]!.Name]
  }
  assert.equal(await dump('module', '-dump', '-kong-prefix', '/k'), [
    'MsgPack:1',
    '/k/mixed.socket',
    'module',
  ])
  assert.equal(await dump('header', '-dump', '-protocol', 'MsgPack:1', '-socket', '/s'), [
    'MsgPack:1',
    '/s',
    'header',
  ])
})

test('-dump of several plugins without a choice is refused with their names and all three ways', async () => {
  for (const name of [undefined, 'other']) {
    const { ended, out, errors } = await answer(pack, ['-dump'], name)
    assert.is(ended, 2)
    assert.is(out, '')
    assert.match(
      errors,
      new RegExp(
        `^error: Cannot read the flags: Kong takes one plugin from a dump, and here are header, go-shape\\. Call "${name ?? 'pack'} header -dump" or "${name ?? 'pack'} -plugin header -dump", or make a symlink header [^\\n]*\\n$`,
      ),
    )
  }
})

test('a name that no plugin has is refused with those that are there, whatever the command', async () => {
  for (const args of [
    ['nobody', '-dump'],
    ['-plugin', 'nobody'],
    ['nobody', '-version'],
    ['nobody', '-help'],
  ]) {
    const { ended, out, errors } = await answer(pack, args)
    assert.is(ended, 2, args.join(' '))
    assert.is(out, '')
    assert.match(
      errors,
      /^error: Cannot read the flags: there is no plugin "nobody" here, only header, go-shape\. -help [^\n]*\n$/,
    )
  }
})

test('a bundle of one plugin needs no choice', async () => {
  const one = await bundleAll('one', { header })
  const { ended, out } = await answer(one, ['-dump'])
  assert.is(ended, 0)
  assert.is((JSON.parse(out) as Dump).Plugins.length, 1)
})

test('-version tells all plugins, or the one that is chosen', async () => {
  assert.match(
    (await answer(pack, ['-version'])).out,
    /^pack \(header 1\.0\.0, go-shape 2\.0\.0\) \(kong-ts-pdk \d+\.\d+\.\d+, Node v\d+\.\d+\.\d+\)\n$/,
  )
  for (const [args, name] of [
    [['-version', 'header'], undefined],
    [['-version'], 'header'],
  ] as const) {
    const { out, errors } = await answer(pack, args, name)
    assert.match(out, /^header 1\.0\.0 \(kong-ts-pdk [^\n]*\)\n$/)
    assert.equal(evaluated(errors), ['header'])
  }
})

test('-help gives the settings with which Kong starts one process for all, and every flag', async () => {
  const { ended, out } = await answer(pack, ['-help'])
  assert.is(ended, 0)
  for (const line of [
    '    plugins = bundled,header,go-shape',
    '    pluginserver_names = header,go-shape',
    '    pluginserver_header_socket = /usr/local/kong/pack.socket',
    '    pluginserver_header_start_cmd = /usr/local/bin/pack',
    '    pluginserver_header_query_cmd = /usr/local/bin/pack header -dump',
    '    pluginserver_go_shape_socket = /usr/local/kong/pack.socket',
    '    pluginserver_go_shape_query_cmd = /usr/local/bin/pack go-shape -dump',
  ])
    assert.ok(out.includes(`\n${line}\n`), line)
  assert.is(out.match(/start_cmd = /g)?.length, 1)
  for (const flag of [
    'dump',
    'plugin',
    'kong-prefix',
    'socket',
    'socket-mode',
    'protocol',
    'version',
    'help',
  ])
    assert.ok(out.includes(`\n  -${flag} `), flag)
})

test('a server evaluates its plugins in order and says what it serves', async () => {
  const program = await serve(pack)
  assert.equal(evaluated(program.errors()), ['header', 'go-shape'])
  assert.match(
    program.errors(),
    /^info: pack \(header 1\.0\.0, go-shape 2\.0\.0\) serves ProtoBuf:1 on \S+\/s \([^\n]*\)$/m,
  )
  assert.is(await stop(program), 0)
  assert.match(program.errors(), /^info: pack stops: it got SIGTERM$/m)
})

const sockets: [what: string, args: string[], socket: string, name?: string][] = [
  ['of its own', [], 'pack.socket'],
  ['of a symlink', [], 'go-shape.socket', 'go-shape'],
  ['of -plugin', ['-plugin', 'header'], 'pack.socket'],
]

for (const [what, args, file, name] of sockets)
  test(`a server called by a name ${what} serves all on the socket of that name`, async () => {
    const prefix = newFolder()
    const code = name === undefined ? pack : symlink(pack, name)
    const program = run(process.execPath, [code, '-kong-prefix', prefix, ...args])
    await program.said(/ serves /)
    assert.equal(readdirSync(prefix), [file])
    const peer = await ProtobufPeer.connect(join(prefix, file))
    await answersProtobuf(peer, 'header')
    await answersProtobuf(peer, 'go-shape')
    assert.is(await stop(program), 0)
  })

test('all three shapes answer on one socket over the one protocol that -protocol chooses, at the same time', async () => {
  const program = await serve(mixed, ['-protocol', 'MsgPack:1'])
  await Promise.all(
    (['header', 'go-shape', 'module', 'header'] as const).map(async (name) => {
      const peer = await MsgpackPeer.connect(program.socket)
      for (let times = 0; times < 10; times++) await answersMsgpack(peer, name)
    }),
  )
  assert.is(await stop(program), 0)
  assert.not.match(program.errors(), /error|warn/)
})

test('two protocols are refused at start, with who wants which and the way out', async () => {
  const { ended, out, errors } = await answer(mixed, ['-socket', join(newFolder(), 's')])
  assert.is(ended, 1)
  assert.is(out, '')
  assert.match(
    errors,
    /^error: Cannot serve two protocols on one socket: header wants ProtoBuf:1, go-shape wants ProtoBuf:1, module wants MsgPack:1\. Give all the same protocol, or choose one with -protocol[^\n]*$/m,
  )
})

test('two plugins of one name are refused at start', async () => {
  const code = await bundleAll('pack', { header, another: 'bundle/named.ts' })
  const { ended, errors } = await answer(code, ['-socket', join(newFolder(), 's')])
  assert.is(ended, 1)
  assert.match(errors, /^error: Cannot serve two plugins that Kong would both know as Header: [^\n]*$/m)
})

test('a plugin with a name of its own is chosen by that of its file, and known to Kong by its own', async () => {
  const code = await bundleAll('pack', { 'go-shape': goShape, named: 'bundle/named.ts' })
  const dump = JSON.parse((await answer(code, ['named', '-dump'])).out) as Dump
  assert.is(dump.Plugins[0]!.Name, 'Header')
  assert.is(dump.SocketPath, '/usr/local/kong/pack.socket')
  const { out } = await answer(code, ['-help'])
  assert.match(out, /^ {4}plugins = bundled,go-shape,Header\n {4}pluginserver_names = go-shape,named$/m)
  const program = await serve(code)
  const peer = await ProtobufPeer.connect(program.socket)
  assert.equal(await peer.event(await peer.start('header', {}), 'log'), ['end'])
  assert.is(await stop(program), 0)
})

test('a file that throws while it is evaluated ends the start with its name and lines; dumps of others work', async () => {
  const started = await answer(broken, ['-socket', join(newFolder(), 's')])
  assert.is(started.ended, 1)
  assert.match(
    started.errors,
    /^error: Cannot use the plugin "broken": TypeError: Cannot read properties of undefined [^\n]*fixtures\/broken\.ts:11:18[^\n]*$/m,
  )
  assert.not.match(started.errors, / serves /)
  const own = await answer(broken, ['broken', '-dump'])
  assert.is(own.ended, 1)
  assert.is(own.out, '')
  assert.match(own.errors, /^error: Cannot use the plugin "broken": TypeError/)
  for (const name of ['header', 'go-shape']) assert.is((await answer(broken, [name, '-dump'])).ended, 0, name)
})

test('a file without a plugin, or with a wrong one, is named', async () => {
  const code = await bundleAll('pack', { header, nothing: 'nothing.ts', wrong: 'wrong.ts' })
  assert.match(
    (await answer(code, ['nothing', '-dump'])).errors,
    /^error: Cannot use the plugin "nothing": Cannot run the plugin: its file exports \["message"\]; [^\n]*\n$/,
  )
  assert.match(
    (await answer(code, ['wrong', '-dump'])).errors,
    /^error: Cannot use the plugin "wrong": [^|\n]*"one"/,
  )
})

test('one plugin fails closed while the other goes on, and the log names the one', async () => {
  const program = await serve(pack)
  const [failing, other] = [
    await ProtobufPeer.connect(program.socket),
    await ProtobufPeer.connect(program.socket),
  ]
  const id = await failing.start('header', {})
  const going = await other.start('go-shape', {})
  const calls = await failing.event(id, 'access', (method) =>
    method.endsWith('get_header') ? stringReply('break') : Buffer.alloc(0),
  )
  assert.match(calls.at(-1)!, /^kong\.response\.exit 08f403/)
  await protobufEvent(other, going, 'go kong')
  assert.match(
    program.errors(),
    new RegExp(
      `^error: header access \\(instance ${id}\\) failed: Error: header breaks .*bundle/header\\.ts:\\d+`,
      'm',
    ),
  )
  assert.not.match(program.errors(), /go-shape access/)
  assert.is(await stop(program), 0)
})

test('a server of several plugins ends the event in flight, closes the instances of all, and leaves', async () => {
  const program = await serve(pack)
  const peer = await ProtobufPeer.connect(program.socket)
  const second = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('header', { wait: 300 })
  await answersProtobuf(second, 'header')
  peer.handle(id, 'access')
  await program.said(/a slow event is at work/)
  program.child.kill('SIGTERM')
  const calls = await peer.finish((method) =>
    method.endsWith('get_header') ? stringReply('kong') : Buffer.alloc(0),
  )
  assert.is(calls.at(-1), 'end')
  assert.is(await program.ended, 0)
  assert.is(program.errors().match(/^info: header closes$/gm)?.length, 2)
})

test('a server of several plugins whose path is taken over leaves, and the other serves all', async () => {
  const first = await serve(pack)
  const idle = await ProtobufPeer.connect(first.socket)
  await answersProtobuf(idle, 'go-shape')
  const second = await serve(pack, [], { socket: first.socket })
  assert.is(await first.ended, 0)
  await until('the idle connection ends', () => idle.closed)
  const peer = await ProtobufPeer.connect(first.socket)
  await answersProtobuf(peer, 'header')
  await answersProtobuf(peer, 'go-shape')
  assert.equal(readdirSync(dirname(first.socket)), ['s'])
  assert.is(await stop(second), 0)
})

// It says so on a terminal only: this makes one.
const testOnTerminal = spawnSync('script', ['--version']).status === 0 ? test : test.skip

testOnTerminal('a server that a person starts where it cannot listen says how Kong starts it', () => {
  const command = `"${process.execPath}" "${pack}" -socket /nowhere/s`
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' })
  assert.match(stdout, /Cannot listen on \/nowhere\/s/)
  assert.match(stdout, /pluginserver_names = header,go-shape/)
})

test.after(stopAll)
test.run()
