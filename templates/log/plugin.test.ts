import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { run, start } from 'kong-ts-pdk/testing'
import log from './plugin.ts'

const folder = mkdtempSync(join(tmpdir(), 'log-test-'))
after(() => rmSync(folder, { recursive: true }))

function linesOf(path: string): { uri: string; status: number; method: string }[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('writes a line of JSON for each request', async () => {
  const path = join(folder, 'plain.log')
  const request = { method: 'DELETE', path: '/orders/12?soft=1' }
  await run(log, { config: { path }, request, upstream: { status: 404 } })
  const [line, ...more] = linesOf(path)
  assert.deepEqual(more, [])
  assert.deepEqual([line?.method, line?.uri, line?.status], ['DELETE', '/orders/12?soft=1', 404])
})

test('writes all that waits before it ends', async () => {
  const path = join(folder, 'many.log')
  const server = await start(log, { workers: 2 })
  const uris = Array.from({ length: 40 }, (_, number) => `/orders/${number}`)
  await Promise.all(uris.map((uri) => server.run({ config: { path }, request: { path: uri } })))
  await server.close()
  assert.deepEqual(
    linesOf(path)
      .map(({ uri }) => uri)
      .sort(),
    uris.sort(),
  )
})

test('keeps no more lines than it may where it cannot write, and no client notices', async (context) => {
  const said = context.mock.method(console, 'error', () => {})
  const server = await start(log)
  const config = { path: join(folder, 'no-folder', 'a.log'), max_waiting: 3 }
  for (let request = 0; request < 5; request++) {
    const { response } = await server.run({ config })
    assert.equal(response.status, 200)
  }
  await server.close()
  assert.match(String(said.mock.calls.at(-1)?.arguments), /a\.log: 5 lines were lost$/)
})
