import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Phase, phases } from '../../src/pdk/phases.ts'
import type { Plugin } from '../../src/plugin/plugin.ts'
import { inPhase, mp, pb, reply } from '../support/kong.ts'
import { bytesField, bytesOf, numberOf, readFields } from '../support/protobuf-oracle.ts'
import { bare, type Peer, type Running, run, until } from '../support/server.ts'

/** Kong's side of one event, the same for both dialects: the calls as method and argument, and how it ended. */
interface Kong {
  start(name: string): Promise<number>
  event(id: number, phase: string): Promise<string[]>
}

let number = 1

const kongs: Record<'ProtoBuf:1' | 'MsgPack:1', (peer: Peer) => Kong> = {
  'ProtoBuf:1': (peer) => ({
    async start(name) {
      const before = peer.count
      peer.write(pb.start(++number, name, JSON.stringify({ of: name })))
      await peer.waitFor(before + 1)
      return numberOf(readFields(bytesOf(readFields(peer.frames[before]!), 33)!), 2)
    },
    async event(id, phase) {
      peer.write(pb.event(++number, id, phase))
      const calls: string[] = []
      for (let at = peer.count; ; at += 2) {
        await peer.waitFor(at + 2)
        const [method, argument] = peer.frames.slice(at, at + 2)
        if (method!.length === 0) return [...calls, 'ret']
        calls.push(`${method} ${argument!.toString('latin1').replace(/[^\x20-\x7e]/g, '')}`)
        if (String(method) === 'kong.response.exit') return calls
        peer.write(pb.empty)
      }
    },
  }),
  'MsgPack:1': (peer) => ({
    start: async (name) => {
      const start = { Name: name, Config: JSON.stringify({ of: name }) }
      return Number((await mp.ask(peer, mp.request(++number, 'StartInstance', start))).result.Id)
    },
    async event(id, phase) {
      let { result } = await mp.ask(peer, mp.event(++number, id, phase))
      const calls: string[] = []
      while (result.Data !== 'ret') {
        const { Method, Args } = result.Data as { Method: string; Args: unknown[] }
        calls.push(`${Method} ${Args.join(' ')}`)
        if (Method === 'kong.response.exit') return calls
        result = (await mp.ask(peer, mp.step(++number, Number(result.EventId)))).result
      }
      return [...calls, 'ret']
    },
  }),
}

async function withPlugins(
  dialect: 'ProtoBuf:1' | 'MsgPack:1',
  plugins: Record<string, Partial<Plugin>>,
  use: (running: Running, connect: () => Promise<Kong>) => Promise<void>,
): Promise<void> {
  const [first, ...others] = Object.entries(plugins).map(([name, plugin]) => ({ ...bare(plugin), name }))
  const running = await run(dialect, first!, { name: first!.name, others })
  try {
    await use(running, async () => kongs[dialect](await running.connect()))
  } finally {
    await running.stop()
  }
}

/** A handler whose calls tell whose it is, with a pause so that events can overlap. */
const says = (word: string) => async (kong: unknown, config: unknown, state: unknown) => {
  await delay(2)
  await inPhase(kong, 'log').log.notice(`${word} ${(config as { of: string }).of} ${state}`)
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const) {
  test(`${dialect}: events of two plugins overlap on one socket, each with its own phases, configuration and state`, () =>
    withPlugins(
      dialect,
      {
        one: { phases: { access: says('one') }, open: (_config, { id }) => `s${id}` },
        two: { phases: { access: says('two'), log: says('log') }, open: (_config, { id }) => `s${id}` },
      },
      async (running, connect) => {
        const ids = new Set<number>()
        await Promise.all(
          ['one', 'TWO', 'Two', 'one'].map(async (name) => {
            const kong = await connect()
            const id = await kong.start(name)
            ids.add(id)
            const word = name.toLowerCase()
            for (let times = 0; times < 10; times++) {
              const [call, end] = await kong.event(id, 'access')
              assert.match(call!, `${word} ${name} s${id}`)
              assert.is(end, 'ret')
            }
            const logged = await kong.event(id, 'log')
            assert.is(logged.length, word === 'one' ? 1 : 2)
          }),
        )
        assert.is(ids.size, 4)
        assert.equal(running.lines, [])
      },
    ))

  test(`${dialect}: a failing handler is answered by the onError of its own plugin, and logged under its name`, () => {
    const access = () => {
      throw new Error('broken')
    }
    return withPlugins(
      dialect,
      { guard: { phases: { access } }, extra: { phases: { access }, onError: 'continue' } },
      async (running, connect) => {
        const kong = await connect()
        const [guard, extra] = [await kong.start('guard'), await kong.start('extra')]
        const passed = await kong.event(extra, 'access')
        assert.match(
          passed[0]!,
          new RegExp(`^kong\\.log\\.err .*extra access \\(instance ${extra}\\) failed`),
        )
        assert.is(passed[1], 'ret')
        const refused = await kong.event(guard, 'access')
        assert.match(
          refused[0]!,
          new RegExp(`^kong\\.log\\.err .*guard access \\(instance ${guard}\\) failed`),
        )
        assert.match(refused[1]!, /^kong\.response\.exit /)
        assert.is(running.lines.length, 2)
        assert.match(running.lines[0]!, /^error: extra access .*broken/)
        assert.match(running.lines[1]!, /^error: guard access .*broken/)
      },
    )
  })

  test(`${dialect}: each plugin has its own time limit, though an event of a patient one began before`, () => {
    const never = () => new Promise<void>(() => undefined)
    return withPlugins(
      dialect,
      {
        patient: { phases: { access: () => delay(250) }, timeLimit: 5000 },
        hasty: { phases: { access: never }, timeLimit: 50 },
      },
      async (running, connect) => {
        const [first, second] = [await connect(), await connect()]
        const [patient, hasty] = [await first.start('patient'), await second.start('hasty')]
        const waiting = first.event(patient, 'access')
        await until(() => running.runtime.openEvents === 1)
        const refused = await second.event(hasty, 'access')
        assert.match(refused[0]!, /hasty access .*did not end within 50 ms/)
        assert.match(refused[1]!, /^kong\.response\.exit /)
        assert.equal(await waiting, ['ret'])
        assert.is(running.lines.length, 1)
      },
    )
  })

  test(`${dialect}: an instance of a plugin that is not there fails closed in every phase, also in those that no plugin has`, () =>
    withPlugins(
      dialect,
      { one: { phases: { log: () => undefined } }, two: { phases: { log: () => undefined } } },
      async (running, connect) => {
        for (const phase of phases.filter((name) => name !== 'log') as Phase[]) {
          const kong = await connect()
          const calls = await kong.event(await kong.start('three'), phase)
          assert.match(calls.at(-1)!, /^kong\.response\.exit /, phase)
        }
        assert.match(
          running.lines[0]!,
          /^error: Cannot serve plugin "three": this binary holds "one", "two"; check/,
        )
        assert.match(running.lines[1]!, /^error: three init \(instance \d+\) failed: .*holds "one", "two"/)
      },
    ))

  test(`${dialect}: the longest message is that of the plugin that takes the longest`, () =>
    withPlugins(
      dialect,
      { small: { frameLimit: 10 }, large: { frameLimit: 100_000 } },
      async (running, connect) => {
        const peer = await running.connect()
        const config = JSON.stringify({ text: 'x'.repeat(50_000) })
        peer.write(
          dialect === 'ProtoBuf:1'
            ? pb.start(2, 'small', config)
            : mp.request(2, 'StartInstance', { Name: 'small', Config: config }),
        )
        await peer.waitFor(1)
        assert.ok((await (await connect()).start('large')) > 0)
        assert.equal(running.lines, [])
      },
    ))
}

