import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Project } from './support/project.ts'

const hello = readFileSync('examples/hello/plugin.ts', 'utf8')
const binary = `dist/${process.platform}-${process.arch}/hello`

/** The same tests for every runner that gives `test` and `same`. */
const tests = `
import { run } from 'kong-ts-pdk/testing'
import hello from './plugin.ts'

const request = { headers: { host: 'shop.example' } }
for (const how of [{}, { level: 'wire' }, { level: 'wire', dialect: 'MsgPack:1' }] as const)
  test('greets ' + JSON.stringify(how), async () => {
    const { response } = await run(hello, { ...how, request })
    same(response.headers['x-hello-from-ts'], 'TypeScript says hello to shop.example')
  })
test('greets from its binary', async () => {
  const { response } = await run('${binary}', { request })
  same(response.headers['x-hello-from-ts'], 'TypeScript says hello to shop.example')
})
test('fails where it should', async () => {
  const { response } = await run(hello)
  same(response.headers['x-hello-from-ts'], process.env.NOBODY)
})
`

test('kong-ts-pdk/testing: works under node:test, which waits for every handle', () => {
  const project = new Project()
  project.write('plugin.ts', hello)
  project.write(
    'hello.test.ts',
    `import { test } from 'node:test'\nimport { strictEqual as same } from 'node:assert'\n${tests}`,
  )
  const { status, output } = project.node('--test', '--test-reporter=tap', 'hello.test.ts')
  project.remove()
  assert.is(status, 1, output)
  assert.match(output, /^# pass 4$/m)
  assert.match(output, /^# fail 1$/m)
})

test('kong-ts-pdk/testing: works under uvu', () => {
  const project = new Project(['uvu'])
  project.write('plugin.ts', hello)
  project.write(
    'hello.test.ts',
    `import { test } from 'uvu'\nimport { is as same } from 'uvu/assert'\n${tests}\ntest.run()\n`,
  )
  const { status, output } = project.node('hello.test.ts')
  project.remove()
  assert.is(status, 1, output)
  assert.match(output, /Total: +5\n +Passed: +4\n/)
})

/** Its last line throws: types stand before it, so that without a map the lines would not be those of the file. */
const failing = `import { definePlugin } from 'kong-ts-pdk'

interface Order {
  readonly id: number
}

export default definePlugin({
  version: '1.0.0',
  async access(kong) {
    await kong.request.getHeader('host')
    refuse({ id: 7 })
  },
})

function refuse({ id }: Order): never {
  throw new RangeError('no order ' + id)
}
`

const stacks = `
import { run } from 'kong-ts-pdk/testing'
import failing from './failing.ts'

for (const level of ['memory', 'wire'] as const) {
  const { logs, output } = await run(failing, { level })
  console.log(JSON.stringify([logs[0]?.text, output[0]]))
}
`

test("kong-ts-pdk/testing: the stack of a handler that throws names the author's lines", () => {
  const project = new Project()
  project.write('failing.ts', failing)
  project.write('stacks.ts', stacks)
  const { status, output } = project.node('--enable-source-maps', 'stacks.ts')
  project.remove()
  assert.is(status, 0, output)
  const lines = output.trim().split('\n')
  assert.is(lines.length, 2)
  for (const line of lines)
    for (const text of JSON.parse(line) as string[]) {
      assert.match(text, /failed: RangeError: no order 7/)
      assert.match(text, /at refuse \(.*\/failing\.ts:16:9\).*at Object\.access \(.*\/failing\.ts:11:5\)/s)
      assert.not.match(text, /src\/(plugin|pdk|testing)\//)
    }
})

test('kong-ts-pdk/testing: leaves no handle, no hook, no global and no file behind, whatever went wrong', () => {
  const project = new Project()
  project.write('plugin.ts', hello)
  project.write('leftovers.ts', leftovers)
  const { status, output } = project.node('leftovers.ts')
  const files = readdirSync(join(project.folder, 'tmp'))
  project.remove()
  assert.is(status, 0, output)
  assert.equal(JSON.parse(output), { runs: 18, resources: [], listeners: [], globals: [], date: true })
  assert.equal(files, [])
})

const leftovers = `
import { run, start } from 'kong-ts-pdk/testing'
import hello from './plugin.ts'

const state = () => ({ names: Object.getOwnPropertyNames(globalThis), listeners: process.eventNames().length, Date })
// Both are pipes of their own, which Node opens when they are first looked at.
void [process.stdout, process.stderr]
const held = () => process.getActiveResourcesInfo()
const before = state()
const own = held().length
let runs = 0
const levels = [{}, { level: 'wire' }, { level: 'wire', dialect: 'MsgPack:1' }] as const
const call = 'kong.request.get_header'
for (const how of levels)
  for (const fault of [undefined, { raise: call }, { close: call }, { stall: call, ms: 90 }]) {
    await run(hello, { ...how, limit: 100, ...(fault && { fault }) })
    runs++
  }
for (const how of [{ pieces: 1 }, { workers: 2 }]) {
  const server = await start(hello, { level: 'wire', ...how })
  await server.run()
  await server.restart()
  await server.close()
  runs++
}
for (const how of levels) {
  await run(hello, { ...how, config: { message: 1 } } as never).catch(() => runs++)
}
await run(hello, { now: 0, freezeDate: true })
runs++
await run('${binary}')
// A process that has ended is let go of a few turns later.
for (let turn = 0; turn < 1000 && held().length > own; turn++) await new Promise((resolve) => setImmediate(resolve))
const resources = held().slice(own)
const after = state()
console.log(
  JSON.stringify({
    runs,
    resources,
    listeners: process.eventNames().slice(before.listeners),
    globals: after.names.filter((name) => !before.names.includes(name)),
    date: after.Date === before.Date,
  }),
)
`

test('kong-ts-pdk/testing: a worker thread has memory, and a sentence for the other levels', () => {
  const project = new Project()
  project.write('plugin.ts', hello)
  project.write('thread.ts', thread)
  const { status, output } = project.node('thread.ts')
  project.remove()
  assert.is(status, 0, output)
  const refusal = (level: string) =>
    `Cannot run at the level ${level} in a worker thread: let the test runner use processes (vitest: pool: 'forks'), or stay in memory`
  assert.equal(output.trim().split('\n'), ['200', refusal('wire'), refusal('binary')])
})

const thread = `
import { isMainThread, Worker } from 'node:worker_threads'
import { run } from 'kong-ts-pdk/testing'
import hello from './plugin.ts'

if (isMainThread) new Worker(new URL(import.meta.url))
else {
  const words = ({ message }: Error) => message
  console.log((await run(hello)).response.status)
  console.log(await run(hello, { level: 'wire' }).catch(words))
  console.log(await run('${binary}').catch(words))
}
`

test('kong-ts-pdk/testing: is not in what a plugin imports', () => {
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+\.ts)'/g))
      visit(join(file, '..', path ?? ''))
  }
  visit('src/index.ts')
  visit('src/server/main.ts')
  assert.ok(seen.size > 50)
  assert.equal(
    [...seen].filter((file) => /src\/(testing|fake-kong|cli)\//.test(file)),
    [],
  )
})

test.run()
