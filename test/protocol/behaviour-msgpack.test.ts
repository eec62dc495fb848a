import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Phase } from '../../src/pdk/phases.ts'
import type { Plugin } from '../../src/plugin/plugin.ts'
import { inPhase, mp, reply, withServer as serve } from '../support/kong.ts'
import { pack } from '../support/msgpack-oracle.ts'
import { type Peer, until } from '../support/server.ts'

const failure = {
  Method: 'kong.response.exit',
  Args: [
    500,
    '{"message":"An unexpected error occurred"}',
    { 'content-type': 'application/json; charset=utf-8' },
  ],
}

const withServer = (plugin: Partial<Plugin>, use: Parameters<typeof serve>[2]) =>
  serve('MsgPack:1', plugin, use)

/** Begins an event and answers the line that its failure writes to Kong's log; gives what the event wants then. */
async function failed(peer: Peer, instance: number, phase: string): Promise<unknown> {
  const { result } = await mp.ask(peer, mp.event(5, instance, phase))
  assert.is((result.Data as { Method: string }).Method, 'kong.log.err')
  return (await mp.ask(peer, mp.step(6, Number(result.EventId)))).result.Data
}

test('msgpack: calls of one tick are taken in turn and resolve in order', () => {
  let seen: unknown[] = []
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request } = inPhase(kong, 'access')
          seen = await Promise.all([request.getPath(), request.getMethod(), request.getHeader('x')])
        },
      },
    },
    async (peer, id, { runtime }) => {
      const first = await mp.ask(peer, mp.event(3, id, 'access'))
      assert.equal(first.result.Data, { Method: 'kong.request.get_path', Args: [] })
      const event = Number(first.result.EventId)
      const second = await mp.ask(peer, mp.step(4, event, '/p'))
      assert.equal(second.result.Data, { Method: 'kong.request.get_method', Args: [] })
      const third = await mp.ask(peer, mp.step(5, event, 'GET'))
      assert.equal(third.result.Data, { Method: 'kong.request.get_header', Args: ['x'] })
      const last = await mp.ask(peer, mp.step(6, event))
      assert.equal(last, { id: 6, error: null, result: { EventId: event, Data: 'ret' } })
      assert.equal(seen, ['/p', 'GET', undefined])
      assert.is(runtime.openEvents, 0)
    },
  )
})

test('msgpack: the steps of one event may arrive on another connection than its start', () =>
  withServer(
    { phases: { access: async (kong) => void (await inPhase(kong, 'access').request.getPath()) } },
    async (peer, id, running) => {
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      const other = await running.connect()
      peer.socket.destroy()
      await peer.waitForClose()
      const last = await mp.ask(other, mp.step(4, Number(result.EventId), '/p'))
      assert.is(last.result.Data, 'ret')
    },
  ))

test('msgpack: a body that comes as text, as Kong 2.8 sends it, arrives as its bytes', () => {
  const seen: unknown[] = []
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request } = inPhase(kong, 'access')
          seen.push(await request.getRawBody(), await request.getRawBodyText())
        },
      },
    },
    async (peer, id) => {
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      const event = Number(result.EventId)
      const body = mp.step(4, event, 'a?b')
      body[body.lastIndexOf('?')] = 0xff
      await mp.ask(peer, body)
      await mp.ask(peer, mp.step(5, event, 'text'))
      assert.equal(seen, [Buffer.of(0x61, 0xff, 0x62), 'text'])
    },
  )
})

test('msgpack: two requests in one chunk are both answered, and a chunk that ends within one waits', () =>
  withServer({ phases: { access: () => undefined } }, async (peer, id) => {
    const two = Buffer.concat([
      mp.event(3, id, 'access'),
      mp.event(4, id, 'access'),
      mp.event(5, id, 'access'),
    ])
    peer.write(two.subarray(0, two.length - 3))
    await peer.waitFor(3)
    await delay(5)
    assert.is(peer.count, 3)
    peer.write(two.subarray(two.length - 3))
    await peer.waitFor(4)
    assert.equal(
      peer.messages.slice(1).map((message) => reply(message).id),
      [3, 4, 5],
    )
  }))