test('protobuf: get_plugin_names lists all, get_plugin_info describes the one that is asked for', () =>
  withPlugins(
    'ProtoBuf:1',
    { one: { priority: 1 }, two: { priority: 2, phases: { log: () => undefined } } },
    async (running) => {
      const peer = await running.connect()
      for (const command of [
        pb.command(2, 31, Buffer.alloc(0)),
        pb.command(3, 32, bytesField(1, 'two')),
        pb.command(4, 32, bytesField(1, 'three')),
      ])
        peer.write(command)
      await peer.waitFor(3)
      assert.equal(
        bytesOf(readFields(peer.frames[0]!), 31),
        Buffer.concat([bytesField(1, 'one'), bytesField(1, 'two')]),
      )
      const info = readFields(bytesOf(readFields(peer.frames[1]!), 32)!)
      assert.is(String(bytesOf(info, 1)), 'two')
      assert.is(String(bytesOf(info, 4)), 'log')
      assert.is(numberOf(info, 6), 2)
      assert.equal(peer.frames[2], Buffer.of(0x08, 4))
    },
  ))

test('msgpack: GetStatus lists all, GetPluginInfo describes the one that is asked for, InstanceStatus names its plugin', () =>
  withPlugins('MsgPack:1', { one: { priority: 1 }, two: { priority: 2 } }, async (running) => {
    const peer = await running.connect()
    const status = await mp.ask(peer, mp.request(2, 'GetStatus', []))
    assert.equal(status.result.Plugins, { one: { Name: 'one' }, two: { Name: 'two' } })
    const info = await mp.ask(peer, mp.request(3, 'GetPluginInfo', 'two'))
    assert.is(info.result.Name, 'two')
    assert.is(info.result.Priority, 2)
    const unknown = await mp.ask(peer, mp.request(4, 'GetPluginInfo', 'three'))
    assert.match(String(unknown.error), /^Cannot serve plugin "three": this binary holds "one", "two"/)
    const id = Number(
      (await mp.ask(peer, mp.request(5, 'StartInstance', { Name: 'TWO', Config: '{}' }))).result.Id,
    )
    assert.is((await mp.ask(peer, mp.request(6, 'InstanceStatus', id))).result.Name, 'two')
  }))

test('msgpack: event ids of two plugins are never equal, and a step of an unknown event fails closed while one plugin does', () =>
  withPlugins(
    'MsgPack:1',
    {
      one: { phases: { access: says('one') }, onError: 'continue' },
      two: { phases: { access: says('two') } },
    },
    async (running, connect) => {
      const kong = await connect()
      const [one, two] = [await kong.start('one'), await kong.start('two')]
      const peers = await Promise.all([one, two, one, two].map(() => running.connect()))
      for (const [index, id] of [one, two, one, two].entries()) peers[index]!.write(mp.event(9, id, 'access'))
      await Promise.all(peers.map((peer) => peer.waitFor(1)))
      const events = peers.map((peer) => Number(reply(peer.messages[0]!).result.EventId))
      assert.is(new Set(events).size, 4)
      const lost = await mp.ask(peers[0]!, mp.step(10, Math.max(...events) + 1))
      assert.is((lost.result.Data as { Method: string }).Method, 'kong.response.exit')
      for (const [index, event] of events.entries())
        assert.is((await mp.ask(peers[index]!, mp.step(11, event))).result.Data, 'ret')
    },
  ))

test.run()
