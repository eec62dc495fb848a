import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inPhase, mp, pb, reply, withServer } from '../support/kong.ts'
import { until } from '../support/server.ts'

/** A handler that is let go by the test, and counts its runs. */
function gate() {
  const waiting: (() => void)[] = []
  const state = {
    runs: 0,
    open: () => {
      for (const go of waiting.splice(0)) go()
    },
    handler: async () => {
      state.runs++
      await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
  return state
}

test('protobuf: draining ends an idle connection at once and a busy one right behind its RpcReturn', () => {
  const { handler, open, ...counted } = gate()
  return withServer('ProtoBuf:1', { phases: { access: handler } }, async (busy, id, running) => {
    const idle = await running.connect()
    busy.write(pb.event(9, id, 'access'))
    await until(() => running.runtime.openEvents === 1)
    const drained = running.drain()
    await idle.waitForClose()
    await delay(30)
    assert.not(busy.closed)
    let ended = 0
    busy.socket.on('end', () => (ended = busy.chunks.length))
    open()
    await busy.waitForClose()
    // The end came with the last bytes: Kong sees it before it can use the connection again.
    assert.is(ended, busy.chunks.length)
    assert.equal(busy.frames.slice(-2), [Buffer.alloc(0), Buffer.of(0x08, 9)])
    await drained
    assert.is(counted.runs, 0)
  })
})

test('protobuf: a command that arrives on a connection that was ended runs no handler', () => {
  const counted = gate()
  return withServer('ProtoBuf:1', { phases: { access: counted.handler } }, async (peer, id, running) => {
    const halfOpen = await running.connect()
    // Keeps its own side open, as Kong does for the moment in which both write at once.
    halfOpen.socket.allowHalfOpen = true
    const drained = running.drain()
    await until(() => halfOpen.socket.readableEnded || halfOpen.closed)
    halfOpen.socket.write(pb.event(3, id, 'access'))
    await drained
    assert.is(counted.runs, 0)
    assert.is(halfOpen.chunks.length, 0)
    assert.ok(peer.closed)
  })
})

test('protobuf: a command that is half there when draining begins is still served', () => {
  const counted = gate()
  return withServer('ProtoBuf:1', { phases: { access: counted.handler } }, async (peer, id, running) => {
    const command = pb.event(3, id, 'access')
    peer.write(command.subarray(0, 4))
    await delay(20)
    const drained = running.drain()
    await delay(30)
    peer.write(command.subarray(4))
    await until(() => counted.runs === 1)
    counted.open()
    await peer.waitForClose()
    assert.equal(peer.frames.slice(-1), [Buffer.of(0x08, 3)])
    await drained
  })
})

test('protobuf: an answer that is still due after the event does not keep the connection open', () =>
  withServer(
    'ProtoBuf:1',
    { phases: { access: (kong) => void inPhase(kong, 'access').response.setHeader('x-a', '1') } },
    async (peer, id, running) => {
      peer.write(pb.event(5, id, 'access'))
      await peer.waitFor(5)
      const drained = running.drain()
      await peer.waitForClose()
      await drained
    },
  ))

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  test(`${dialect}: with patience a connection ends right behind its next event, or once it is quiet`, () =>
    withServer(dialect, { phases: { access: () => undefined } }, async (peer, id, running) => {
      const quiet = await running.connect()
      const drained = running.drain(60_000)
      await delay(40)
      assert.not(peer.closed)
      assert.not(quiet.closed)
      peer.write(dialect === 'ProtoBuf:1' ? pb.event(9, id, 'access') : mp.event(9, id, 'access'))
      let ended = 0
      peer.socket.on('end', () => (ended = peer.chunks.length))
      await peer.waitForClose()
      assert.is(ended, peer.chunks.length)
      assert.ok(ended > 1, 'the event was answered')
      assert.not(quiet.closed)
      await Promise.all([running.drain(0), quiet.waitForClose(), drained])
    }))

for (const [dialect, half] of [
  ['ProtoBuf:1', Buffer.of(9, 0, 0, 0, 1)],
  ['MsgPack:1', Buffer.of(0x94, 0)],
] as const)
  test(`${dialect}: half a command that never goes on does not keep the server`, () =>
    withServer(dialect, { phases: {} }, async (peer, _id, running) => {
      peer.write(half)
      await delay(20)
      await running.drain()
      await peer.waitForClose()
    }))

test('msgpack: draining keeps every connection while an event is open, as its steps may come on any', () =>
  withServer(
    'MsgPack:1',
    { phases: { access: async (kong) => void (await inPhase(kong, 'access').request.getPath()) } },
    async (peer, id, running) => {
      const other = await running.connect()
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      const drained = running.drain()
      await delay(50)
      assert.not(peer.closed)
      assert.not(other.closed)
      const last = await mp.ask(other, mp.step(4, Number(result.EventId), '/p'))
      assert.is(last.result.Data, 'ret')
      await Promise.all([peer.waitForClose(), other.waitForClose(), drained])
    },
  ))

test('msgpack: a connection ends behind its event while others are open, so that load without a pause moves too', () =>
  withServer(
    'MsgPack:1',
    { phases: { access: async (kong) => void (await inPhase(kong, 'access').request.getPath()) } },
    async (first, id, running) => {
      const second = await running.connect()
      const one = await mp.ask(first, mp.event(3, id, 'access'))
      const two = await mp.ask(second, mp.event(4, id, 'access'))
      const drained = running.drain(60_000)
      assert.is((await mp.ask(first, mp.step(5, Number(one.result.EventId), '/p'))).result.Data, 'ret')
      await first.waitForClose()
      assert.not(second.closed)
      assert.is((await mp.ask(second, mp.step(6, Number(two.result.EventId), '/p'))).result.Data, 'ret')
      await Promise.all([second.waitForClose(), drained])
    },
  ))

test('msgpack: a connection stays behind the end of an event while another one was last heard of there', () =>
  withServer(
    'MsgPack:1',
    { phases: { access: async (kong) => void (await inPhase(kong, 'access').request.getPath()) } },
    async (peer, id, running) => {
      const one = await mp.ask(peer, mp.event(3, id, 'access'))
      const two = await mp.ask(peer, mp.event(4, id, 'access'))
      const drained = running.drain(60_000)
      assert.is((await mp.ask(peer, mp.step(5, Number(two.result.EventId), '/p'))).result.Data, 'ret')
      await delay(30)
      assert.not(peer.closed)
      assert.is((await mp.ask(peer, mp.step(6, Number(one.result.EventId), '/p'))).result.Data, 'ret')
      await Promise.all([peer.waitForClose(), drained])
    },
  ))

test('msgpack: a request that came before the end, unread as yet, is served, and the end follows its reply', () => {
  let send = () => {}
  let runs = 0
  // Handlers that send as Kong would when it gets on with its work before we do.
  const access = () => {
    runs++
    if (runs <= 2) send()
  }
  return withServer('MsgPack:1', { phases: { access } }, async (peer, id, running) => {
    const before = peer.count
    send = () => peer.write(mp.event(10 + runs, id, 'access'))
    const drained = running.drain(60_000)
    peer.write(mp.event(10, id, 'access'))
    await peer.waitForClose()
    assert.is(runs, 3)
    const replies = peer.messages.slice(before).map(reply)
    assert.equal(
      replies.map(({ id, result }) => [id, result.Data]),
      [
        [10, 'ret'],
        [11, 'ret'],
        [12, 'ret'],
      ],
    )
    await Promise.all([running.drain(0), drained])
  })
})

test('msgpack: a request of which a part came before the end is served once it is whole', () => {
  let send = () => {}
  let runs = 0
  return withServer(
    'MsgPack:1',
    {
      phases: {
        access: () => {
          runs++
          send()
        },
      },
    },
    async (peer, id, running) => {
      const next = mp.event(11, id, 'access')
      send = () => {
        send = () => {}
        peer.write(next.subarray(0, 7))
      }
      const drained = running.drain(60_000)
      assert.is((await mp.ask(peer, mp.event(10, id, 'access'))).result.Data, 'ret')
      await delay(30)
      assert.not(peer.closed)
      assert.is((await mp.ask(peer, next.subarray(7))).id, 11)
      await peer.waitForClose()
      assert.is(runs, 2)
      await Promise.all([running.drain(0), drained])
    },
  )
})

test('msgpack: the end follows no reply behind which Kong sends an event at once: a start, a close, an error', () =>
  withServer('MsgPack:1', { phases: { access: () => undefined } }, async (peer, id, running) => {
    const drained = running.drain(60_000)
    const started = await mp.started(peer, 3)
    await mp.ask(peer, mp.request(4, 'CloseInstance', id))
    assert.match(String((await mp.ask(peer, mp.event(5, id, 'access'))).error), /no plugin instance/)
    await delay(30)
    assert.not(peer.closed)
    assert.is((await mp.ask(peer, mp.event(6, started, 'access'))).result.Data, 'ret')
    await peer.waitForClose()
    await Promise.all([running.drain(0), drained])
  }))

test.run()
