import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MsgpackPeer } from './support/msgpack-peer.ts'
import { bundle, type Program, serve, stopAll, until } from './support/program.ts'
import { framed, ProtobufPeer, stringReply } from './support/protobuf-peer.ts'

const work = await bundle('work.ts')
const linux = process.platform === 'linux'
const descriptors = ({ child }: Program) => (linux ? readdirSync(`/proc/${child.pid}/fd`).length : 0)
const megabytes = ({ child }: Program) =>
  linux ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024 : 0

/**
 * Sends bytes on a connection of its own and goes away: with FIN; or, with `leaveUnread`, while an answer lies
 * unread, which on a unix socket is a reset for the other side.
 */
async function sendAndLeave(path: string, bytes: Buffer, leaveUnread: boolean): Promise<void> {
  const socket = connect(path)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  if (leaveUnread) {
    socket.pause()
    socket.write(bytes)
    await new Promise((resolve) => setTimeout(resolve, 1))
    socket.destroy()
  } else socket.end(bytes)
  socket.resume()
  await once(socket, 'close')
}

test('1,000 ProtoBuf:1 clients that leave in the middle of a message leak nothing', async () => {
  const program = await serve(work)
  const peer = await ProtobufPeer.connect(program.socket)
  const header = await peer.start('work', { mode: 'header' })
  const slow = await peer.start('work', { mode: 'slow', wait: 1 })
  const before = descriptors(program)
  const whole = peer.handleBytes(header, 'access')
  const slowly = peer.handleBytes(slow, 'access')
  for (let run = 0; run < 500; run += 10)
    await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const cut = (run + at) % (whole.length + 1)
        await sendAndLeave(program.socket, whole.subarray(0, cut), at % 2 === 0)
        await sendAndLeave(program.socket, Buffer.concat([slowly, whole]), at % 2 === 0)
      }),
    )
  const calls = await peer.event(header, 'access', () => stringReply('kong'))
  assert.is(calls.at(-1), 'end')
  await until('the descriptors are back', () => descriptors(program) <= before)
  assert.ok(megabytes(program) < 250, `${megabytes(program)} MB`)
  peer.socket.destroy()
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test('1,000 MsgPack:1 clients that leave in the middle of a message leak nothing', async () => {
  const program = await serve(work, ['-protocol', 'MsgPack:1'])
  const peer = await MsgpackPeer.connect(program.socket)
  const header = await peer.start('work', { mode: 'header' })
  const slow = await peer.start('work', { mode: 'slow', wait: 1 })
  const before = descriptors(program)
  const other = new MsgpackPeer(program.socket)
  const whole = other.handleBytes(header, 'access')
  const slowly = other.handleBytes(slow, 'access')
  other.socket.destroy()
  for (let run = 0; run < 500; run += 10)
    await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const cut = (run + at) % whole.length
        await sendAndLeave(program.socket, whole.subarray(0, cut), at % 2 === 0)
        await sendAndLeave(program.socket, slowly, at % 2 === 0)
      }),
    )
  const calls = await peer.event(header, 'access', () => 'kong')
  assert.is(calls.at(-1), 'ret')
  await until('the descriptors are back', () => descriptors(program) <= before)
  assert.ok(megabytes(program) < 250, `${megabytes(program)} MB`)
  program.child.kill('SIGTERM')
  peer.socket.destroy()
  assert.is(await program.ended, 0)
})

test('a broken ProtoBuf:1 peer costs its own connection only', async () => {
  const program = await serve(work)
  const good = await ProtobufPeer.connect(program.socket)
  const id = await good.start('work', { mode: 'header' })
  for (const bytes of [
    framed(Buffer.from('garbage')),
    Buffer.from('ffffffff', 'hex'),
    Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    framed(Buffer.alloc(0)),
    framed(Buffer.from('0802', 'hex')),
  ]) {
    const bad = await ProtobufPeer.connect(program.socket)
    bad.socket.write(bytes)
    await until(`${bytes.toString('hex')} ends its connection`, () => bad.closed)
    const calls = await good.event(id, 'access', () => stringReply('kong'))
    assert.is(calls.at(-1), 'end')
  }
  assert.match(program.errors(), /^warn: a connection is closed: Cannot [^\n]*$/m)
  assert.not.match(program.errors(), /exception outside/)
  good.socket.destroy()
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test('a broken MsgPack:1 peer costs its own connection only', async () => {
  const program = await serve(work, ['-protocol', 'MsgPack:1'])
  const good = await MsgpackPeer.connect(program.socket)
  const id = await good.start('work', { mode: 'header' })
  for (const bytes of [
    Buffer.from('c1', 'hex'),
    Buffer.from('01', 'hex'),
    Buffer.from('dbffffffff', 'hex'),
    Buffer.from('91c0', 'hex'),
    Buffer.from(`${'91'.repeat(100_000)}c0`, 'hex'),
    Buffer.from('940001a0c1', 'hex'),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ]) {
    const bad = await MsgpackPeer.connect(program.socket)
    bad.socket.write(bytes)
    await until(`${bytes.subarray(0, 20).toString('hex')} ends its connection`, () => bad.closed)
    const calls = await good.event(id, 'access', () => 'kong')
    assert.is(calls.at(-1), 'ret')
  }
  assert.not.match(program.errors(), /exception outside/)
  good.socket.destroy()
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test('two commands in one write are answered in order', async () => {
  const program = await serve(work)
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('work', { mode: 'status' })
  const first = peer.handleBytes(id, 'access')
  const second = peer.handleBytes(id, 'log')
  peer.socket.write(Buffer.concat([first, second]))
  const methods: string[] = []
  for (let count = 0; count < 4; count++) methods.push(((await peer.frame()) as Buffer).toString())
  assert.is(methods[0], 'kong.response.set_status')
  assert.is(methods[2], '')
  peer.socket.write(framed(Buffer.alloc(0)))
  assert.is(((await peer.frame()) as Buffer).length, 0)
  assert.equal([...((await peer.frame()) as Buffer)].slice(0, 2), [8, 4])
  peer.socket.destroy()
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test('an answer that is ready is sent when another handler ends the process', async () => {
  for (const [dialect, Peer, last] of [
    ['ProtoBuf:1', ProtobufPeer, 'end'],
    ['MsgPack:1', MsgpackPeer, 'ret'],
  ] as const) {
    const program = await serve(await bundle('crew.ts', 'crew'), ['-protocol', dialect])
    const good = await Peer.connect(program.socket)
    const bad = await Peer.connect(program.socket)
    const leaves = await bad.start('crew', { mode: 'leave' })
    const returns = await good.start('crew', { mode: 'return' })
    await good.event(returns, 'access')
    // Both are there when it looks the next time.
    program.child.kill('SIGSTOP')
    const calls = good.event(returns, 'access')
    bad.socket.write(bad.handleBytes(leaves, 'access'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    program.child.kill('SIGCONT')
    assert.is((await calls).at(-1), last)
    assert.is(await program.ended, 3)
  }
})

test('answers do not go through what an author puts in the place of fs.writeSync', async () => {
  const program = await serve(await bundle('patched.ts'))
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('work', {})
  for (let times = 0; times < 3; times++) {
    const calls = await peer.event(id, 'access')
    assert.match(Buffer.from(calls.at(-2)!.split(' ')[1]!, 'hex').toString('latin1'), /x-writes.*0$/s)
  }
  peer.socket.destroy()
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test.after(stopAll)
test.run()
