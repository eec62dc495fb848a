import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MsgpackPeer } from './support/msgpack-peer.ts'
import { bundle, newFolder, type Program, run, serve, stopAll, until } from './support/program.ts'
import { ProtobufPeer, stringReply } from './support/protobuf-peer.ts'

const code = await bundle('work.ts')
const headerCalls = [
  'kong.request.get_header 0a04686f7374',
  'kong.response.set_header 0a06782d686f737412046b6f6e67',
]

const stop = async (program: Program, signal: NodeJS.Signals = 'SIGTERM') => {
  program.child.kill(signal)
  return program.ended
}

async function servesProtobuf(socket: string): Promise<void> {
  const peer = await ProtobufPeer.connect(socket)
  const id = await peer.start('work', {})
  const calls = await peer.event(id, 'access', (method) =>
    method.endsWith('get_header') ? stringReply('kong') : Buffer.alloc(0),
  )
  assert.is(calls.length, 3)
  assert.is(calls[0], headerCalls[0])
  assert.match(calls[1]!, /^kong\.response\.set_header .*782d686f7374.*6b6f6e67/)
  assert.is(calls[2], 'end')
  peer.socket.destroy()
}

async function servesMsgpack(socket: string): Promise<void> {
  const peer = await MsgpackPeer.connect(socket)
  const id = await peer.start('work', {})
  const calls = await peer.event(id, 'access', (method) =>
    method.endsWith('get_header') ? 'kong' : undefined,
  )
  assert.equal(calls, [
    'kong.request.get_header ["host"]',
    'kong.response.set_header ["x-host","kong"]',
    'ret',
  ])
  peer.socket.destroy()
}

test('serve answers events over ProtoBuf:1, and over MsgPack:1 when -protocol asks for it', async () => {
  const protobuf = await serve(code)
  await servesProtobuf(protobuf.socket)
  assert.is(await stop(protobuf), 0)
  const msgpack = await serve(code, ['-protocol', 'MsgPack:1'])
  await servesMsgpack(msgpack.socket)
  assert.is(await stop(msgpack), 0)
})

test('serve puts the socket into the prefix under the name of the binary', async () => {
  const prefix = newFolder()
  const program = run(process.execPath, [code, '-kong-prefix', prefix])
  await program.said(/ serves /)
  await servesProtobuf(join(prefix, 'work.socket'))
  assert.equal(readdirSync(prefix), ['work.socket'])
  assert.is(await stop(program), 0)
})

test('serve starts with an empty environment and stdin from /dev/null, and stays', async () => {
  const prefix = newFolder()
  const program = run('sh', [
    '-c',
    'exec env -i "$1" "$2" -kong-prefix "$3" </dev/null',
    'sh',
    process.execPath,
    code,
    prefix,
  ])
  await program.said(/ serves /)
  await servesProtobuf(join(prefix, 'work.socket'))
  await new Promise((resolve) => setTimeout(resolve, 50))
  await servesProtobuf(join(prefix, 'work.socket'))
  assert.is(program.child.exitCode, null)
  assert.is(await stop(program), 0)
})

