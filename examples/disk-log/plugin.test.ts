import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Instance, type RunningPlugin, startExample } from '../support/binary.ts'

const defaults = { reopen: true, max_waiting: 8_388_608 }

let plugin: RunningPlugin

test.before(async () => {
  plugin = await startExample('disk-log')
})
test.after(async () => void (await plugin.stop()))

async function log(instance: Instance, record: object): Promise<void> {
  await instance.run('log', { 'kong.log.serialize': () => JSON.stringify(record) })
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 1000) throw new Error(`It never came to pass: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function linesOf(path: string): string[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  assert.ok(text === '' || text.endsWith('\n'), 'the file ends with a whole line')
  return text.split('\n').slice(0, -1)
}

test('disk-log: writes the record as Kong gave it, for its owner and group only', async () => {
  const path = join(plugin.prefix, 'one.log')
  const instance = await plugin.configure({ ...defaults, path })
  await log(instance, { request: { uri: '/a' }, text: 'zwölf\n' })
  await until(() => existsSync(path) && statSync(path).size > 0)
  assert.equal(linesOf(path), ['{"request":{"uri":"/a"},"text":"zwölf\\n"}'])
  assert.is(statSync(path).mode & 0o777, 0o640)
})

test('disk-log: instances that share a path never mix or lose lines', async () => {
  const path = join(plugin.prefix, 'shared.log')
  const instances = await Promise.all([1, 2, 3].map(() => plugin.configure({ ...defaults, path })))
  const numbers = Array.from({ length: 300 }, (_, number) => number)
  await Promise.all(numbers.map((number) => log(instances[number % 3]!, { number, pad: 'x'.repeat(5000) })))
  await Promise.all(instances.map((instance) => instance.close()))
  await until(() => linesOf(path).length === 300)
  const seen = linesOf(path).map((line) => (JSON.parse(line) as { number: number }).number)
  assert.equal(
    seen.sort((a, b) => a - b),
    numbers,
  )
})

test('disk-log: follows its path when the file is moved away', async () => {
  const path = join(plugin.prefix, 'rotated.log')
  const instance = await plugin.configure({ ...defaults, path })
  await log(instance, { number: 1 })
  await until(() => existsSync(path) && linesOf(path).length === 1)
  renameSync(path, `${path}.1`)
  await log(instance, { number: 2 })
  await until(() => existsSync(path) && linesOf(path).length === 1)
  assert.equal([linesOf(`${path}.1`), linesOf(path)], [['{"number":1}'], ['{"number":2}']])
})

test('disk-log: keeps the file that it has when reopen is false', async () => {
  const path = join(plugin.prefix, 'kept.log')
  const instance = await plugin.configure({ ...defaults, path, reopen: false })
  await log(instance, { number: 1 })
  await until(() => existsSync(path) && linesOf(path).length === 1)
  renameSync(path, `${path}.1`)
  await log(instance, { number: 2 })
  await until(() => linesOf(`${path}.1`).length === 2)
  assert.not(existsSync(path))
})

test('disk-log: lines wait while the file cannot be written', async () => {
  const path = join(plugin.prefix, 'later', 'late.log')
  const instance = await plugin.configure({ ...defaults, path })
  await log(instance, { number: 1 })
  await log(instance, { number: 2 })
  await until(() => plugin.log().includes(`Cannot write to ${path}`))
  mkdirSync(join(plugin.prefix, 'later'))
  await until(() => linesOf(path).length === 2)
  assert.equal(linesOf(path), ['{"number":1}', '{"number":2}'])
})

test('disk-log: says how many lines were lost when too many waited', async () => {
  const path = join(plugin.prefix, 'small', 'full.log')
  const instance = await plugin.configure({ ...defaults, path, max_waiting: 30 })
  for (let number = 1; number <= 5; number++) await log(instance, { number })
  await until(() => plugin.log().includes(`${path} is too slow`))
  mkdirSync(join(plugin.prefix, 'small'))
  await until(() => plugin.log().includes(`${path}: 3 lines were lost`))
  assert.equal(linesOf(path), ['{"number":1}', '{"number":2}'])
})

test('disk-log: a stop writes what waits before the process ends, and says what it cannot write', async () => {
  const other = await startExample('disk-log')
  const path = join(plugin.prefix, 'stopped.log')
  const missing = join(plugin.prefix, 'missing', 'stopped.log')
  const instance = await other.configure({ ...defaults, path, max_waiting: 64_000_000 })
  const hopeless = await other.configure({ ...defaults, path: missing })
  for (const number of [1, 2, 3]) await log(hopeless, { number })
  const records = Array.from({ length: 20 }, (_, number) => ({ number, pad: 'x'.repeat(1_000_000) }))
  await Promise.all(records.map((record) => log(instance, record)))
  assert.is(await other.stop(), 0)
  assert.is(linesOf(path).length, 20)
  assert.match(other.log(), `${missing}: 3 lines were lost`)
})

test.run()
