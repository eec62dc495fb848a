import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildExample, type Instance, startExample } from '../support/binary.ts'
import { startGateway } from '../support/gateway.ts'
import { shownBy } from '../support/readme.ts'
import { send, startService } from '../support/service.ts'

const folder = mkdtempSync(join(tmpdir(), 'http-batch-log-'))

test.before(() => buildExample('http-batch-log'))
test.after(() => rmSync(folder, { recursive: true }))

interface Collector {
  readonly url: string
  readonly port: string
  kill(): Promise<void>
}

/** A process that writes what it gets to `file`; with `dies` it is gone after so many batches, before it answers. */
async function startCollector(file: string, port = '0', dies = 'never'): Promise<Collector> {
  const args = ['--import', './build/load-typescript.mjs', 'examples/support/collector.ts', port, file, dies]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const listens = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    void ended.then(() => reject(new Error('The collector ended before it listened')))
  })
  return {
    url: `http://127.0.0.1:${listens}`,
    port: listens,
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
}

interface Batch {
  readonly key: string
  readonly events: readonly { readonly number: number }[]
}

function batchesIn(file: string): Batch[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Batch)
}

const numbersIn = (batches: readonly Batch[]) =>
  batches.flatMap(({ events }) => events.map(({ number }) => number))

/** As a collector sees them that drops a key which it has seen. */
const onceOf = (batches: readonly Batch[]) => [
  ...new Map(batches.map((batch) => [batch.key, batch])).values(),
]

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

async function log(instance: Instance, ...numbers: number[]): Promise<void> {
  for (const number of numbers)
    await instance.run('log', { 'kong.log.serialize': () => JSON.stringify({ number, pad: 'x'.repeat(80) }) })
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 2000) throw new Error(`It never came to pass: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** A minute is a second here: what waits 500 ms otherwise waits 10. */
const rules = {
  headers: {},
  when_full: 'drop_oldest',
  max_waiting_bytes: 1_000_000,
  batch_events: 10,
  batch_bytes: 100_000,
  batch_age: 20,
  timeout: 1000,
  retry_first: 10,
  retry_most: 500,
  close_wait: 4000,
}

test('http-batch-log: a request of its README is answered as shown there, and its record reaches the collector', async () => {
  const { config, request, answer, json } = shownBy('http-batch-log')
  const service = await startService(() => ({ headers: answer.headers, body: answer.body }))
  const collector = await startService(() => ({}))
  const gateway = await startGateway('http-batch-log', { ...config, url: collector.url }, service.url)
  try {
    const answered = await send(gateway.url, request)
    assert.equal([answered.status, answered.body.toString()], [answer.status, answer.body])
    await until(() => collector.requests.length > 0)
    const [batch] = collector.requests
    assert.is(batch?.headers.authorization, 'Bearer of-the-gateway')
    const [shown] = json as [[Record<string, Record<string, unknown>>]]
    const [sent] = JSON.parse(String(batch?.body)) as [Record<string, Record<string, unknown>>]
    for (const [part, members] of Object.entries(shown[0]))
      for (const [name, value] of Object.entries(members)) {
        const there = sent[part]?.[name]
        assert.equal(typeof value === 'object' ? { ...(there as object), ...value } : value, there, name)
      }
  } finally {
    await gateway.stop()
    collector.stop()
    service.stop()
  }
})

test('http-batch-log: a collector that is killed and comes back later has each event once by its key, in order', async () => {
  const file = join(folder, 'away.jsonl')
  const plugin = await startExample('http-batch-log')
  let collector = await startCollector(file)
  try {
    const instance = await plugin.configure({ ...rules, url: collector.url })
    await log(instance, ...upTo(95))
    await until(() => batchesIn(file).length > 2)
    await collector.kill()
    await log(instance, ...upTo(400).slice(95))
    await until(() => plugin.log().includes('will try again'))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    collector = await startCollector(file, collector.port)
    await log(instance, ...upTo(500).slice(400))
    await until(() => new Set(numbersIn(batchesIn(file))).size === 500)
    assert.equal(numbersIn(onceOf(batchesIn(file))), upTo(500))
    await until(() => plugin.log().includes('takes events again'))
    assert.not.match(plugin.log(), 'lost')
  } finally {
    assert.is(await plugin.stop(), 0)
    await collector.kill()
  }
})

test('http-batch-log: a collector that dies before its answer gets the batch twice, with the same key and bytes', async () => {
  const file = join(folder, 'twice.jsonl')
  const plugin = await startExample('http-batch-log')
  let collector = await startCollector(file, '0', '2')
  try {
    const instance = await plugin.configure({ ...rules, url: collector.url })
    await log(instance, ...upTo(30))
    await until(() => plugin.log().includes('will try again'))
    collector = await startCollector(file, collector.port)
    await until(() => new Set(numbersIn(batchesIn(file))).size === 30)
    const batches = batchesIn(file)
    assert.equal(batches[1], batches[2])
    assert.is(batches.length, onceOf(batches).length + 1)
    assert.equal(numbersIn(onceOf(batches)), upTo(30))
  } finally {
    assert.is(await plugin.stop(), 0)
    await collector.kill()
  }
})

for (const [when_full, kept] of [
  ['drop_oldest', [6, 7, 8, 9, 10]],
  ['drop_newest', [1, 2, 3, 4, 5]],
] as const)
  test(`http-batch-log: when it is full, ${when_full} keeps five of ten, and says how many are lost`, async () => {
    const file = join(folder, `${when_full}.jsonl`)
    const plugin = await startExample('http-batch-log')
    const collector = await startCollector(file)
    try {
      const bounds = { when_full, max_waiting_bytes: 5 * 104, batch_events: 100, batch_age: 60_000 }
      const instance = await plugin.configure({ ...rules, ...bounds, url: collector.url })
      await log(instance, ...upTo(10))
    } finally {
      assert.is(await plugin.stop(), 0)
      await collector.kill()
    }
    assert.equal(numbersIn(batchesIn(file)), kept)
    assert.match(plugin.log(), /520 bytes wait for .*: (the oldest|new ones) are lost/)
    assert.match(plugin.log(), `Events for ${collector.url} that were lost: 5`)
  })

for (const flags of [[], ['-workers', '2']])
  test(`http-batch-log: SIGTERM sends what waits before the process ends ${flags.join(' ')}`, async () => {
    const file = join(folder, `stopped${flags.length}.jsonl`)
    const plugin = await startExample('http-batch-log', flags)
    const collector = await startCollector(file)
    try {
      const instance = await plugin.configure({
        ...rules,
        url: collector.url,
        batch_events: 1000,
        batch_age: 60_000,
      })
      await Promise.all(upTo(50).map((number) => log(instance, number)))
      assert.equal(batchesIn(file), [])
    } finally {
      assert.is(await plugin.stop(), 0)
      await collector.kill()
    }
    const numbers = numbersIn(batchesIn(file))
    assert.equal(
      numbers.sort((a, b) => a - b),
      upTo(50),
    )
  })

test('http-batch-log: a stop without a collector ends, and says what it had to leave', async () => {
  const plugin = await startExample('http-batch-log')
  const collector = await startCollector(join(folder, 'gone.jsonl'))
  await collector.kill()
  const instance = await plugin.configure({ ...rules, url: collector.url, close_wait: 100 })
  await log(instance, ...upTo(25))
  assert.is(await plugin.stop(), 0)
  assert.match(plugin.log(), `Events for ${collector.url} that were lost: 25`)
})

test.run()
