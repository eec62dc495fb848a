import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { build, hello, test64 } from './support/hello-binary.ts'
import { MsgpackPeer } from './support/msgpack-peer.ts'
import { fixture, newFolder, run, stopAll } from './support/program.ts'
import { ProtobufPeer, stringReply } from './support/protobuf-peer.ts'

async function serveBinary(binary: string, ...args: string[]) {
  const socket = join(newFolder(), 's')
  const command = ['-i', binary, '-socket', socket, ...args]
  const program = run('env', command)
  await program.said(/ serves /)
  return { ...program, socket }
}

test64('hello -dump describes itself, without an environment and with a hostile one', async () => {
  for (const env of [{}, { NODE_OPTIONS: '--require=/nowhere/injected.js' }]) {
    const program = run(hello, ['-dump'], { env })
    assert.is(await program.ended, 0)
    assert.equal(JSON.parse(program.out()), {
      Protocol: 'ProtoBuf:1',
      SocketPath: '/usr/local/kong/hello.socket',
      Plugins: [
        {
          Name: 'hello',
          Version: '0.2.0',
          Priority: 1,
          Phases: ['access'],
          Schema: {
            name: 'hello',
            fields: [
              { config: { type: 'record', fields: [{ message: { type: 'string', default: 'hello' } }] } },
            ],
          },
        },
      ],
    })
    assert.is(program.errors(), '')
  }
})

test64('hello serves ProtoBuf:1 over its socket, and stops at SIGTERM', async () => {
  const program = await serveBinary(hello)
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('hello', { message: 'hi' })
  const calls = await peer.event(id, 'access', (method) =>
    method === 'kong.request.get_header' ? stringReply('kong.example') : Buffer.alloc(0),
  )
  assert.equal(
    calls.map((call) => call.split(' ')[0]),
    ['kong.request.get_header', 'kong.response.set_header', 'end'],
  )
  assert.ok(calls[1]!.includes(Buffer.from('TypeScript says hi to kong.example').toString('hex')))
  peer.socket.destroy()
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test64('hello serves MsgPack:1 over its socket, and stops at SIGINT', async () => {
  const program = await serveBinary(hello, '-protocol', 'MsgPack:1')
  const peer = await MsgpackPeer.connect(program.socket)
  const id = await peer.start('hello', { message: 'hi' })
  const calls = await peer.event(id, 'access', (method) =>
    method === 'kong.request.get_header' ? 'kong.example' : undefined,
  )
  assert.equal(calls, [
    'kong.request.get_header ["host"]',
    'kong.response.set_header ["x-hello-from-ts","TypeScript says hi to kong.example"]',
    'ret',
  ])
  peer.socket.destroy()
  program.child.kill('SIGINT')
  assert.is(await program.ended, 0)
})

test64('hello opens no debugger at SIGUSR1', async () => {
  const program = await serveBinary(hello)
  program.child.kill('SIGUSR1')
  const peer = await ProtobufPeer.connect(program.socket)
  assert.ok((await peer.start('hello', {})) > 0)
  peer.socket.destroy()
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
  assert.not.match(program.errors(), /Debugger/)
})

test64('a binary names the author’s file and lines of a failing handler', async () => {
  const out = newFolder()
  build(fixture('work.ts'), '--name', 'work', '--out', out)
  const program = await serveBinary(join(out, 'linux-x64', 'work'))
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('work', { mode: 'throw' })
  const calls = await peer.event(id, 'access')
  assert.match(calls.at(-1)!, /^kong\.response\.exit 08f403/)
  await program.said(
    /^error: work access .* failed: TypeError: thrown in work\.ts \| at refuseRequest \([^)]*test\/server\/fixtures\/work\.ts:\d+:\d+\)/m,
  )
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test.after(stopAll)
test.run()
