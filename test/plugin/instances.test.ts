import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { definePlugin, type PluginDefinition, settleDefinition } from '../../src/plugin/define.ts'
import { createIds, Instances } from '../../src/plugin/instances.ts'

type Loose = PluginDefinition<Record<never, never>, unknown, 'ProtoBuf:1'>

function instancesOf(definition: Partial<Loose>) {
  const lines: string[] = []
  const write = (message: string) => lines.push(message)
  const log = { error: write, warn: write, info: write, debug: write }
  let next = 0
  const settled = settleDefinition(definePlugin({ version: '1.0.0', log() {}, ...definition } as Loose))
  const plugin = { ...settled, name: 'test' }
  const instances = new Instances([plugin], log, () => ++next)
  return { instances, lines, start: (json: string) => instances.start(plugin, json) }
}

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  )

test('createIds gives whole numbers from 1 to 2^31-1, each once', () => {
  for (const now of [0, 1, 1_700_000_000_000, 2 ** 41]) {
    const next = createIds(now)
    const ids = new Set(Array.from({ length: 5000 }, next))
    assert.is(ids.size, 5000)
    for (const id of ids) assert.ok(Number.isInteger(id) && id >= 1 && id <= 2 ** 31 - 1)
  }
})

test('createIds starts behind the ids of a process that began a second earlier', () => {
  const earlier = createIds(1_700_000_000_000)
  const given = new Set(Array.from({ length: 1000 }, earlier))
  const later = createIds(1_700_000_001_000)
  for (let count = 0; count < 1000; count++) assert.not.ok(given.has(later()))
})

test('createIds goes on with 1 after the largest', () => {
  const range = 2 ** 31 - 1
  // 1024 ids a second: the first moment whose count is one below a whole multiple of the range.
  const next = createIds(Math.ceil(((range - 1) * 1000) / 1024))
  assert.equal([next(), next()], [range, 1])
})

test('Instances.start makes an instance at once and opens it with the first event only', async () => {
  let opened = 0
  const { instances, start } = instancesOf({ init: () => ({ number: ++opened }) })
  const instance = start('{"__plugin_id":"x"}')
  assert.is(opened, 0)
  assert.is(instances.get(instance.id), instance)
  await Promise.all([instance.open(), instance.open()])
  assert.is(opened, 1)
  assert.ok(instance.ready)
  assert.equal(instance.state, { number: 1 })
  await instances.closeAll()
})

test('text that is not JSON makes an instance that does not open', async () => {
  const { instances, start } = instancesOf({})
  assert.match(await messageOf(start('{').open()), /^Cannot start an instance: .*no JSON/)
  await instances.closeAll()
})

test('an init that failed is not tried again within a second, and then it is', async () => {
  const real = performance.now
  let now = 1000
  performance.now = () => now
  try {
    let tries = 0
    const { instances, start } = instancesOf({
      init: () => {
        if (++tries < 3) throw new Error(`try ${tries}`)
      },
    })
    const instance = start('{}')
    assert.is(await messageOf(instance.open()), 'try 1')
    now += 999
    assert.is(await messageOf(instance.open()), 'try 1')
    assert.is(tries, 1)
    now += 1
    assert.is(await messageOf(instance.open()), 'try 2')
    now += 1000
    assert.is(await messageOf(instance.open()), 'no error')
    assert.is(tries, 3)
    await instances.closeAll()
  } finally {
    performance.now = real
  }
})

test('Instances.close runs close once, after the last event', async () => {
  const closed: unknown[] = []
  const { instances, start } = instancesOf({ init: () => 'state', close: (state) => closed.push(state) })
  const instance = start('{}')
  await instance.open()
  instance.openEvents = 2
  await instances.close(instance.id)
  assert.is(instances.get(instance.id), undefined)
  await instance.eventEnded(1)
  assert.equal(closed, [])
  await instance.eventEnded(1)
  assert.equal(closed, ['state'])
  await instances.close(instance.id)
  await instance.close()
  assert.equal(closed, ['state'])
  await instances.closeAll()
})

