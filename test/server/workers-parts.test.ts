import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dialect } from '../../src/pdk/phases.ts'
import { createIds, createShareOfIds } from '../../src/plugin/instances.ts'
import { defaults } from '../../src/plugin/plugin.ts'
import { abandonedIn } from '../../src/protocol/abandoned.ts'
import type { Session, Wire } from '../../src/protocol/dialect.ts'
import { Gates } from '../../src/server/workers/gate.ts'
import { type HandedOver, HandOver, type Holder } from '../../src/server/workers/hand-over.ts'
import { readTurn, TurnNote } from '../../src/server/workers/last-turn.ts'
import { bare } from '../support/server.ts'
import { Connection } from './support/connection.ts'
import { bundle, newFolder, run, stopAll, until } from './support/program.ts'

const range = 2 ** 31 - 1
const failing = [{ ...bare({}), name: 'one' }]
const continuing = [{ ...bare({ onError: 'continue' }), name: 'one' }]

test('createShareOfIds gives each of several processes ids of its own, which tell its slot', () => {
  for (const count of [2, 3, 256])
    for (const now of [0, 1, 1_700_000_000_000, 2 ** 41]) {
      const given = new Set<number>()
      for (let slot = 0; slot < count; slot++) {
        const next = createShareOfIds(slot, count, now)
        for (let times = 0; times < 100; times++) {
          const id = next()
          assert.ok(Number.isInteger(id) && id >= 1 && id <= range, `${id}`)
          assert.is(id % count, slot)
          given.add(id)
        }
      }
      assert.is(given.size, 100 * count)
    }
})

test('createShareOfIds starts behind the ids of servers that began a second earlier, with workers or without', () => {
  const now = 1_700_000_000_000
  const earlier = [createIds(now), ...[0, 1, 2, 3].map((slot) => createShareOfIds(slot, 4, now))]
  const given = new Set(earlier.flatMap((next) => Array.from({ length: 200 }, next)))
  const later = [0, 1, 2].map((slot) => createShareOfIds(slot, 3, now + 1000))
  for (const id of later.flatMap((next) => Array.from({ length: 200 }, next))) assert.not.ok(given.has(id))
})

test('createShareOfIds goes on with small ids after the largest', () => {
  // 1024 ids a second: the last whole four before the range ends.
  const next = createShareOfIds(3, 4, Math.ceil(((range - 5) * 1000) / 1024))
  assert.equal([next(), next()], [range, 7])
})

test('Gates hold back what a session says from the start of an instance until the gate opens', () => {
  const said: string[] = []
  const wire: Wire = {
    write: (bytes, length) => void said.push(String(bytes.subarray(0, length))),
    end: () => void said.push('end'),
    close: () => said.push('close') > 0,
  }
  const gates = new Gates(
    (inner): Session => ({
      receive: (chunk, length) => inner.write(chunk, length),
      closed: () => undefined,
      drain: () => inner.end(),
      endIfIdle: () => void said.push(`closed: ${inner.close()}`),
    }),
    () => undefined,
  )
  const session = gates.createSession(wire, 7)
  assert.is(gates.hold(), undefined)
  session.receive(Buffer.from('before'), 6)
  let gate = gates.hold()
  const holding = new Gates(
    (inner): Session => ({
      receive(chunk, length) {
        gate = holding.hold()
        inner.write(chunk, length)
        chunk.fill(0)
      },
      closed: () => undefined,
      drain: () => inner.end(),
      endIfIdle: () => void said.push(`closed: ${inner.close()}`),
    }),
    () => undefined,
  )
  const held = holding.createSession(wire, 8)
  held.receive(Buffer.from('held'), 4)
  held.endIfIdle(false)
  held.drain()
  assert.equal(said, ['before', 'closed: false'])
  assert.is(gate?.connection, 8)
  gate?.open()
  assert.equal(said, ['before', 'closed: false', 'held', 'end'])
  held.endIfIdle(false)
  assert.equal(said.slice(4), ['close', 'closed: true'])
})

test('abandonedIn knows a whole command of ProtoBuf:1 from an answer and from half a command', () => {
  const { isCommand } = abandonedIn('ProtoBuf:1', failing)
  // RpcCall { sequence: 5, cmd_handle_event { instance_id: 9, event_name: "access" } }
  const body = Buffer.from('0805a2020a08091206616363657373', 'hex')
  const frame = (bytes: Buffer) => Buffer.concat([Buffer.from([bytes.length, 0, 0, 0]), bytes])
  assert.ok(isCommand(frame(body)))
  assert.ok(isCommand(frame(Buffer.concat([body.subarray(2), body.subarray(0, 2)]))))
  for (let length = 0; length < body.length + 4; length++)
    assert.not.ok(isCommand(frame(body).subarray(0, length)))
  assert.not.ok(isCommand(Buffer.concat([frame(body), frame(body)])))
  for (const answer of ['', '0a0161', '0805', '08f403120161', '1a00'])
    assert.not.ok(isCommand(frame(Buffer.from(answer, 'hex'))), answer)
})

test('abandonedIn knows a whole request of MsgPack:1 from half of one', () => {
  const { isCommand } = abandonedIn('MsgPack:1', failing)
  // [0, 3, "plugin.Step", [{"EventId": 9}]]
  const request = Buffer.from('940003ab706c7567696e2e537465709181a74576656e74496409', 'hex')
  assert.ok(isCommand(request))
  for (let cut = 0; cut < request.length; cut++) {
    assert.not.ok(isCommand(request.subarray(0, cut)))
    if (cut > 0) assert.not.ok(isCommand(request.subarray(cut)))
  }
  assert.not.ok(isCommand(Buffer.concat([request, request])))
})

