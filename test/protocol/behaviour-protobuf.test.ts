import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Phase } from '../../src/pdk/phases.ts'
import type { Plugin } from '../../src/plugin/plugin.ts'
import { afterLog, inPhase, pb, withServer as serve, texts } from '../support/kong.ts'
import {
  bytesField,
  bytesOf,
  cutFrames,
  frame,
  numberOf,
  readFields,
  structMessage,
} from '../support/protobuf-oracle.ts'
import { until } from '../support/server.ts'

const failureBody = '{"message":"An unexpected error occurred"}'
const failureHeaders = structMessage({ 'content-type': 'application/json; charset=utf-8' })

const withServer = (plugin: Partial<Plugin>, use: Parameters<typeof serve>[2]) =>
  serve('ProtoBuf:1', plugin, use)

test('protobuf: ten calls of one tick leave in one write before any answer, and resolve in order', () => {
  let seen: unknown[] = []
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request, response } = inPhase(kong, 'access')
          const names = Array.from({ length: 10 }, (_, index) => `x-${index}`)
          seen = await Promise.all(names.map((name) => request.getHeader(name)))
          response.setHeader('x-last', 'l')
        },
      },
    },
    async (peer, id) => {
      const before = peer.chunks.length
      peer.write(pb.event(7, id, 'access'))
      await peer.waitFor(21)
      assert.is(peer.chunks.length, before + 1)
      peer.write(Buffer.concat(Array.from({ length: 10 }, (_, index) => pb.text(`value ${index}`))))
      await peer.waitFor(25)
      assert.is(peer.chunks.length, before + 2)
      assert.equal(
        seen,
        Array.from({ length: 10 }, (_, index) => `value ${index}`),
      )
      assert.is(texts(peer, 21)[0], 'kong.response.set_header')
      assert.equal(peer.frames.slice(23), [Buffer.alloc(0), Buffer.of(0x08, 7)])
    },
  )
})

test('protobuf: a call that nobody awaits shares its write with the end of the event and RpcReturn', () =>
  withServer(
    { phases: { access: (kong) => void inPhase(kong, 'access').response.setHeader('x-a', '1') } },
    async (peer, id) => {
      const before = peer.chunks.length
      peer.write(pb.event(9, id, 'access'))
      await peer.waitFor(5)
      assert.is(peer.chunks.length, before + 1)
      assert.is(cutFrames(peer.chunks[before]!).frames.length, 4)
      peer.write(Buffer.concat([pb.empty, pb.event(10, id, 'access')]))
      await peer.waitFor(9)
    },
  ))

test('protobuf: exit ends the handler: nothing after it is sent, pending calls settle, finally runs', () => {
  const log: string[] = []
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request, response } = inPhase(kong, 'access')
          const pending = request.getPath().then(
            () => log.push('answered'),
            () => log.push('rejected'),
          )
          try {
            await response.exit(403, 'no')
          } finally {
            log.push('finally')
            response.setHeader('x-late', '1')
            await pending
          }
        },
      },
    },
    async (peer, id, { runtime }) => {
      peer.write(pb.event(3, id, 'access'))
      await peer.waitFor(5)
      await delay(10)
      assert.equal(
        texts(peer, 1).filter((_, index) => index % 2 === 0),
        ['kong.request.get_path', 'kong.response.exit'],
      )
      assert.is(peer.count, 5)
      peer.socket.end()
      await until(() => log.length === 2)
      assert.equal(log.sort(), ['finally', 'rejected'])
      assert.is(runtime.openEvents, 0)
    },
  )
})

const failures: readonly [string, (kong: unknown) => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('thrown by the handler')
    },
  ],
  ['rejects', () => Promise.reject(new Error('rejected by the handler'))],
  ['passes its time limit', () => new Promise(() => undefined)],
]