test('Instances.closeAll waits for instances too that were closing already', async () => {
  const closed: unknown[] = []
  const { instances, start } = instancesOf({
    init: () => 'state',
    close: async (state) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      closed.push(state)
    },
  })
  const [quiet, busy] = [start('{}'), start('{}')]
  await Promise.all([quiet.open(), busy.open()])
  busy.openEvents = 1
  void instances.close(quiet.id)
  void instances.close(busy.id)
  busy.eventEnded(1)
  await instances.closeAll()
  assert.equal(closed, ['state', 'state'])
})

test('Instances.close of an instance that was never opened runs no close', async () => {
  const closed: unknown[] = []
  const { instances, start } = instancesOf({ close: () => closed.push(1) })
  await instances.close(start('{}').id)
  assert.equal(closed, [])
  await instances.closeAll()
})

test('a close that throws is a log line', async () => {
  const { instances, lines, start } = instancesOf({
    close: () => {
      throw new Error('stuck')
    },
  })
  await start('{}').open()
  await instances.closeAll()
  assert.match(lines.join('\n'), /close of test instance 1 failed: .*stuck/)
})

test('Instances.expire closes what has been idle for longer than idleLimit, and nothing else; the next event opens it again', async () => {
  const closed: unknown[] = []
  let opened = 0
  const { instances, start } = instancesOf({
    idleLimit: 10_000,
    init: (_config, { id }) => `${id}, opened as number ${++opened}`,
    close: (state) => closed.push(state),
  })
  const [idle, busy, fresh] = [start('{}'), start('{}'), start('{}')]
  await Promise.all([idle.open(), busy.open(), fresh.open()])
  idle.lastUsed -= 10_001
  busy.lastUsed -= 10_001
  busy.openEvents = 1
  instances.expire()
  assert.equal(instances.countByPlugin(), new Map([['test', 2]]))
  // Its next event comes while the last state is being closed.
  await idle.open()
  assert.equal(closed, ['1, opened as number 1'])
  assert.equal([idle.ready, idle.state], [true, '1, opened as number 4'])
  assert.is(instances.get(idle.id), idle)
  busy.openEvents = 0
  await instances.closeAll()
  assert.equal(closed.slice(1), ['1, opened as number 4', '2, opened as number 2', '3, opened as number 3'])
})

test('Instances.expire closes the instances that were idle the longest for good where very many are', () => {
  const { instances, start } = instancesOf({ idleLimit: 10_000 })
  const text = JSON.stringify({ text: 'x'.repeat(1_000_000) })
  const all = Array.from({ length: 10 }, () => start(text))
  for (const [index, instance] of all.entries()) instance.lastUsed -= 80_000 - index
  instances.expire()
  const known = all.filter(({ id }) => instances.get(id) !== undefined)
  assert.equal(known, all.slice(2))
  return instances.closeAll()
})

test('Instances.expire keeps what had an event within the last minute, however little room there is and however small idleLimit', () => {
  const { instances, start } = instancesOf({ idleLimit: 1 })
  const text = JSON.stringify({ text: 'x'.repeat(1_000_000) })
  const all = Array.from({ length: 10 }, () => start(text))
  for (const instance of all) instance.lastUsed -= 50_000
  instances.expire()
  assert.is(instances.size, 10)
  return instances.closeAll()
})

test('Instances.closeAll waits for the init of an instance that Kong has closed meanwhile, and runs its close', async () => {
  const closed: unknown[] = []
  const { instances, start } = instancesOf({
    init: () => new Promise((resolve) => setTimeout(resolve, 20, 'state')),
    close: (state) => closed.push(state),
  })
  const instance = start('{}')
  void instance.open()
  void instances.close(instance.id)
  await instances.closeAll()
  assert.equal(closed, ['state'])
})

test('Instances.closeAll does not wait for an init that is given up, and a state that comes later is closed', async () => {
  const closed: unknown[] = []
  const late: ((state: string) => void)[] = []
  const { instances, start } = instancesOf({
    timeLimit: 20,
    init: () => new Promise<string>((resolve) => late.push(resolve)),
    close: (state) => closed.push(state),
  })
  const [alone, closing] = [start('{}'), start('{}')]
  void alone.open()
  void closing.open()
  void instances.close(closing.id)
  await new Promise((resolve) => setTimeout(resolve, 40))
  await instances.closeAll()
  assert.equal(closed, [])
  for (const [index, resolve] of late.entries()) resolve(`state ${index}`)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(closed, ['state 0', 'state 1'])
})