test('abandonedIn refuses over ProtoBuf:1 with exit(500), over MsgPack:1 with a reply to no request of Kong’s', () => {
  const exit = abandonedIn('ProtoBuf:1', failing).refusal as Buffer
  assert.is(exit.readUInt32LE(0), 18)
  assert.is(exit.toString('latin1', 4, 22), 'kong.response.exit')
  assert.is(exit.readUInt32LE(22), exit.length - 26)
  assert.is(exit.toString('hex', 26, 29), '08f403')
  // [1, 0, nil, nil]
  assert.is(abandonedIn('MsgPack:1', failing).refusal?.toString('hex'), '940100c0c0')
  assert.is(abandonedIn('MsgPack:1', continuing).refusal, undefined)
  assert.is(defaults.onError, 'fail')
})

interface Handed {
  readonly unread: string | undefined
  readonly socket: Socket
}

interface Taken {
  readonly kong: Connection
  /** What workers got, the one that dies first. */
  readonly given: readonly Handed[]
  readonly die: () => void
}

/** Acts on a connection of Kong's that a worker has taken. */
async function withTaken(
  dialect: Dialect,
  starting: boolean,
  act: (taken: Taken) => Promise<void>,
): Promise<void> {
  const given: Handed[] = []
  const send: Holder['send'] = (message, socket) => {
    if (message.kind === 'connection') given.push({ unread: message.unread, socket })
  }
  const holders = [0, 1].map((slot) => ({
    ...{ slot, serving: true, silent: false, send },
    connections: new Map<number, HandedOver>(),
  })) as [Holder, Holder]
  const handOver = new HandOver(() => holders, abandonedIn(dialect, failing))
  const path = join(newFolder(), 's')
  const listener = createServer({ pauseOnConnect: true }, (socket) => handOver.accept(socket)).listen(path)
  const kong = new Connection(path)
  await kong.connected()
  await until('it is accepted', () => given.length === 1)
  const [one] = holders
  handOver.taken(one, 1)
  one.connections.get(1)!.starting = starting
  const die = () => {
    holders.shift()
    handOver.release(one)
  }
  try {
    await act({ kong, given, die })
  } finally {
    kong.socket.destroy()
    for (const { socket } of given) socket.destroy()
    listener.close()
  }
}

const call = Buffer.from('0f0000000805a2020a08091206616363657373', 'hex')
const request = Buffer.from('940003ab706c7567696e2e537465709181a74576656e74496409', 'hex')

for (const [dialect, command] of [
  ['ProtoBuf:1', call],
  ['MsgPack:1', request],
] as const)
  for (const starting of [false, true])
    test(`HandOver gives a command that comes after its worker’s death to another one: ${dialect}, ${starting ? 'an' : 'no'} instance was started`, () =>
      withTaken(dialect, starting, async ({ kong, given, die }) => {
        die()
        kong.socket.write(command.subarray(0, 4))
        await pause(5)
        kong.socket.write(command.subarray(4))
        await until('another one has it', () => given.length === 2)
        assert.is(given[1]?.unread, command.toString('base64'))
        await pause(100)
        assert.equal([kong.bytes.length, kong.closed], [0, false])
      }))

test('HandOver refuses over ProtoBuf:1 where nothing comes, and ends the connection', () =>
  withTaken('ProtoBuf:1', false, async ({ kong, given, die }) => {
    die()
    await until('it has ended', () => kong.closed)
    assert.equal(kong.bytes, abandonedIn('ProtoBuf:1', failing).refusal)
    assert.is(given.length, 1)
  }))

test('HandOver refuses over MsgPack:1 where nothing comes, and gives the connection to another worker', () =>
  withTaken('MsgPack:1', false, async ({ kong, given, die }) => {
    die()
    await until('it is refused', () => kong.bytes.length > 0)
    await until('another one has it', () => given.length === 2)
    assert.equal(kong.bytes, abandonedIn('MsgPack:1', failing).refusal)
    assert.equal([given[1]?.unread, kong.closed], [undefined, false])
  }))

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  test(`HandOver closes a connection on which Kong waits for an instance, without a word: ${dialect}`, () =>
    withTaken(dialect, true, async ({ kong, given, die }) => {
      die()
      await until('it is closed', () => kong.closed)
      assert.equal([kong.bytes.length, given.length], [0, 1])
    }))

test('TurnNote: what a process has noted is read out of its memory', async () => {
  const { pid } = process
  const note = new TurnNote()
  assert.is(readTurn(pid, note.key), undefined)
  note.write({ instance: 2_147_483_647, phase: 'access' })
  assert.equal(readTurn(pid, note.key), { instance: 2_147_483_647, phase: 'access' })
  note.write({ instance: 7, phase: 'log' })
  assert.equal(readTurn(pid, note.key), { instance: 7, phase: 'log' })
  assert.is(readTurn(pid, '00112233445566778899aabbccddeeff'), undefined)
  assert.is(readTurn(0, note.key), undefined)
})

test('-worker-slot is refused where no server has started the process', async () => {
  const program = run(process.execPath, [
    await bundle('crew.ts', 'crew'),
    '-workers',
    '2',
    '-worker-slot',
    '0',
  ])
  assert.is(await program.ended, 2)
  assert.match(program.errors(), /^error: -worker-slot is what a server gives its own workers[^\n]*\n$/)
})

test.after(stopAll)
test.run()