for (const [how, handler] of failures) {
  for (const phase of ['certificate', 'rewrite', 'access', 'response', 'preread'] satisfies Phase[])
    test(`protobuf: a ${phase} handler that ${how} exits with 500`, () =>
      withServer({ phases: { [phase]: handler }, timeLimit: 30 }, async (peer, id, { lines }) => {
        peer.write(pb.event(5, id, phase))
        const [name, args] = await afterLog(peer, 1, 2)
        assert.is(String(name), 'kong.response.exit')
        const fields = readFields(args!)
        assert.is(numberOf(fields, 1), 500)
        assert.is(String(bytesOf(fields, 2)), phase === 'preread' ? 'plugin test failed' : failureBody)
        assert.equal(bytesOf(fields, 3), phase === 'preread' ? undefined : failureHeaders)
        assert.is(lines.filter((line) => line.startsWith('error: test')).length, 1)
        await delay(5)
        assert.is(peer.count, 5)
        assert.not.ok(peer.closed)
      }))
  test(`protobuf: a log handler that ${how} ends plainly`, () =>
    withServer({ phases: { log: handler }, timeLimit: 30 }, async (peer, id) => {
      peer.write(pb.event(5, id, 'log'))
      assert.equal(await afterLog(peer, 1, 2), [Buffer.alloc(0), Buffer.of(0x08, 5)])
    }))
  test(`protobuf: an access handler that ${how} ends plainly with onError continue`, () =>
    withServer({ phases: { access: handler }, timeLimit: 30, onError: 'continue' }, async (peer, id) => {
      peer.write(pb.event(5, id, 'access'))
      assert.equal(await afterLog(peer, 1, 2), [Buffer.alloc(0), Buffer.of(0x08, 5)])
    }))
}

test('protobuf: init that fails answers 500 to its events and is tried again later', () => {
  let tries = 0
  return withServer(
    {
      phases: { access: () => undefined },
      open: () => {
        tries += 1
        if (tries === 1) throw new Error('init failed')
      },
    },
    async (peer, id, running) => {
      for (const sequence of [2, 3]) {
        const first = await running.connect()
        first.write(pb.event(sequence, id, 'access'))
        assert.is(String((await afterLog(first, 0, 2))[0]), 'kong.response.exit')
      }
      assert.is(tries, 1)
      await delay(1050)
      peer.write(pb.event(4, id, 'access'))
      await peer.waitFor(3)
      assert.equal(peer.frames.slice(1), [Buffer.alloc(0), Buffer.of(8, 4)])
      assert.is(tries, 2)
    },
  )
})

test('protobuf: get_plugin_names, get_plugin_info, get_instance_status and close_instance are answered', () => {
  const closed: unknown[] = []
  return withServer(
    {
      phases: { access: () => undefined },
      priority: 12,
      open: () => 's',
      close: (state) => void closed.push(state),
    },
    async (peer, id) => {
      peer.write(pb.event(2, id, 'access'))
      await peer.waitFor(3)
      peer.write(
        Buffer.concat([pb.command(3, 31, Buffer.alloc(0)), pb.command(4, 32, bytesField(1, 'test'))]),
      )
      await peer.waitFor(5)
      const names = readFields(peer.frames[3]!)
      assert.is(numberOf(names, 1), 3)
      assert.is(String(bytesOf(readFields(bytesOf(names, 31)!), 1)), 'test')
      const info = readFields(bytesOf(readFields(peer.frames[4]!), 32)!)
      assert.is(String(bytesOf(info, 4)), 'access')
      assert.is(numberOf(info, 6), 12)
      assert.equal(JSON.parse(String(bytesOf(info, 7))), { name: 'test', fields: [] })
      peer.write(pb.status(5, id))
      peer.write(pb.close(6, id))
      await peer.waitFor(7)
      for (const frameOf of peer.frames.slice(5)) {
        const status = readFields(bytesOf(readFields(frameOf), 33)!)
        assert.is(numberOf(status, 2), id)
      }
      await until(() => closed.length === 1)
      peer.write(pb.event(7, id, 'access'))
      await peer.waitFor(9)
      assert.match(texts(peer, 7)[0]!, /^no plugin instance /)
      const next = await pb.started(peer, 8).catch(() => 0)
      assert.is.not(next, id)
    },
  )
})

test('protobuf: a body that nginx spooled is read from its file, bytes that are not UTF-8 included', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kong-ts-pdk-body-'))
  const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
  writeFileSync(join(folder, 'body'), content)
  let body: unknown
  let missing: unknown
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request } = inPhase(kong, 'access')
          body = await request.getRawBody()
          missing = await request.getRawBody().catch((error: { code: string }) => error.code)
        },
      },
    },
    async (peer, id) => {
      peer.write(pb.event(4, id, 'access'))
      await peer.waitFor(3)
      peer.write(frame(bytesField(2, join(folder, 'body'))))
      await peer.waitFor(5)
      peer.write(frame(bytesField(2, join(folder, 'none'))))
      await peer.waitFor(7)
      rmSync(folder, { recursive: true })
      assert.equal(body, content)
      assert.is(missing, 'BODY_UNREADABLE')
    },
  )
})