test('msgpack: exit is the last word: pending calls settle, finally runs, nothing more is sent', () => {
  const log: string[] = []
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { response } = inPhase(kong, 'access')
          try {
            response.setHeader('x', '1')
            await response.exit(403, 'no')
          } finally {
            response.setHeader('x-late', '1')
            log.push('finally')
          }
        },
      },
    },
    async (peer, id, { runtime }) => {
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      assert.equal(log, ['finally'])
      const exit = await mp.ask(peer, mp.step(4, Number(result.EventId)))
      assert.equal(exit.result.Data, { Method: 'kong.response.exit', Args: [403, 'no'] })
      assert.is(runtime.openEvents, 0)
      await delay(5)
      assert.is(peer.count, 3)
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
    test(`msgpack: a ${phase} handler that ${how} exits with 500`, () =>
      withServer({ phases: { [phase]: handler }, timeLimit: 300 }, async (peer, id, { runtime }) => {
        const data = await failed(peer, id, phase)
        assert.equal(data, phase === 'preread' ? { ...failure, Args: [500, 'plugin test failed'] } : failure)
        assert.is(runtime.openEvents, 0)
      }))
  test(`msgpack: a log handler that ${how} ends plainly`, () =>
    withServer({ phases: { log: handler }, timeLimit: 300 }, async (peer, id) => {
      assert.is(await failed(peer, id, 'log'), 'ret')
    }))
  test(`msgpack: an access handler that ${how} ends plainly with onError continue`, () =>
    withServer({ phases: { access: handler }, timeLimit: 300, onError: 'continue' }, async (peer, id) => {
      assert.is(await failed(peer, id, 'access'), 'ret')
    }))
}

test('msgpack: an event that Kong never mentions again is reaped, and a late Step of it exits with 500', () => {
  let code: unknown
  return withServer(
    {
      timeLimit: 30,
      phases: {
        access: async (kong) => {
          code = await inPhase(kong, 'access')
            .request.getPath()
            .catch((error: { code: string }) => error.code)
        },
      },
    },
    async (peer, id, { runtime }) => {
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      await until(() => runtime.openEvents === 0)
      assert.is(code, 'NO_ANSWER')
      const late = await mp.ask(peer, mp.step(4, Number(result.EventId), '/p'))
      assert.equal(late, { id: 4, error: null, result: { EventId: result.EventId, Data: failure } })
    },
  )
})

test('msgpack: StepError fails the call that is out, with its sentence', () => {
  let message = ''
  return withServer(
    {
      phases: {
        access: async (kong) => {
          await inPhase(kong, 'access')
            .request.getPath()
            .catch((error: Error) => {
              message = error.message
            })
        },
      },
    },
    async (peer, id) => {
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      const last = await mp.ask(
        peer,
        mp.request(4, 'StepError', { EventId: result.EventId, Data: 'no such thing' }),
      )
      assert.is(last.result.Data, 'ret')
      assert.match(message, /kong\.request\.get_path.*no such thing/)
    },
  )
})

test('msgpack: any Step method of Kong is a step', () =>
  withServer(
    { phases: { access: async (kong) => void (await inPhase(kong, 'access').request.getPath()) } },
    async (peer, id) => {
      for (const method of [
        'StepCredential',
        'StepConsumer',
        'StepMemoryStats',
        'StepRoute',
        'StepService',
        'StepMultiMap',
        'StepNew',
      ]) {
        const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
        const last = await mp.ask(peer, mp.request(4, method, { EventId: result.EventId }))
        assert.is(last.result.Data, 'ret', method)
      }
    },
  ))

test('msgpack: an unknown method is answered with an error, and the connection goes on', () =>
  withServer({ phases: { access: () => undefined } }, async (peer, id) => {
    const unknown = await mp.ask(peer, mp.request(3, 'NoSuchThing', {}))
    assert.is(unknown.id, 3)
    assert.match(String(unknown.error), /plugin\.NoSuchThing/)
    assert.is((await mp.ask(peer, mp.event(4, id, 'access'))).result.Data, 'ret')
  }))

test('msgpack: an unknown instance is answered with "no plugin instance", and one started anew works', () =>
  withServer({ phases: { access: () => undefined } }, async (peer, id) => {
    await mp.ask(peer, mp.request(3, 'CloseInstance', id))
    const unknown = await mp.ask(peer, mp.event(4, id, 'access'))
    assert.is(unknown.error, `no plugin instance ${id}`)
    const next = await mp.started(peer, 5)
    assert.is.not(next, id)
    assert.is((await mp.ask(peer, mp.event(6, next, 'access'))).result.Data, 'ret')
  }))

test('msgpack: garbage, and a message over the limit, cost their own connection only', () =>
  withServer({ phases: { access: () => undefined }, frameLimit: 1000 }, async (peer, id, running) => {
    for (const bytes of [
      Buffer.of(0xc1),
      pack('no request'),
      pack([1, 2, 3, 4]),
      Buffer.from('940003db7fffffff', 'hex'),
    ]) {
      const broken = await running.connect()
      broken.write(bytes)
      await broken.waitForClose()
    }
    assert.is((await mp.ask(peer, mp.event(4, id, 'access'))).result.Data, 'ret')
  }))

