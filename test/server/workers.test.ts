import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MsgpackWorker, ProtobufWorker, runEvents } from './support/kong-worker.ts'
import type { MsgpackPeer } from './support/msgpack-peer.ts'
import { isAlive, socketsOf, workersOf } from './support/processes.ts'
import { bundle, newFolder, type Program, run, serve, stopAll, until } from './support/program.ts'

const code = await bundle('crew.ts', 'crew')

type Running = Program & { socket: string }

const stop = async (program: Program, signal: NodeJS.Signals = 'SIGTERM') => {
  program.child.kill(signal)
  return program.ended
}

/** How often each process has said what matches. */
function pidsThatSaid(program: Program, pattern: RegExp): string[] {
  return [...program.errors().matchAll(pattern)].map(([, pid]) => pid as string).sort()
}

async function withWorkers(
  flags: readonly string[],
  act: (program: Running, kong: ProtobufWorker) => Promise<void>,
): Promise<void> {
  const program = await serve(code, ['-worker-timeout', '1', ...flags])
  const kong = new ProtobufWorker(program.socket)
  await act(program, kong)
  kong.end()
  assert.is(await stop(program), 0, program.errors())
}

test('-workers 2: an instance is known to both workers once it is started, and init runs once in each', () =>
  withWorkers(['-workers', '2'], async (program, kong) => {
    await kong.warm(8)
    for (let times = 0; times < 20; times++) {
      const id = await kong.start('crew', {})
      const { done, refused, closed } = await runEvents(16, 8, () => kong.event(id))
      assert.equal([refused, closed], [0, 0], program.errors())
      assert.is(done.size, 2)
      assert.equal(pidsThatSaid(program, new RegExp(`init ${id} in (\\d+)`, 'g')), [...done.keys()].sort())
    }
  }))

for (const count of [2, 3])
  test(`-workers ${count}: 10,000 events on 64 connections are spread evenly`, () =>
    withWorkers([`-workers=${count}`], async (_program, kong) => {
      await kong.warm(64)
      const id = await kong.start('crew', {})
      const events = new Map<string, number>()
      // In rounds of one event on each connection: how fast a worker is, the machine's load decides.
      for (let round = 0; round < 157; round++) {
        const { done, refused, closed } = await runEvents(64, 64, () => kong.event(id))
        assert.equal([refused, closed], [0, 0])
        for (const [worker, times] of done) events.set(worker, (events.get(worker) ?? 0) + times)
      }
      assert.is(events.size, count)
      const most = Math.max(...events.values())
      assert.ok(most <= (1.3 * 64 * 157) / count, `${[...events.values()]}`)
    }))

test('-workers 1 is one process, and auto is a number', async () => {
  for (const flags of [[], ['-workers', '1'], ['-workers=1', '-worker-timeout=5']])
    await withWorkers(flags, async (program, kong) => {
      const id = await kong.start('crew', {})
      assert.equal(await kong.event(id), { done: String(program.child.pid) })
      assert.not.match(program.errors(), /with \d+ workers/)
    })
  await withWorkers(['-workers', 'auto'], async (_program, kong) => {
    const id = await kong.start('crew', {})
    assert.ok(typeof (await kong.event(id)) === 'object')
  })
})

test('-workers 2 serves where its flags end with two dashes', () =>
  withWorkers(['-workers', '2', '--'], async (_program, kong) => {
    const id = await kong.start('crew', {})
    assert.ok(typeof (await kong.event(id)) === 'object')
  }))

test('-worker-timeout without -workers serves, and says that it does nothing', async () => {
  const program = await serve(code, ['-worker-timeout', '5'])
  assert.match(program.errors(), /^warn: -worker-timeout does nothing without -workers: /m)
  const quiet = await serve(code, ['-worker-timeout', '5', '-workers', '1'])
  assert.not.match(quiet.errors(), /does nothing/)
})