test('protobuf: bytes that are not UTF-8 survive from getHeader to setHeader', () => {
  const bytes = Buffer.from('78c328ff418000c3a9', 'hex')
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request, response } = inPhase(kong, 'access')
          response.setHeader('x', (await request.getHeader('x'))!)
        },
      },
    },
    async (peer, id) => {
      peer.write(pb.event(4, id, 'access'))
      await peer.waitFor(3)
      peer.write(pb.text(bytes))
      await peer.waitFor(5)
      assert.equal(peer.frames[4], Buffer.concat([bytesField(1, 'x'), bytesField(2, bytesField(3, bytes))]))
    },
  )
})

test('protobuf: an idle instance runs close once, and init again for its next event', () => {
  const did: string[] = []
  return withServer(
    {
      phases: { access: () => void did.push('access') },
      idleLimit: 20,
      open: () => void did.push('init'),
      close: () => void did.push('close'),
    },
    async (peer, id) => {
      peer.write(pb.event(4, id, 'access'))
      await peer.waitFor(3)
      await until(() => did.includes('close'))
      await delay(50)
      peer.write(pb.event(5, id, 'access'))
      await peer.waitFor(4)
      assert.equal(did, ['init', 'access', 'close', 'init', 'access'])
    },
  )
})

test('protobuf: a Kong that asks without end for an instance that is unknown is refused then', () =>
  withServer({ phases: { access: () => undefined } }, async (peer) => {
    let [frames, asks] = [peer.frames.length, 0]
    while (asks === 0 || /^no plugin instance 4711$/.test(String(peer.frames.at(-2)))) {
      // Kong waits for others between two asks, so they are a moment apart.
      if (++asks % 100 === 0) await delay(5)
      peer.write(pb.event(asks, 4711, 'access'))
      await peer.waitFor(frames + 2)
      frames = peer.frames.length
    }
    assert.ok(asks > 100)
    const times = (name: string) => peer.frames.filter((frame) => String(frame) === name).length
    await until(() => times('kong.response.exit') === 1)
    assert.ok(peer.frames.some((frame) => frame.includes('does not start it again; reload Kong')))
    // Each request is refused, and few of them are worth a line.
    for (let refused = 2; refused <= 100; refused++) {
      // What is logged is answered, as Kong does.
      if (String(peer.frames.at(-4)) === 'kong.log.err') peer.write(frame(Buffer.alloc(0)))
      peer.write(pb.event(asks + refused, 4711, 'access'))
      await until(() => times('kong.response.exit') === refused)
      await until(() => peer.frames.at(-2)?.toString() === 'kong.response.exit')
    }
    assert.ok(times('kong.log.err') < 50)
  }))

test('protobuf: an event that waited for a superseded init never runs its handler without a state', () => {
  let tries = 0
  const late: (() => void)[] = []
  const seen: unknown[] = []
  const open = () => {
    tries++
    if (tries === 1) return new Promise((resolve) => late.push(() => resolve('first')))
    return new Promise(() => undefined)
  }
  const phases = { access: (_kong: unknown, _config: unknown, state: unknown) => void seen.push(state) }
  return withServer({ timeLimit: 200, open, phases }, async (peer, id, running) => {
    peer.write(pb.event(3, id, 'access'))
    await delay(170)
    const second = await running.connect()
    second.write(pb.event(4, id, 'access'))
    await delay(60)
    const third = await running.connect()
    third.write(pb.event(5, id, 'access'))
    await until(() => tries === 2)
    late[0]!()
    await Promise.all([afterLog(second, 0, 2), afterLog(third, 0, 2)])
    assert.equal(seen, [])
    assert.is(texts(second, 0)[2], 'kong.response.exit')
    assert.is(texts(third, 0)[2], 'kong.response.exit')
  })
})

test('protobuf: a generator as handler ends in a 500, as nobody would run its body', () =>
  withServer(
    {
      phases: {
        async *access(kong) {
          yield inPhase(kong, 'access').response.exit(401)
        },
      },
    },
    async (peer, id) => {
      peer.write(pb.event(3, id, 'access'))
      const [method] = await afterLog(peer, 1, 2)
      assert.is(String(method), 'kong.response.exit')
    },
  ))

test.run()