test('Instances.closeAll waits for the close of a state that came too late', async () => {
  const closed: unknown[] = []
  const late: ((state: string) => void)[] = []
  const { instances, start } = instancesOf({
    timeLimit: 20,
    init: () => (late.length === 0 ? new Promise<string>((resolve) => late.push(resolve)) : 'second'),
    close: async (state) => {
      await new Promise((resolve) => setTimeout(resolve, state === 'first' ? 20 : 0))
      closed.push(state)
    },
  })
  const instance = start('{}')
  void instance.open()
  await new Promise((resolve) => setTimeout(resolve, 40))
  await instance.open()
  late[0]!('first')
  // By then the close of the first has begun.
  await new Promise((resolve) => setImmediate(resolve))
  await instances.closeAll()
  assert.equal(closed, ['second', 'first'])
})

test('each state that init has given is closed once, whatever sleep, close, late inits and events do side by side', async () => {
  const opened: number[] = []
  const closed: number[] = []
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const soon = () => new Promise((resolve) => setTimeout(resolve, random(4)))
  const { instances, start } = instancesOf({
    idleLimit: 1,
    timeLimit: 2,
    init: async () => {
      await soon()
      if (random(30) === 0) throw new Error('no')
      return opened.push(opened.length) - 1
    },
    close: async (state) => {
      closed.push(state as number)
      await soon()
    },
  })
  const all = Array.from({ length: 40 }, () => start('{}'))
  const used: unknown[] = []
  const events = all.map(async (instance) => {
    for (let turn = 0; turn < 12; turn++) {
      if (instances.get(instance.id) === undefined) return
      instance.openEvents++
      if (!instance.ready) await instance.open().catch(() => undefined)
      if (instance.ready) {
        const { state } = instance
        await soon()
        if (closed.includes(state as number)) used.push(state)
      }
      instance.eventEnded(performance.now() - random(5))
      await soon()
      if (random(20) === 0) void instances.close(instance.id)
      if (random(3) === 0) instances.expire()
    }
  })
  await Promise.all(events)
  // An init that was given up may still be under way.
  await new Promise((resolve) => setTimeout(resolve, 20))
  await instances.closeAll()
  assert.equal(used, [])
  assert.ok(opened.length > 50)
  assert.equal(
    closed.toSorted((one, other) => one - other),
    opened,
  )
})

test('an init that takes longer than the time limit is given up: the next event tries again, and the late state is closed', async () => {
  const closed: unknown[] = []
  const late: ((state: string) => void)[] = []
  let tries = 0
  const { instances, start } = instancesOf({
    timeLimit: 20,
    init: () => (++tries === 1 ? new Promise<string>((resolve) => late.push(resolve)) : 'second'),
    close: (state) => closed.push(state),
  })
  const instance = start('{}')
  const first = instance.open()
  await new Promise((resolve) => setTimeout(resolve, 40))
  await instance.open()
  assert.is(instance.state, 'second')
  late[0]!('first')
  await first
  assert.is(instance.state, 'second')
  assert.equal(closed, ['first'])
  await instances.closeAll()
  assert.equal(closed, ['first', 'second'])
})

test('Instances.expire goes by the idleLimit of each instance’s own plugin, and ids are never equal', async () => {
  const lines: string[] = []
  const write = (message: string) => lines.push(message)
  const plugin = (name: string, idleLimit: number) => ({
    ...settleDefinition({ version: '1.0.0', log() {} } as Loose),
    name,
    idleLimit,
  })
  const [short, long] = [plugin('short', 1000), plugin('long', 5000)] as const
  const log = { error: write, warn: write, info: write, debug: write }
  const instances = new Instances([short, long], log, createIds(0))
  const all = [short, long, short, long].map((of) => instances.start(of, '{}'))
  assert.is(new Set(all.map(({ id }) => id)).size, 4)
  await Promise.all(all.map((instance) => instance.open()))
  for (const instance of all) instance.lastUsed -= 3000
  instances.expire()
  assert.equal(
    all.map(({ plugin: { name }, ready }) => ready && name),
    [false, 'long', false, 'long'],
  )
  assert.equal(lines, [
    `short instance ${all[0]!.id} is closed as it had no event for 1000 ms; its next event opens it again`,
    `short instance ${all[2]!.id} is closed as it had no event for 1000 ms; its next event opens it again`,
  ])
  await instances.closeAll()
})

test.run()
