import { definePlugin } from 'kong-ts-pdk'
import { type Runnable, run } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** What the guides under docs/move say of behaviour, for modules of kong-pdk and for plugins of ours. */
const levels = [
  { level: 'memory', dialect: 'ProtoBuf:1' },
  { level: 'wire', dialect: 'ProtoBuf:1' },
  { level: 'wire', dialect: 'MsgPack:1' },
] as const

for (const options of levels) {
  const where = `(${options.level}, ${options.dialect})`

  test(`move: exit ends the handler; catch and finally see it ${where}`, async () => {
    const steps: string[] = []
    const plugin = definePlugin({
      version: '1.0.0',
      async access(kong) {
        try {
          await kong.response.exit(403)
          steps.push('behind')
        } catch (error) {
          steps.push((error as Error).name)
        } finally {
          steps.push('finally')
        }
      },
    })
    const { response, events } = await run(plugin, options)
    assert.is(response.status, 403)
    assert.equal(events, [{ phase: 'access', end: 'exited' }])
    assert.equal(steps, ['KongPluginError', 'finally'])
  })

  test(`move: where Kong raises, the promise rejects and the client gets 500 all the same ${where}`, async () => {
    let caught = false
    const plugin = definePlugin({
      version: '1.0.0',
      access: (kong) =>
        kong.request.getHeader('host').catch(() => {
          caught = true
        }),
    })
    const { response } = await run(plugin, { ...options, fault: { raise: 'kong.request.get_header' } })
    assert.is(response.status, 500)
    assert.ok(caught)
  })
}

test('move: a wrong argument throws before anything is sent', async () => {
  const names: string[] = []
  const { response, calls } = await run(
    moduleWith(async (kong) => {
      try {
        await kong.service.setTarget(5, 'x')
      } catch (error) {
        names.push((error as Error).name)
      }
    }),
  )
  assert.equal([names, response.status, calls], [['KongPluginError'], 200, []])
})

test('move: a module of kong-pdk that throws refuses the request', async () => {
  const failing = moduleWith(() => Promise.reject(new Error('boom')))
  const { response, upstream } = await run(failing)
  assert.equal([response.status, upstream], [500, undefined])
})

test('move: a module of kong-pdk calls by any name that comes to the one of Kong', async () => {
  const { calls } = await run(
    moduleWith(async (kong) => {
      await kong.request.get_header?.('host')
      await kong.request.getHeader?.('host')
      await kong.nginx.getTls1_versionStr?.()
      await kong.enterprise_edition.jwe?.decode?.('x').catch(() => undefined)
      await kong.log('text')
      await kong.log.set_format?.('%m')
    }),
  )
  assert.equal(
    calls.map(({ method }) => method),
    [
      'kong.request.get_header',
      'kong.request.get_header',
      'kong.nginx.get_tls1_version_str',
      'kong.enterprise_edition.jwe.decode',
      'kong.log',
      'kong.log.set_format',
    ],
  )
})

test('move: kong.log.serialize gives a module of kong-pdk the text of Kong', async () => {
  let seen = ''
  const Plugin = class {
    async log(kong: { log: { serialize(): Promise<string> } }) {
      seen = await kong.log.serialize()
    }
  }
  await run({ Plugin, Version: '1.0.0' }, { request: { path: '/orders' } })
  assert.is(JSON.parse(seen).request.uri, '/orders')
})

test('move: what follows an exit that is not awaited comes to nothing', async () => {
  const { response } = await run(
    moduleWith(async (kong) => {
      kong.response.exit(403)
      kong.response.setHeader('x-after', '1')
    }),
  )
  assert.equal([response.status, response.headers['x-after']], [403, undefined])
})

test('move: headers and queries are lists, and a bare flag is true', async () => {
  let seen: unknown
  await run(
    moduleWith(async (kong) => {
      seen = [(await kong.request.getHeaders()).host, await kong.request.getQuery()]
    }),
    { request: { path: '/?a=1&a=2&flag', headers: { host: 'a.example' } } },
  )
  assert.equal(seen, [['a.example'], { a: ['1', '2'], flag: [true] }])
})

test.run()

/** What these tests call, as loosely as a module of kong-pdk may. */
interface LooseKong {
  readonly request: LooseNames & {
    getHeaders(): Promise<Record<string, string[]>>
    getQuery(): Promise<object>
  }
  readonly nginx: LooseNames
  readonly enterprise_edition: { readonly jwe?: LooseNames }
  readonly log: LooseNames & ((text: string) => Promise<unknown>)
  readonly response: {
    exit(status: number): Promise<never>
    setHeader(name: string, value: string): Promise<void>
  }
  readonly service: { setTarget(host: unknown, port: unknown): Promise<void> }
}

interface LooseNames {
  readonly [name: string]: ((...args: string[]) => Promise<unknown>) | undefined
}

function moduleWith(access: (kong: LooseKong) => Promise<unknown>): Runnable {
  const Plugin = class {
    access(kong: LooseKong) {
      return access(kong)
    }
  }
  return { Plugin, Version: '1.0.0' }
}
