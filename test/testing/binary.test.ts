import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '../../src/testing/index.ts'
import { thrownBy } from './support/levels.ts'

const platform = `${process.platform}-${process.arch}`
const dist = `dist/${platform}`

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const) {
  test(`run: a binary gives the same outcome as its source would (${dialect})`, async () => {
    const { response, calls, events } = await run(`${dist}/hello`, {
      dialect,
      config: { message: 'hi' },
      request: { headers: { host: 'shop.example' } },
    })
    assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hi to shop.example')
    assert.equal(calls, [
      { phase: 'access', method: 'kong.request.get_header', args: ['host'], result: 'shop.example' },
      {
        phase: 'access',
        method: 'kong.response.set_header',
        args: ['x-hello-from-ts', 'TypeScript says hi to shop.example'],
      },
    ])
    assert.equal(events, [{ phase: 'access', end: 'returned' }])
  })

  test(`start: a binary takes many requests, and close ends its process (${dialect})`, async () => {
    const server = await start(`${dist}/transform`, { dialect })
    const config = { request: { add: { from: 'kong' } }, response: { remove: ['secret'] } }
    for (let count = 0; count < 3; count++) {
      const { upstream, response } = await server.run({
        config,
        request: { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":1}' },
        upstream: { body: { id: 1, secret: 2 } },
      })
      assert.is(upstream?.text, '{"id":1,"from":"kong"}')
      assert.is(response.text, '{"id":1}')
    }
    assert.is(server.instances.length, 1)
    const pid = Number(/, pid (\d+)\)$/.exec(server.output[0] ?? '')?.[1])
    assert.ok(isAlive(pid))
    await server.close()
    assert.not(isAlive(pid))
    assert.match(server.output.at(-1) ?? '', /stops: it got SIGTERM$/)
  })

  test(`restart: the second server of a binary gives ids of its own (${dialect})`, async () => {
    const server = await start(`${dist}/hello`, { dialect })
    await server.run()
    await server.restart()
    const { response, events } = await server.run()
    assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hello to example.com:8000')
    assert.equal(events, [{ phase: 'access', end: 'returned', repeats: 1 }])
    assert.is(new Set(server.instances).size, 2)
    await server.close()
  })

  test(`fault: Kong raises, goes away, is slow and starts a binary again (${dialect})`, async () => {
    const call = 'kong.request.get_header'
    const server = await start(`${dist}/hello`, { dialect, limit: 1000 })
    const raised = await server.run({ fault: { raise: call, words: 'no memory' } })
    assert.is(raised.response.status, 500)
    assert.equal(raised.events, [{ phase: 'access', end: 'raised', why: `${call}: no memory` }])
    assert.is((await server.run({ fault: { close: call } })).end, 'closed')
    const slow = await server.run({ fault: { stall: call, ms: 20 } })
    assert.is(slow.response.headers['x-hello-from-ts'], 'TypeScript says hello to example.com:8000')
    const again = await server.run({ fault: { restart: 'access' } })
    assert.equal(again.events, [{ phase: 'access', end: 'returned', repeats: 1 }])
    await server.close()
  })

  test(`close: a binary whose event Kong has left ends, its process too (${dialect})`, async () => {
    const server = await start(`${dist}/hello`, { dialect })
    await server.run({ fault: { raise: 'kong.request.get_header' } })
    const pid = Number(/, pid (\d+)\)$/.exec(server.output[0] ?? '')?.[1])
    assert.ok(isAlive(pid))
    await server.close()
    assert.not(isAlive(pid))
  })

  test(`pieces: a binary reads what comes byte by byte (${dialect})`, async () => {
    const { response } = await run(`${dist}/hello`, { dialect, pieces: 1 })
    assert.is(response.headers['x-hello-from-ts'], 'TypeScript says hello to example.com:8000')
  })
}

test('run: the Go shape and a module of the JavaScript kit run as binaries', async () => {
  const go = await run(`${dist}/hello-go-shape`, { config: { message: 'hi' } })
  assert.is(go.response.headers['x-hello-from-ts'], 'TypeScript says hi to example.com:8000')
  const js = await run(`${dist}/hello-kong-pdk`)
  assert.is(js.response.headers['x-hello-from-js'], 'JavaScript says hello to example.com:8000')
})

test('run: a binary of two plugins runs the one that name chooses, and wants a name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kts-pair-'))
  try {
    const sources = ['examples/hello', 'examples/key-guard']
    const flags = ['--bundle', 'pair', '--injector', 'own', '--out', folder]
    await promisify(execFile)(process.execPath, ['bin/kong-ts.mjs', 'build', ...sources, ...flags])
    const pair = join(folder, platform, 'pair')
    const config = { keys: { alice: 'the key of alice, 26 chars' } }
    for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const) {
      const greeted = await run(pair, { name: 'hello', dialect, config: { message: 'hi' } })
      assert.is(greeted.response.headers['x-hello-from-ts'], 'TypeScript says hi to example.com:8000')
      const guarded = await run(pair, { name: 'key-guard', dialect, config })
      assert.equal([guarded.response.status, guarded.upstream], [401, undefined])
    }
    const refused = await thrownBy(run(pair, { name: 'key-guard', config: { message: 'hi' } }))
    assert.match(
      refused.message,
      /^Kong refuses the configuration of key-guard: .*config\.message: unknown field/,
    )
    const unnamed = await thrownBy(run(pair))
    assert.match(unnamed.message, /pair: it holds hello, key-guard: choose one of them with name$/)
    const other = await thrownBy(run(pair, { name: 'other' }))
    assert.match(other.message, /its -dump ended with exit code 2 and printed .*there is no plugin/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('run: a stream through a binary', async () => {
  const { response, logs } = await run(`${dist}/tcp-preread`, {
    config: { allow: ['10.0.0.0/8'] },
    phases: ['preread'],
  })
  assert.is(response.status, 403)
  assert.is(logs[0]?.text, 'refused a connection from 127.0.0.1')
})

test('run: a configuration that the schema in the binary refuses is refused before a server starts', async () => {
  const error = await thrownBy(run(`${dist}/hello`, { config: { message: 1 } }))
  assert.is(
    error.message,
    'Kong refuses the configuration of hello: schema violation (config.message: expected a string)',
  )
})

test('run: what is no binary of a plugin is refused in a sentence', async () => {
  const sentences: [path: string, words: RegExp][] = [
    ['dist/nothing', /^Cannot run dist\/nothing: there is no such file; build it first$/],
    ['examples/hello/plugin.ts', /^Cannot run examples\/hello\/plugin\.ts: it is a source file; import it/],
    ['/bin/true', /^Cannot run \/bin\/true: its -dump ended with exit code 0 and printed ""$/],
    ['LICENSE', /^Cannot run LICENSE: its -dump ended with not having started: .*EACCES/],
  ]
  for (const [path, words] of sentences) assert.match((await thrownBy(run(path))).message, words)
  const levelled = await thrownBy(run(`${dist}/hello`, { level: 'wire' }))
  assert.match(levelled.message, /at the level wire: a binary is a process of its own$/)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.run()