test('-workers and -worker-timeout refuse what is no number of theirs, with exit code 2', async () => {
  for (const [flags, sentence] of [
    [['-workers', '0'], /-workers takes auto or a whole number from 1 to 256, not "0"/],
    [['-workers', '257'], /not "257"/],
    [['-workers', 'many'], /not "many"/],
    [['-workers=2', '-worker-timeout', '0'], /-worker-timeout takes seconds such as 30, not "0"/],
    [['-worker-timeout', '1h'], /not "1h"/],
  ] as const) {
    const program = run(process.execPath, [code, ...flags])
    assert.is(await program.ended, 2)
    assert.match(program.errors(), sentence)
  }
})

test('-workers 2: a worker that leaves takes its own event with it, which is refused, and is replaced', () =>
  withWorkers(['-workers', '2'], async (program, kong) => {
    const good = await kong.start('crew', {})
    const bad = await kong.start('crew', { mode: 'leave' })
    const before = new Set((await runEvents(64, 8, () => kong.event(good))).done.keys())
    assert.is(await kong.event(bad), 'refused')
    await program.said(
      /worker \d of crew \(pid \d+\) ended with exit code 3: .* another one starts (at once|in 100 ms)/,
    )
    await until('both serve again', () => workersOf(program).length === 2)
    const kongs = await newWorkers(program, good, before)
    assert.is(kongs.size, 2)
  }))

for (const [mode, dialect, Worker] of [
  ['loop', 'ProtoBuf:1', ProtobufWorker],
  ['loop-later', 'ProtoBuf:1', ProtobufWorker],
  ['loop-later', 'MsgPack:1', MsgpackWorker],
] as const)
  test(`-workers 2: a handler that never ends (${mode}, ${dialect}) is named and ended, and costs its worker's events only`, async () => {
    const program = await serve(code, ['-workers', '2', '-worker-timeout', '1', '-protocol', dialect])
    const kong = new Worker(program.socket)
    await kong.warm(8)
    const good = await kong.start('crew', {})
    const bad = await kong.start('crew', { mode })
    const looping = kong.event(bad)
    // Over MsgPack:1 others may have their next step on the connection behind which the loop is.
    if (dialect === 'ProtoBuf:1') {
      const { refused, closed } = await runEvents(200, 7, () => kong.event(good))
      assert.is(closed, 0)
      // Until Kong has answered the first call, others may begin on the worker's three other connections.
      assert.ok(refused <= (mode === 'loop' ? 0 : 3), `${refused} others refused`)
    }
    assert.is(await looping, 'refused')
    const place = `of crew \\(pid \\d+\\) has not answered for \\d+ ms, as crew access \\(instance ${bad}\\) does not let its loop go on`
    assert.match(program.errors(), new RegExp(`warn: worker \\d ${place}\\n`))
    assert.match(program.errors(), new RegExp(`error: worker \\d ${place}: it is ended\\n`))
    kong.end()
    assert.is(await stop(program), 0)
  })

test('-workers 2: closing an instance closes it in both', () =>
  withWorkers(['-workers', '2'], async (program, kong) => {
    await kong.warm(8)
    const id = await kong.start('crew', {})
    await runEvents(16, 8, () => kong.event(id))
    const peer = await kong.take()
    await peer.closeInstance(id)
    await until(
      'both have closed it',
      () => pidsThatSaid(program, new RegExp(`close ${id} in (\\d+)`, 'g')).length === 2,
    )
    assert.equal(
      pidsThatSaid(program, new RegExp(`close ${id} in (\\d+)`, 'g')),
      pidsThatSaid(program, new RegExp(`init ${id} in (\\d+)`, 'g')),
    )
    assert.match((await peer.event(id, 'access'))[0] as string, /^no plugin instance/)
  }))

