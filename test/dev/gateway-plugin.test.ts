import { createServer } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startEcho } from '../../src/dev/gateway/echo.ts'
import { everywhere } from '../../src/fake-kong/flow.ts'
import { Worker } from '../../src/fake-kong/worker.ts'
import { type Dialect, dialects, type Phase } from '../../src/pdk/phases.ts'
import type { Plugin } from '../../src/plugin/plugin.ts'
import { inPhase } from '../support/kong.ts'
import { bare, run } from '../support/server.ts'
import { ask, bodies, listening, openGateway, service, type TestGateway } from './support/gateway.ts'

type Phases = Plugin['phases']

/** A plugin of the kit behind its own socket, with the gateway and an echo around it. */
async function withPlugin(
  dialect: Dialect,
  phases: Phases,
  use: (gateway: TestGateway, worker: Worker) => Promise<void>,
  isStream = false,
): Promise<void> {
  const running = await run(dialect, bare({ phases }))
  const watch = { before: bodies.before.bind(bodies), after: () => undefined }
  const worker = new Worker(dialect, running.path, { name: 'test', config: {} }, { limit: 5000, watch })
  const plugin = everywhere({
    name: 'test',
    priority: 1,
    phases: Object.keys(phases),
    runPhase: (phase: Phase, world) => worker.runPhase(phase, world),
  })
  const echo = await startEcho()
  const gateway = await openGateway({
    plugins: [plugin],
    port: isStream ? echo.streamPort : echo.httpPort,
    stream: isStream,
  })
  try {
    await use(gateway, worker)
    assert.equal(gateway.failures, [])
  } finally {
    await gateway.close(0)
    await echo.close()
    worker.close()
    await running.stop()
  }
}

for (const dialect of dialects) {
  test(`${dialect} startGateway: a plugin server changes the request and the response, many at once`, async () => {
    const access = async (handed: unknown) => {
      const kong = inPhase(handed, 'access')
      const path = await kong.request.getPath()
      if (path === '/no') return kong.response.exit(403, 'no')
      kong.service.request.setHeader('x-path', path)
      kong.response.setHeader('x-mine', path)
    }
    await withPlugin(dialect, { access }, async ({ httpPort, finished }, worker) => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          ask(httpPort, { path: index % 3 === 0 ? '/no' : `/${index}` }),
        ),
      )
      for (const [index, { status, headers, body }] of answers.entries())
        if (index % 3 === 0) assert.equal([status, String(body)], [403, 'no'])
        else {
          assert.equal([status, headers['x-mine']], [200, `/${index}`])
          assert.is(JSON.parse(String(body)).headers['x-path'], `/${index}`)
        }
      await finished(30)
      assert.is(worker.started.length, 1)
    })
  })

  test(`${dialect} startGateway: a plugin server reads bodies short and long, and the service gets them too`, async () => {
    const read: string[] = []
    const access = async (handed: unknown) => {
      const body = await inPhase(handed, 'access').request.getRawBody()
      read.push(`${body?.length} ${body?.toString().slice(-3)}`)
    }
    await withPlugin(dialect, { access }, async ({ httpPort }) => {
      for (const size of [5, 8192, 8193, 500_000]) {
        const body = `${'x'.repeat(size - 3)}end`
        const answer = JSON.parse(String((await ask(httpPort, { method: 'POST', body })).body))
        assert.is(answer.body === body, true, `${size} bytes`)
      }
      assert.equal(read, ['5 end', '8192 end', '8193 end', '500000 end'])
    })
  })

  test(`${dialect} startGateway: a handler that throws is 500, and the next request works`, async () => {
    let isFailing = true
    const access = () => {
      if (isFailing) throw new Error('my fault')
    }
    await withPlugin(dialect, { access }, async ({ httpPort }) => {
      assert.is((await ask(httpPort)).status, 500)
      isFailing = false
      assert.is((await ask(httpPort)).status, 200)
    })
  })

  test(`${dialect} startGateway: a handler whose client has left runs to its end, and log after it`, async () => {
    const order: string[] = []
    let entered: () => void = () => undefined
    const inside = new Promise<void>((resolve) => {
      entered = resolve
    })
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const phases: Phases = {
      access: async (handed: unknown) => {
        entered()
        await held
        order.push(`access ${await inPhase(handed, 'access').request.getMethod()}`)
      },
      log: () => void order.push('log'),
    }
    await withPlugin(dialect, phases, async ({ httpPort, finished, records }) => {
      const socket = connect(httpPort, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await inside
      socket.destroy()
      await delay(50)
      release()
      await finished(1)
      assert.equal(order, ['access GET', 'log'])
      assert.is(records[0]?.heard.includes('respond'), false)
    })
  })

  test(`${dialect} startGateway: a plugin server has the response whole, and a stream its preread`, async () => {
    const response = async (handed: unknown) => {
      const kong = inPhase(handed, 'response')
      const body = await kong.service.response.getRawBody()
      kong.response.setHeader('x-size', String(body?.length))
    }
    await withPlugin(dialect, { response }, async ({ httpPort }) => {
      const { headers, body } = await ask(httpPort, { method: 'POST', body: 'abc' })
      assert.is(headers['x-size'], String(body.length))
    })
    let seen = 0
    const preread = async (handed: unknown) => {
      if ((await inPhase(handed, 'preread').client.getIp()) === '127.0.0.1') seen++
    }
    const talk = async ({ streamPort }: TestGateway) => {
      const socket = connect(streamPort as number, '127.0.0.1')
      socket.end('ping')
      let text = ''
      for await (const part of socket) text += part
      assert.is(text, 'ping')
      assert.is(seen, 1)
    }
    await withPlugin(dialect, { preread }, talk, true)
  })
}

test('startGateway: a plugin server that is gone is 500 over ProtoBuf:1', async () => {
  const behind = service(createServer, (_, response) => response.end())
  const worker = new Worker('ProtoBuf:1', '/nowhere/s', { name: 'test', config: {} }, { limit: 500 })
  const plugin = everywhere({
    name: 'test',
    priority: 1,
    phases: ['access'],
    runPhase: (phase: Phase, world) => worker.runPhase(phase, world),
  })
  const gateway = await openGateway({ plugins: [plugin], port: await listening(behind.server) })
  assert.is((await ask(gateway.httpPort)).status, 500)
  assert.is(behind.seen.length, 0)
  await gateway.close(0)
  await behind.close()
})

test.run()
