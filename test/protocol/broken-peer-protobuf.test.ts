import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Plugin } from '../../src/plugin/plugin.ts'
import { afterLog, inPhase, pb, withServer as serve } from '../support/kong.ts'
import { frame } from '../support/protobuf-oracle.ts'
import { until } from '../support/server.ts'

const withServer = (plugin: Partial<Plugin>, use: Parameters<typeof serve>[2]) =>
  serve('ProtoBuf:1', plugin, use)

test('protobuf: a command that is garbage, or too long, costs its own connection only', () =>
  withServer({ phases: { access: () => undefined }, frameLimit: 1000 }, async (peer, id, running) => {
    for (const bytes of [
      frame(Buffer.of(0xff, 0xff, 0xff)),
      frame(Buffer.alloc(0)),
      Buffer.from('ffffff7f00', 'hex'),
    ]) {
      const broken = await running.connect()
      broken.write(bytes)
      await broken.waitForClose()
    }
    peer.write(pb.event(4, id, 'access'))
    await peer.waitFor(3)
    assert.is(running.lines.filter((line) => line.startsWith('warn: a connection is closed')).length, 3)
  }))

test('protobuf: garbage that comes ahead of its turn costs its connection, not the process', () => {
  let release = () => {}
  return withServer(
    {
      phases: {
        access: () =>
          new Promise<void>((resolve) => {
            release = resolve
          }),
      },
    },
    async (peer, id, running) => {
      peer.write(
        Buffer.concat([pb.event(4, id, 'access'), frame(Buffer.of(0xff, 0xff)), pb.event(5, id, 'access')]),
      )
      await peer.waitForClose()
      release()
      await until(() => running.runtime.openEvents === 0)
      const other = await running.connect()
      await pb.started(other)
    },
  )
})

test('protobuf: an answer over the limit fails its call and the event, and the stream stays in step', () => {
  const errors: string[] = []
  return withServer(
    {
      frameLimit: 1000,
      phases: {
        access: async (kong) => {
          const { request } = inPhase(kong, 'access')
          const [first, second] = await Promise.allSettled([request.getPath(), request.getMethod()])
          errors.push(
            first.status === 'rejected' ? first.reason.code : '',
            second.status === 'fulfilled' ? second.value : '',
          )
          await request.getPath()
        },
      },
    },
    async (peer, id) => {
      peer.write(pb.event(4, id, 'access'))
      await peer.waitFor(5)
      peer.write(Buffer.concat([pb.text('x'.repeat(5000)), pb.text('GET')]))
      await peer.waitFor(7)
      assert.equal(errors, ['REPLY_UNREADABLE', 'GET'])
      peer.write(pb.text('y'.repeat(5000)))
      assert.is(String((await afterLog(peer, 7, 2))[0]), 'kong.response.exit')
    },
  )
})

test('protobuf: half a message and a close leave nothing behind', () =>
  withServer({ phases: { access: () => undefined } }, async (peer, id, running) => {
    const half = await running.connect()
    half.write(pb.event(4, id, 'access').subarray(0, 9))
    await delay(5)
    half.socket.end()
    await half.waitForClose()
    peer.write(Buffer.concat([pb.event(5, id, 'access'), pb.event(6, id, 'access')]))
    await peer.waitFor(5)
    assert.equal(peer.frames.slice(1), [Buffer.alloc(0), Buffer.of(8, 5), Buffer.alloc(0), Buffer.of(8, 6)])
    assert.is(running.runtime.openEvents, 0)
  }))

test('protobuf: a reset during an event rejects what waits, awaited or not, and the event is over', () => {
  let code: unknown
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request } = inPhase(kong, 'access')
          request.getMethod()
          code = await request.getPath().catch((error: { code: string }) => error.code)
          await new Promise(() => undefined)
        },
      },
    },
    async (peer, id, { runtime }) => {
      peer.write(pb.event(4, id, 'access'))
      await peer.waitFor(5)
      peer.socket.destroy()
      await until(() => code !== undefined && runtime.openEvents === 0)
      assert.is(code, 'CONNECTION_LOST')
    },
  )
})

test('protobuf: getQueryArg and the forms of a body that nobody awaits leave no unhandled rejection on a reset', () =>
  withServer(
    {
      phases: {
        access: (kong) => {
          const { request } = inPhase(kong, 'access')
          request.getQueryArg('a')
          request.getRawBodyText()
        },
      },
    },
    async (peer, id, { runtime }) => {
      peer.write(pb.event(4, id, 'access'))
      await peer.waitFor(7)
      peer.socket.destroy()
      await until(() => runtime.openEvents === 0)
      await delay(10)
    },
  ))

test.run()