test('-workers 2: each worker closes what it has had no event of, and opens it again for one', () =>
  withWorkers(['-workers', '2'], async (program, kong) => {
    await kong.warm(8)
    const [busy, idle] = [await kong.start('crew', {}), await kong.start('crew', {})]
    for (const id of [busy, idle]) await runEvents(16, 8, () => kong.event(id))
    const closed = (id: number) => pidsThatSaid(program, new RegExp(`close ${id} in (\\d+)`, 'g'))
    // One connection, so one worker: the other one has no event of it all the time.
    const peer = await kong.take()
    while (closed(idle).length < 2 || closed(busy).length < 1) {
      assert.is((await peer.event(busy, 'access')).at(-1), 'end')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.is(closed(busy).length, 1)
    for (const id of [busy, idle]) {
      const { refused, done } = await runEvents(16, 7, () => kong.event(id))
      assert.equal([refused, done.size], [0, 2])
    }
  }))

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`-workers 2: ${signal} lets events end in both, closes the instances there, and the exit code is 0`, async () => {
    const program = await serve(code, ['-workers', '2'])
    const kong = new ProtobufWorker(program.socket)
    await kong.warm(8)
    const id = await kong.start('crew', { mode: 'slow', wait: 600 })
    const events = runEvents(8, 8, () => kong.event(id))
    await until('both have begun', () => pidsThatSaid(program, /init \d+ in (\d+)/g).length === 2)
    const pids = workersOf(program)
    program.child.kill(signal)
    const { done, refused, closed } = await events
    assert.equal([refused, closed], [0, 0])
    assert.is(done.size, 2)
    assert.is(await program.ended, 0)
    assert.is(pidsThatSaid(program, /close \d+ in (\d+)/g).length, 2, program.errors())
    assert.equal(pids.filter(isAlive), [])
  })

test('-workers 2: a worker whose parent was killed does not stay in a handler that never ends', async () => {
  const program = await serve(code, ['-workers', '2'])
  const kong = new ProtobufWorker(program.socket)
  await kong.warm(2)
  const good = await kong.start('crew', {})
  const bad = await kong.start('crew', { mode: 'loop' })
  await runEvents(8, 2, () => kong.event(good))
  const pids = workersOf(program)
  const looping = kong.event(bad)
  await program.said(new RegExp(`init ${bad} in `))
  program.child.kill('SIGKILL')
  assert.is(await looping, 'closed')
  await until('both have left', () => !pids.some(isAlive))
})

