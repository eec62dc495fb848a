import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Exchange, loadConversation } from '../support/conversation.ts'
import { mp } from '../support/kong.ts'
import { bytesOf, numberOf, readFields } from '../support/protobuf-oracle.ts'
import { bare, run } from '../support/server.ts'

/** After a restart, as recorded: B is started, then Kong still calls the instance that was A before, number 0. */
function afterRestart(name: string): { start: Exchange; event: Exchange } {
  const [conversation] = loadConversation(name)
  const all = conversation!.exchanges
  const second = all.filter(({ connection }) => connection !== all[0]!.connection)
  return { start: second[0]!, event: second.at(-1)! }
}

test('protobuf: an id of an earlier process is unknown to a new one, which gives out others', async () => {
  const { start, event } = afterRestart('pb-server-restart-id-collision')
  let ran = 0
  const running = await run(
    'ProtoBuf:1',
    bare({
      phases: {
        access: () => {
          ran += 1
        },
      },
    }),
    {
      name: start.pluginName,
    },
  )
  const peer = await running.connect()
  peer.write(start.command.bytes)
  await peer.waitFor(1)
  const id = numberOf(readFields(bytesOf(readFields(peer.frames[0]!), 33)!), 2)
  assert.ok(id > 0 && id < 2 ** 31)
  peer.write(event.command.bytes)
  await peer.waitFor(3)
  assert.equal(peer.frames.slice(1).map(String), ['no plugin instance 0', ''])
  assert.is(ran, 0)
  await running.stop()
})

test('msgpack: an id of an earlier process is unknown to a new one, which gives out others', async () => {
  const { start, event } = afterRestart('mp-server-restart-id-collision')
  let ran = 0
  const running = await run(
    'MsgPack:1',
    bare({
      phases: {
        access: () => {
          ran += 1
        },
      },
    }),
    {
      name: start.pluginName,
    },
  )
  const peer = await running.connect()
  const id = Number((await mp.ask(peer, start.command.bytes)).result.Id)
  assert.ok(id > 0 && id < 2 ** 31)
  assert.is((await mp.ask(peer, event.command.bytes)).error, 'no plugin instance 0')
  assert.is(ran, 0)
  await running.stop()
})

test.run()
