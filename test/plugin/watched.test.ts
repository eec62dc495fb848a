import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Outcome } from '../../src/plugin/watched.ts'
import { MsgpackPeer } from '../server/support/msgpack-peer.ts'
import { ProtobufPeer } from '../server/support/protobuf-peer.ts'
import { bare, run, until } from '../support/server.ts'

interface Calls {
  response: { setHeader(name: string, value: string): unknown; exit(status: number): unknown }
}

test('observe: what it throws costs no event, and is said at most once a second', async () => {
  const access = (kong: unknown) => (kong as Calls).response.exit(403)
  const plugin = bare({ phases: { access } })
  const server = await run('ProtoBuf:1', plugin, {
    observe() {
      throw new Error('it cannot count')
    },
  })
  for (let count = 0; count < 3; count++) {
    const peer = await ProtobufPeer.connect(server.path)
    const calls = await peer.event(await peer.start('test', {}), 'access')
    assert.equal(calls, ['kong.response.exit 089303'])
  }
  assert.is(server.runtime.openEvents, 0)
  const said = server.lines.filter((line) => /cannot be counted/.test(line))
  assert.is(said.length, 1)
  assert.match(
    String(said),
    /^warn: an event of test access \(instance \d+\) cannot be counted: Error: it cannot count/,
  )
  await server.stop()
})

for (const ends of ['exit', 'return'])
  test(`an event over MsgPack:1 is lost where Kong never takes the call before its ${ends}`, async () => {
    const access = (kong: unknown) => {
      const { response } = kong as Calls
      response.setHeader('x-a', 'b')
      if (ends === 'exit') response.exit(403)
    }
    const outcomes: Outcome[] = []
    const plugin = bare({ phases: { access }, timeLimit: 20 })
    const server = await run('MsgPack:1', plugin, { observe: ({ notes }) => outcomes.push(notes.outcome) })
    const peer = await MsgpackPeer.connect(server.path)
    peer.socket.write(peer.handleBytes(await peer.start('test', {}), 'access'))
    await until(() => outcomes.length > 0)
    assert.equal(outcomes, ['lost'])
    await server.stop()
  })

test.run()