test('msgpack: half a message and a close leave nothing behind', () =>
  withServer({ phases: { access: () => undefined } }, async (_peer, id, running) => {
    const half = await running.connect()
    half.write(mp.event(4, id, 'access').subarray(0, 9))
    await delay(5)
    half.socket.end()
    await half.waitForClose()
    assert.is(running.runtime.openEvents, 0)
  }))

test('msgpack: a connection that goes while it is our turn ends the event', () => {
  let code: unknown
  return withServer(
    {
      phases: {
        access: async (kong) => {
          await delay(20)
          code = await inPhase(kong, 'access')
            .request.getPath()
            .catch((error: { code: string }) => error.code)
        },
      },
    },
    async (peer, id, { runtime }) => {
      peer.write(mp.event(3, id, 'access'))
      await until(() => runtime.openEvents === 1)
      peer.socket.destroy()
      await until(() => runtime.openEvents === 0)
      await until(() => code !== undefined)
      assert.is(code, 'EVENT_ENDED')
    },
  )
})

test('msgpack: bytes that are not UTF-8 survive from getHeader to setHeader', () => {
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
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      // Kong sends such text as str, which msgpackr would not write.
      const template = mp.step(4, Number(result.EventId), 'A'.repeat(bytes.length))
      const step = Buffer.from(
        template.toString('latin1').replace('A'.repeat(bytes.length), bytes.toString('latin1')),
        'latin1',
      )
      peer.write(step)
      await peer.waitFor(3)
      const asText = Buffer.concat([Buffer.of(0xa0 + bytes.length), bytes])
      assert.ok(peer.received.includes(Buffer.concat([Buffer.from('92a178', 'hex'), asText])))
    },
  )
})

test('msgpack: an idle instance runs close once, and init again for its next event', () => {
  const did: string[] = []
  return withServer(
    {
      phases: { access: () => void did.push('access') },
      idleLimit: 20,
      open: () => void did.push('init'),
      close: () => void did.push('close'),
    },
    async (peer, id) => {
      await mp.ask(peer, mp.event(3, id, 'access'))
      await until(() => did.includes('close'))
      await delay(50)
      await mp.ask(peer, mp.event(4, id, 'access'))
      assert.equal(did, ['init', 'access', 'close', 'init', 'access'])
    },
  )
})

test('msgpack: a Kong that asks without end for an instance that is unknown is refused then', () =>
  withServer({ phases: { access: () => undefined } }, async (peer) => {
    let asks = 0
    let answer = await mp.ask(peer, mp.event(++asks, 4711, 'access'))
    while (answer.error === 'no plugin instance 4711') {
      // Kong waits for others between two asks, so they are a moment apart.
      if (asks % 100 === 0) await delay(5)
      answer = await mp.ask(peer, mp.event(++asks, 4711, 'access'))
    }
    assert.ok(asks > 100)
    const { Data } = answer.result as { Data: { Method: string; Args: string[] } }
    assert.is(Data.Method, 'kong.log.err')
    assert.match(Data.Args[0] ?? '', 'does not start it again; reload Kong')
  }))

/** Values that JSON cannot hold, as an author may get hold of them. */
const unsendable: [string, unknown][] = [
  ['a bigint', { id: 2n ** 65n }],
  ['a symbol', { id: Symbol('s') }],
  ['a function', { f: () => 1 }],
  ['a Map', { m: new Map([['a', 1]]) }],
  ['a RegExp', [/a/]],
  ['a promise', { p: Promise.resolve(1) }],
  ['an infinite number', { n: Number.POSITIVE_INFINITY }],
  ['an ArrayBuffer', { b: new ArrayBuffer(4) }],
  ['a cycle', cycle()],
]

function cycle(): object {
  const value: { self?: object } = {}
  value.self = value
  return value
}