test('serve stops with exit code 0 when its stdin, a pipe, ends', async () => {
  const program = run(
    'sh',
    ['-c', 'cat | "$1" "$2" -socket "$3"', 'sh', process.execPath, code, join(newFolder(), 's')],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  await program.said(/ serves /)
  program.child.stdin?.end()
  assert.is(await program.ended, 0)
  assert.match(program.errors(), /stdin has ended/)
})

test('serve lets an event end before it follows the end of stdin', async () => {
  const program = await serve(code, [], { stdio: ['pipe', 'pipe', 'pipe'] })
  const calls = await slowEvent(program, () => program.child.stdin?.end())
  assert.equal(calls, ['kong.response.set_header', 'end'])
  assert.is(await program.ended, 0)
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)
  test(`serve answers the event in flight before it follows ${signal}`, async () => {
    const program = await serve(code)
    const idle = await ProtobufPeer.connect(program.socket)
    const calls = await slowEvent(program, () => program.child.kill(signal))
    assert.equal(calls, ['kong.response.set_header', 'end'])
    assert.is(await program.ended, 0)
    await until('the idle connection ends', () => idle.closed)
    assert.match(program.errors(), new RegExp(`stops: it got ${signal}`))
    assert.match(program.errors(), /info: closed an instance/)
  })

test('serve answers a MsgPack:1 event in flight before it follows SIGTERM, also while Kong has the turn', async () => {
  const program = await serve(code, ['-protocol', 'MsgPack:1'])
  const peer = await MsgpackPeer.connect(program.socket)
  const id = await peer.start('work', {})
  peer.socket.write(peer.handleBytes(id, 'access'))
  const { EventId } = (await peer.reply()) as { EventId: number }
  program.child.kill('SIGTERM')
  await program.said(/stops: it got SIGTERM/)
  peer.socket.write(peer.requestBytes('plugin.Step', { EventId, Data: 'late.example' }))
  assert.equal(await peer.finish(), ['kong.response.set_header ["x-host","late.example"]', 'ret'])
  assert.is(await program.ended, 0)
})

test('serve ends idle connections when it stops, and a second signal changes nothing', async () => {
  const program = await serve(code)
  const peers = await Promise.all(Array.from({ length: 5 }, () => ProtobufPeer.connect(program.socket)))
  await peers[0]!.start('work', {})
  program.child.kill('SIGTERM')
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
  await until('all connections end', () => peers.every((peer) => peer.closed))
})

test('the socket is private from its first moment although umask is 0', async () => {
  const folder = newFolder()
  const socket = join(folder, 's')
  const program = run('sh', ['-c', 'umask 0; exec "$@"', 'sh', process.execPath, code, '-socket', socket])
  const seen = new Set<string>()
  while (!existsSync(socket)) {
    for (const name of readdirSync(folder)) seen.add(modeOf(join(folder, name)))
    await new Promise((resolve) => setImmediate(resolve))
  }
  seen.add(modeOf(socket))
  assert.equal(
    [...seen].filter((mode) => mode !== '600' && mode !== 'gone'),
    [],
  )
  await program.said(/ serves /)
  assert.is(modeOf(socket), '600')
  assert.is(await stop(program), 0)
})

test('-socket-mode gives the socket those permissions, whatever the umask', async () => {
  for (const [mode, umask] of [
    ['0660', '0'],
    ['666', '077'],
  ] as const) {
    const socket = join(newFolder(), 's')
    const args = [process.execPath, code, '-socket', socket, '-socket-mode', mode]
    const program = run('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', ...args])
    await program.said(/ serves /)
    assert.is(modeOf(socket), mode.replace(/^0/, ''))
    assert.is(await stop(program), 0)
  }
})

test('serve refuses a path that it cannot listen on with one sentence and exit code 1', async () => {
  const file = join(newFolder(), 'file')
  writeFileSync(file, 'precious')
  const folder = newFolder()
  const long = join(newFolder(), 'x'.repeat(120))
  const refused: [path: string, sentence: RegExp][] = [
    [
      '/nowhere/at/all/s',
      /there is no folder \/nowhere\/at\/all; give Kong's prefix \("prefix" in kong.conf\) with -kong-prefix/,
    ],
    [join(file, 's'), /is no folder/],
    [file, /it exists and is no socket; remove it, or choose another path with -socket/],
    [folder, /it exists and is no socket/],
    [long, /the path has \d+ bytes where the system takes 107; choose a shorter/],
  ]
  for (const [path, sentence] of refused) {
    const program = run(process.execPath, [code, '-socket', path])
    assert.is(await program.ended, 1, path)
    assert.match(program.errors(), /^error: Cannot listen on [^\n]+\n$/)
    assert.match(program.errors(), sentence)
    assert.is(program.out(), '')
  }
  assert.is(readFileSync(file, 'utf8'), 'precious')
  assert.equal(readdirSync(dirname(file)), ['file'])
  assert.equal(readdirSync(folder), [])
})

// Only root can become somebody who may not write.
const asRoot = process.getuid?.() === 0 ? test : test.skip

asRoot('serve without the right to write says who may not write where, and exits with 1', async () => {
  const outer = newFolder()
  const closed = join(outer, 'closed')
  mkdirSync(closed)
  const copy = join(outer, 'work.cjs')
  writeFileSync(copy, readFileSync(code))
  chownSync(copy, 65534, 65534)
  chmodSync(dirname(outer), 0o755)
  const asNobody = async (path: string) => {
    const program = run(process.execPath, [copy, '-socket', path], { uid: 65534, gid: 65534 })
    const ended = await program.ended
    return { ended, errors: program.errors() }
  }
  const reachable = await asNobody(join(closed, 's'))
  assert.is(reachable.ended, 1, reachable.errors)
  assert.match(
    reachable.errors,
    /^error: Cannot listen on [^\n]*: user 65534 may not make files in [^\n]*closed[^\n]*\n$/,
  )
  chmodSync(closed, 0o700)
  const unreachable = await asNobody(join(closed, 'deeper', 's'))
  assert.is(unreachable.ended, 1)
  assert.match(unreachable.errors, /^error: Cannot listen on [^\n]*: user 65534 may not [^\n]*\n$/)
  assert.equal(readdirSync(closed), [])
})

test('serve listens over the socket file of a server that was killed', async () => {
  const first = await serve(code)
  assert.is(await stop(first, 'SIGKILL'), 'SIGKILL')
  assert.ok(existsSync(first.socket))
  const second = await serve(code, [], { socket: first.socket })
  await servesProtobuf(first.socket)
  assert.is(await stop(second), 0)
})

test('a server whose path is taken over ends its event, drains, leaves with 0 and lets the other socket be', async () => {
  const first = await serve(code)
  const idle = await ProtobufPeer.connect(first.socket)
  let second: Program | undefined
  const calls = await slowEvent(
    first,
    async () => {
      second = await serve(code, [], { socket: first.socket })
    },
    1500,
  )
  assert.equal(calls, ['kong.response.set_header', 'end'])
  assert.is(await first.ended, 0)
  assert.ok(idle.closed)
  assert.match(first.errors(), /stops: .* is not its socket any more/)
  await servesProtobuf(first.socket)
  assert.equal(readdirSync(dirname(first.socket)), ['s'])
  assert.is(await stop(second as Program), 0)
})

test('a server that got SIGTERM after another took its path lets the other socket be', async () => {
  const first = await serve(code)
  const second = await serve(code, [], { socket: first.socket })
  assert.is(await stop(first), 0)
  await servesProtobuf(first.socket)
  assert.is(await stop(second), 0)
})

test('serve says what it is, on which socket, and that instances of another name are not its own', async () => {
  const program = await serve(code)
  assert.match(program.errors(), /^info: work 1\.2\.3 serves ProtoBuf:1 on [^\n]*\/s \([^\n]*pid \d+\)\n$/)
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('other', {})
  assert.ok(id > 0)
  const calls = await peer.event(id, 'access')
  assert.match(calls.at(-1)!, /^kong\.response\.exit 08f403/)
  assert.match(program.errors(), /error: Cannot serve plugin "other": this binary holds "work"/)
  assert.is(await stop(program), 0)
})

test('connections that come and go without a word are tolerated', async () => {
  const program = await serve(code)
  for (let count = 0; count < 20; count++) {
    const socket = connect(program.socket)
    await once(socket, 'connect')
    socket.destroy()
  }
  await servesProtobuf(program.socket)
  assert.not.match(program.errors(), /error|warn/)
  assert.is(await stop(program), 0)
})

test.after(stopAll)
test.run()

/** Runs an event that takes a while; `meanwhile` happens once its handler is at work. */
async function slowEvent(
  program: Program & { socket: string },
  meanwhile: () => unknown,
  wait = 300,
): Promise<string[]> {
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('work', { mode: 'slow', wait })
  peer.handle(id, 'access')
  await program.said(/the slow event is at work/)
  await meanwhile()
  const calls = await peer.finish()
  return calls.map((call) => call.split(' ')[0]!)
}

function modeOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? 'gone' : (found.mode & 0o777).toString(8)
}
