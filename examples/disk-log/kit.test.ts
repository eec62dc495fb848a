import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definePlugin } from 'kong-ts-pdk'
import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'
import diskLog from './plugin.ts'

const folder = mkdtempSync(join(tmpdir(), 'disk-log-'))

test.after(() => rmSync(folder, { recursive: true }))

let files = 0

function newPath(): string {
  files++
  return join(folder, `${files}.log`)
}

interface LogLine {
  readonly request: { readonly uri: string }
  readonly response: { readonly status: number }
}

/** A run, and `close` of a server, end when the plugin's own `close` has: by then all is written. */
function linesOf(path: string): LogLine[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  assert.is(lines.pop(), '')
  return lines.map((line) => JSON.parse(line) as LogLine)
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [diskLog, binaryOf('disk-log')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`disk-log: writes a line for the request, with the answer of the service (${where})`, async () => {
      const path = newPath()
      const upstream = { status: 404, body: 'nothing here' }
      await run(plugin, { dialect, config: { path }, request: { path: '/hello?page=2' }, upstream })
      const [line, ...more] = linesOf(path)
      assert.equal(more, [])
      assert.is(line?.request.uri, '/hello?page=2')
      assert.is(line?.response.status, 404)
    })

    test(`disk-log: requests side by side, in two workers, have a whole line each (${where})`, async () => {
      const path = newPath()
      const server = await start(plugin, { dialect, workers: 2 })
      const uris = Array.from({ length: 20 }, (_, number) => `/hello?number=${number}`)
      await Promise.all(uris.map((uri) => server.run({ config: { path }, request: { path: uri } })))
      await server.close()
      assert.is(server.instances.length, 2)
      assert.equal(
        linesOf(path)
          .map(({ request }) => request.uri)
          .sort(),
        uris.sort(),
      )
    })

    test(`disk-log: where Kong has no record the client notices nothing (${where})`, async () => {
      const path = newPath()
      const fault = { raise: 'kong.log.serialize', words: 'no memory' }
      const { response, events } = await run(plugin, { dialect, config: { path }, fault })
      assert.is(response.status, 200)
      assert.equal(events, [{ phase: 'log', end: 'raised', why: 'kong.log.serialize: no memory' }])
      assert.ok(!existsSync(path) || linesOf(path).length === 0)
    })
  }

test('disk-log: a server that takes the place of another goes on in the same file', async () => {
  const path = newPath()
  const server = await start(binaryOf('disk-log'))
  await server.run({ config: { path }, request: { path: '/hello/1' } })
  await server.restart()
  await server.run({ config: { path }, request: { path: '/hello/2' } })
  await server.close()
  assert.equal(
    linesOf(path).map(({ request }) => request.uri),
    ['/hello/1', '/hello/2'],
  )
})

test('disk-log: has its turn between plugins of the priorities 10 and 8, which log though it failed', async () => {
  const others = [8, 10].map((priority) => ({
    plugin: definePlugin({
      version: '1.0.0',
      priority,
      log: (kong) => kong.log.notice(`the turn of ${priority}`),
    }),
  }))
  const fault = { raise: 'kong.log.serialize', words: 'no memory' }
  const { logs } = await run(diskLog, { config: { path: newPath() }, others, fault })
  assert.equal(
    logs.map(({ text }) => text),
    ['the turn of 10', 'kong.log.serialize: no memory', 'the turn of 8'],
  )
})

test('disk-log: a path that is not absolute is refused', async () => {
  await run(diskLog, { config: { path: 'one.log' } }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'config.path: should start with: /'),
  )
})

test.run()