test('-workers 2: the end of stdin stops all', async () => {
  const program = await serve(code, ['-workers', '2'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const pids = workersOf(program)
  assert.is(pids.length, 2)
  program.child.stdin?.end()
  assert.is(await program.ended, 0)
  assert.match(program.errors(), /crew stops: stdin has ended/)
  assert.not.ok(pids.some(isAlive))
})

test('-workers 2: the parent keeps no connection that Kong has closed', () =>
  withWorkers(['-workers', '2'], async (program, kong) => {
    const pid = program.child.pid as number
    const before = socketsOf(pid)
    await kong.warm(40)
    await until('all are there', () => socketsOf(pid) === before + 40)
    kong.end()
    await until('all are gone', () => socketsOf(pid) === before)
    // Kong 3.1 to 3.4 looks every 100 ms whether somebody listens.
    for (let times = 0; times < 40; times++) (await kong.take()).socket.destroy()
    await until('these too', () => socketsOf(pid) === before)
    assert.not.match(program.errors(), /error|warn/)
  }))

test('-workers 2: a worker that dies before it serves is started again, later each time', async () => {
  const program = run(process.execPath, [code, '-socket', `${newFolder()}/s`, '-workers', '2'], {
    env: { BREAK_WORKERS: '1' },
  })
  await program.said(/had not served yet; another one starts in 400 ms/)
  assert.match(
    program.errors(),
    /ended with exit code 9: it had not served yet; another one starts in 100 ms/,
  )
  assert.not.match(program.errors(), / serves /)
  assert.is(await stop(program), 0)
})

test('-workers 2: who cannot listen says so, exits with 1 and leaves no worker', async () => {
  const program = run(process.execPath, [code, '-socket', '/nowhere/at/all/s', '-workers', '2'])
  assert.is(await program.ended, 1)
  assert.match(program.errors(), /^error: Cannot listen on [^\n]+\n$/)
})

test('-workers 2: workers whose parent is killed let events end and leave', async () => {
  const program = await serve(code, ['-workers', '2'])
  const kong = new ProtobufWorker(program.socket)
  await kong.warm(4)
  const id = await kong.start('crew', { mode: 'slow', wait: 400 })
  const events = runEvents(4, 4, () => kong.event(id))
  await until('both have begun', () => pidsThatSaid(program, /init \d+ in (\d+)/g).length === 2)
  const pids = workersOf(program)
  program.child.kill('SIGKILL')
  const { done, refused, closed } = await events
  assert.equal([done.size, refused, closed], [2, 0, 0])
  await until('they have left', () => !pids.some(isAlive))
})

test('-workers 2: workers whose parent is killed close their instances before they end each other', async () => {
  const program = await serve(code, ['-workers', '2'])
  const kong = new ProtobufWorker(program.socket)
  await kong.warm(4)
  const id = await kong.start('crew', { mode: 'slow', wait: 400 })
  await runEvents(4, 4, () => kong.event(id))
  const pids = workersOf(program)
  program.child.kill('SIGKILL')
  await until('they have left', () => !pids.some(isAlive))
  await until('their lines are here', () => program.child.stderr?.destroyed !== false)
  assert.equal(pidsThatSaid(program, /init \d+ in (\d+)/g).sort(), pids.map(String).sort())
  for (const pid of pids) assert.match(program.errors(), `close ${id} in ${pid}\n`)
})

test('-workers 2 over MsgPack:1: steps on connections of the other worker reach their event', async () => {
  const program = await serve(code, ['-workers', '2', '-protocol', 'MsgPack:1'])
  const kong = new MsgpackWorker(program.socket)
  const id = await kong.start('crew', { mode: 'steps', wait: 5 })
  await kong.warm(8)
  const { done, refused, closed } = await runEvents(500, 8, () => kong.event(id))
  assert.equal([refused, closed], [0, 0])
  assert.is(done.size, 2)
  // Step by step over all connections in turn.
  const peers = await Promise.all(Array.from({ length: 6 }, () => kong.take()))
  let turn = (await peers[0]!.request('plugin.HandleEvent', { InstanceId: id, EventName: 'access' })) as Step
  const methods: string[] = []
  for (let at = 1; turn.Data !== 'ret'; at++) {
    methods.push(turn.Data.Method)
    turn = (await peers[at % 6]!.request('plugin.Step', { EventId: turn.EventId, Data: 'a' })) as Step
  }
  assert.equal(methods, [...Array(5).fill('kong.request.get_header'), 'kong.response.set_header'])
  assert.is(await stop(program), 0)
})

test('-workers 2 over MsgPack:1: names and texts that are not UTF-8 reach the other worker and come back as they are', async () => {
  const program = await serve(code, ['-workers', '2', '-protocol', 'MsgPack:1'])
  const kong = new MsgpackWorker(program.socket)
  const id = await kong.start('crew', { mode: 'query' })
  await kong.warm(2)
  const peers = await Promise.all([kong.take(), kong.take()])
  for (const [first, second] of [peers, peers.toReversed()] as [MsgpackPeer, MsgpackPeer][]) {
    const asked = (await first.request('plugin.HandleEvent', { InstanceId: id, EventName: 'access' })) as Step
    const step = second.requestBytes('plugin.Step', { EventId: asked.EventId, Data: { '??': '??' } })
    // Two bytes that no UTF-8 has in the place of each question mark's pair.
    for (let at = step.indexOf('??'); at >= 0; at = step.indexOf('??')) step.set([0xff, 0xfe], at)
    second.socket.write(step)
    await until('its call has come', () => second.bytes.length > 0)
    const call = second.bytes.toString('latin1')
    assert.match(call, /kong\.response\.set_headers.*\xa2\xff\xfe.*string \xff\xfe/s)
    second.bytes = Buffer.alloc(0)
    await second.request('plugin.Step', { EventId: asked.EventId })
    await first.request('plugin.Step', { EventId: asked.EventId })
  }
  kong.end()
  assert.is(await stop(program), 0)
})

test('-workers 2 over MsgPack:1: events of a killed worker are refused, waiting or with their step elsewhere', async () => {
  const program = await serve(code, ['-workers', '2', '-protocol', 'MsgPack:1'])
  const kong = new MsgpackWorker(program.socket)
  const slow = await kong.start('crew', { mode: 'slow', wait: 60_000 })
  const steps = await kong.start('crew', { mode: 'steps', wait: 3 })
  await kong.warm(8)
  const peers = await Promise.all(Array.from({ length: 6 }, () => kong.take()))
  const turns = await Promise.all(
    peers.map((peer) => peer.request('plugin.HandleEvent', { InstanceId: steps, EventName: 'access' })),
  )
  const waiting = Promise.all([kong.event(slow), kong.event(slow)])
  await until(
    'both wait',
    () => pidsThatSaid(program, new RegExp(`init ${slow} in (\\d+)`, 'g')).length === 2,
  )
  for (const pid of workersOf(program)) process.kill(pid, 'SIGKILL')
  assert.equal(await waiting, ['refused', 'refused'])
  await until('both are replaced', () => workersOf(program).length === 2)
  for (const turn of turns) {
    const { EventId } = turn as Step
    const next = (await kong.ask('plugin.Step', { EventId, Data: 'a' })) as Step
    assert.equal(typeof next.Data === 'object' && [next.Data.Method, next.Data.Args[0]], [
      'kong.response.exit',
      500,
    ])
  }
  assert.is(await stop(program), 0)
})

test('-workers 2 over MsgPack:1: Kong may go on where it reads the answer and the refusal behind it in one piece', async () => {
  const program = await serve(code, ['-workers', '2', '-protocol', 'MsgPack:1'])
  const kong = new MsgpackWorker(program.socket)
  const id = await kong.start('crew', { mode: 'steps', wait: 3 })
  const peer = await kong.take()
  // Kong is busy with something else: the answer comes, its worker dies, and the refusal lies right behind it.
  peer.socket.pause()
  peer.socket.write(peer.requestBytes('plugin.HandleEvent', { InstanceId: id, EventName: 'access' }))
  await program.said(new RegExp(`init ${id} in `))
  await pause(100)
  for (const pid of workersOf(program)) process.kill(pid, 'SIGKILL')
  await until('both are replaced', () => workersOf(program).length === 2)
  await pause(200)
  peer.socket.resume()
  const { EventId, Data } = (await peer.reply()) as Step
  assert.equal(typeof Data === 'object' && Data.Method, 'kong.request.get_header')
  const { Data: last } = (await peer.request('plugin.Step', { EventId, Data: 'a' })) as Step
  assert.equal(typeof last === 'object' && [last.Method, last.Args[0]], ['kong.response.exit', 500])
  kong.put(peer)
  assert.ok(typeof (await kong.event(id)) === 'object')
  assert.not.ok(peer.closed)
  assert.is(await stop(program), 0)
})

for (const mode of ['block', 'block-later'])
  for (const flags of [[], ['-workers', '2']])
    test(`a handler that blocks the loop is named: ${mode} ${flags.join(' ')}`, () =>
      withWorkers(flags, async (program, kong) => {
        const id = await kong.start('crew', { mode, wait: 1200 })
        assert.ok(typeof (await kong.event(id)) === 'object')
        await program.said(
          new RegExp(`warn: crew access \\(instance ${id}\\) kept the loop from going on for `),
        )
      }))

test('-help names -workers', async () => {
  const program = run(process.execPath, [code, '-help'])
  assert.is(await program.ended, 0)
  assert.match(program.out(), /^ {2}-workers N +how many processes serve \(default 1\); auto/m)
})

test.after(stopAll)
test.run()

interface Step {
  EventId: number
  Data: 'ret' | { Method: string; Args: unknown[] }
}

/** The processes that answer now, and were not there before. */
async function newWorkers(program: Running, id: number, before: Set<string>): Promise<Set<string>> {
  const seen = new Set<string>()
  await until('the new one is up', () => workersOf(program).some((pid) => !before.has(String(pid))))
  for (let tries = 0; tries < 200 && seen.size < 2; tries++) {
    const kong = new ProtobufWorker(program.socket)
    await kong.warm(4)
    for (const pid of (await runEvents(8, 4, () => kong.event(id))).done.keys()) seen.add(pid)
    kong.end()
  }
  return seen
}
