import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Call } from '../../src/fake-kong/outcome.ts'
import { createPeer } from '../../src/fake-kong/peer.ts'
import { Worker } from '../../src/fake-kong/worker.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import { dialects } from '../../src/pdk/phases.ts'
import { inPhase } from '../support/kong.ts'
import { bare, run } from '../support/server.ts'

const limit = 5000

for (const dialect of dialects) {
  test(`${dialect} worker: events that come together share one start of the instance`, async () => {
    const running = await run(dialect, bare({ phases: { access: () => undefined } }))
    const worker = new Worker(dialect, running.path, { name: 'test', config: {} }, { limit })
    try {
      const ends = await Promise.all(
        Array.from({ length: 10 }, () => worker.runPhase('access', createWorld())),
      )
      assert.equal(
        ends.map(({ end }) => end),
        Array(10).fill('returned'),
      )
      assert.is(worker.started.length, 1)
    } finally {
      worker.close()
      await running.stop()
    }
  })

  test(`${dialect} worker: an instance that is lost under several events is started once more, for all`, async () => {
    const running = await run(dialect, bare({ phases: { access: () => undefined } }))
    const worker = new Worker(dialect, running.path, { name: 'test', config: {} }, { limit })
    try {
      for (let round = 1; round <= 5; round++) {
        await running.runtime.instances.close(await worker.start())
        const ends = await Promise.all(
          Array.from({ length: 10 }, () => worker.runPhase('access', createWorld())),
        )
        assert.equal(
          ends.map(({ end }) => end),
          Array(10).fill('returned'),
        )
        assert.is(worker.started.length, 1 + round)
        assert.is(await worker.start(), worker.started.at(-1))
      }
    } finally {
      worker.close()
      await running.stop()
    }
  })

  test(`${dialect} worker: renew and end close what they replace, also with a start under way`, async () => {
    const running = await run(dialect, bare({ phases: { access: () => undefined } }))
    const { instances } = running.runtime
    const worker = new Worker(dialect, running.path, { name: 'test', config: {} }, { limit })
    try {
      const [first, second, third] = await Promise.all([worker.start(), worker.renew(), worker.renew()])
      assert.equal([...worker.started].sort(), [first, second, third].sort())
      assert.is(instances.size, 1)
      assert.is((await worker.runPhase('access', createWorld())).end, 'returned')
      await worker.end()
      assert.is(instances.size, 0)
    } finally {
      worker.close()
      await running.stop()
    }
  })
}

/** The trips of an event's calls: two made together, then one behind their answers, then two together. */
async function tripsOver(dialect: (typeof dialects)[number]): Promise<[string, number][]> {
  const access = async (handed: unknown) => {
    const kong = inPhase(handed, 'access')
    await Promise.all([kong.request.getMethod(), kong.request.getPath()])
    await kong.client.getIp()
    await Promise.all([kong.request.getScheme(), kong.request.getHost()])
  }
  const running = await run(dialect, bare({ phases: { access } }))
  const heard: Call[] = []
  const watch = {
    before: async () => undefined,
    after: (_: unknown, __: string, call: Call) => heard.push(call),
  }
  const peer = createPeer(dialect, running.path, { limit, watch })
  try {
    const outcome = await peer.runPhase(await peer.startInstance('test', '{}'), 'access', createWorld())
    assert.equal(heard, outcome.calls)
    return outcome.calls.map(({ method, trip }) => [method.split('.').at(-1) as string, trip])
  } finally {
    peer.close()
    await running.stop()
  }
}

test('ProtoBuf:1 peer: calls that did not wait for the answer before share a round trip', async () => {
  assert.equal(await tripsOver('ProtoBuf:1'), [
    ['get_method', 1],
    ['get_path', 1],
    ['get_ip', 2],
    ['get_scheme', 3],
    ['get_host', 3],
  ])
})

test('MsgPack:1 peer: each call is a round trip of its own', async () => {
  assert.equal(
    (await tripsOver('MsgPack:1')).map(([, trip]) => trip),
    [1, 2, 3, 4, 5],
  )
})

test.run()