for (const [what, value] of unsendable) {
  test(`msgpack: a guard that sends ${what} on its turn fails closed at once, and can still exit`, () => {
    const guard = async (kong: unknown) => {
      const { request, ctx } = inPhase(kong, 'access')
      await request.getHeader('x')
      await ctx.shared.set('user', value as object)
    }
    return withServer({ phases: { access: guard } }, async (peer, id) => {
      const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
      const log = await mp.ask(peer, mp.step(4, Number(result.EventId), 'v'))
      assert.match(
        String((log.result.Data as { Args: unknown[] }).Args[0]),
        /Cannot call kong\.ctx\.shared\.set: v/,
      )
      assert.equal((await mp.ask(peer, mp.step(5, Number(result.EventId)))).result.Data, failure)
    })
  })

  test(`msgpack: a guard that sends ${what} beside another call fails closed, and the connection stays`, () => {
    const guard = (kong: unknown) => {
      const { request, ctx } = inPhase(kong, 'access')
      return Promise.all([request.getHeader('x'), ctx.shared.set('user', value as object)])
    }
    return withServer({ phases: { access: guard } }, async (peer, id) => {
      const first = await mp.ask(peer, mp.event(3, id, 'access'))
      const event = Number(first.result.EventId)
      const log = await mp.ask(peer, mp.step(4, event, 'v'))
      assert.is((log.result.Data as { Method: string }).Method, 'kong.log.err')
      assert.equal((await mp.ask(peer, mp.step(5, event))).result.Data, failure)
      assert.not(peer.closed)
    })
  })
}

test('msgpack: a Date goes as JSON writes it, and members that are undefined are left out', () => {
  const set = (kong: unknown) =>
    inPhase(kong, 'access').ctx.shared.set('k', { at: new Date(0), gone: undefined, deep: [{ a: 1 }] })
  return withServer({ phases: { access: set } }, async (peer, id) => {
    const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
    assert.equal((result.Data as { Args: unknown[] }).Args, [
      'k',
      { at: '1970-01-01T00:00:00.000Z', deep: [{ a: 1 }] },
    ])
  })
})

test('msgpack: functions can be taken off their object', () => {
  const guard = (kong: unknown) => {
    const { exit } = inPhase(kong, 'access').response
    return exit(403, 'no')
  }
  return withServer({ phases: { access: guard } }, async (peer, id) => {
    const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
    assert.equal(result.Data, { Method: 'kong.response.exit', Args: [403, 'no'] })
  })
})

test('msgpack: bytes that wait for their turn are those that were given', () => {
  const handler = (kong: unknown) => {
    const { request, response } = inPhase(kong, 'access')
    const body = Buffer.from('body')
    void request.getPath()
    void response.exit(200, body)
    body.fill('x')
  }
  return withServer({ phases: { access: handler } }, async (peer, id) => {
    const { result } = await mp.ask(peer, mp.event(3, id, 'access'))
    const last = await mp.ask(peer, mp.step(4, Number(result.EventId), '/p'))
    const { Args } = last.result.Data as { Args: unknown[] }
    assert.equal(Buffer.from(Args[1] as Uint8Array), Buffer.from('body'))
  })
})

test('msgpack: a Headers object is refused, as it would go out empty', () => {
  const handler = (kong: unknown) =>
    inPhase(kong, 'access').response.setHeaders(new Headers({ a: '1' }) as unknown as Record<string, string>)
  return withServer({ phases: { access: handler } }, async (peer, id, { lines }) => {
    assert.equal(await failed(peer, id, 'access'), failure)
    assert.match(lines.join(), /headers must be a plain object of names and values/)
  })
})

test('msgpack: a second step while the event is at work is refused, and both connections can still end their events', () => {
  const ended: string[] = []
  let go = () => {}
  const waiting = new Promise<void>((resolve) => (go = resolve))
  return withServer(
    {
      phases: {
        access: async (kong) => {
          const { request } = inPhase(kong, 'access')
          const name = String(await request.getHeader('x'))
          await waiting
          await request.getPath().catch((error: Error) => ended.push(`${name} ${error.message}`))
          ended.push(name)
        },
      },
    },
    async (peer, id, running) => {
      const other = await running.connect()
      const begin = async (on: Peer, name: string) => {
        const event = Number((await mp.ask(on, mp.event(3, id, 'access'))).result.EventId)
        on.write(mp.step(4, event, name))
        return event
      }
      const one = await begin(peer, 'one')
      await begin(peer, 'two')
      const three = await begin(other, 'three')
      await delay(10)
      for (const [on, event] of [
        [other, one],
        [peer, three],
        [peer, one],
      ] as const)
        assert.equal((await mp.ask(on, mp.step(9, event, 'again'))).result.Data, failure)
      peer.socket.destroy()
      await peer.waitForClose()
      await until(() => running.runtime.openEvents === 1)
      go()
      await until(() => other.count === 3)
      const { id: request, result } = reply(other.messages[2]!)
      assert.equal([request, (result.Data as { Method: string }).Method], [4, 'kong.request.get_path'])
      assert.is((await mp.ask(other, mp.step(5, three, '/'))).result.Data, 'ret')
      await until(() => ended.length === 5)
      assert.is(running.runtime.openEvents, 0)
    },
  )
})

test.run()
