import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf, buildExample } from '../support/binary.ts'
import { type Message, type Reply, type Service, startService } from '../support/service.ts'
import httpLog from './plugin.ts'

test.before(() => buildExample('http-batch-log'))

interface LogRecord {
  readonly request: { readonly uri: string }
  readonly response: { readonly status: number }
}

const batchesOf = ({ requests }: Service) =>
  requests.map(({ body }) => JSON.parse(body.toString()) as LogRecord[])
const urisOf = (service: Service) =>
  batchesOf(service).map((batch) => batch.map(({ request }) => request.uri))

async function withService(
  answer: (message: Message) => Reply,
  check: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await startService(answer)
  try {
    await check(service)
  } finally {
    service.stop()
  }
}

const rules = { when_full: 'drop_newest', retry_first: 5, retry_most: 20 } as const

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [httpLog, binaryOf('http-batch-log')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`http-batch-log: a record leaves when its instance closes, with the headers of the configuration (${where})`, () =>
      withService(
        () => ({}),
        async (service) => {
          const config = { ...rules, url: service.url, headers: { 'x-tenant': 'shop' }, batch_age: 60_000 }
          const { response } = await run(plugin, {
            dialect,
            config,
            request: { path: '/hello?page=2' },
            upstream: { status: 404 },
          })
          assert.is(response.status, 404)
          assert.equal(urisOf(service), [['/hello?page=2']])
          assert.is(batchesOf(service)[0]?.[0]?.response.status, 404)
          assert.is(service.requests[0]?.headers['x-tenant'], 'shop')
          assert.is(service.requests[0]?.headers['content-type'], 'application/json')
        },
      ))

    test(`http-batch-log: batches have so many events, or so many bytes (${where})`, () =>
      withService(
        () => ({}),
        async (service) => {
          const server = await start(plugin, { dialect })
          const config = { ...rules, url: service.url, batch_age: 60_000 }
          for (const number of [1, 2, 3, 4, 5])
            await server.run({
              config: { ...config, batch_events: 2 },
              request: { path: '/hello', query: `${number}` },
            })
          for (const number of [6, 7])
            await server.run({
              config: { ...config, batch_bytes: 10 },
              request: { path: '/hello', query: `${number}` },
            })
          await server.close()
          assert.equal(
            urisOf(service)
              .map((uris) => uris.map((uri) => uri.replace('/hello?', '')).join())
              .sort(),
            ['1,2', '3,4', '5', '6', '7'],
          )
        },
      ))
  }

test('http-batch-log: what is answered with 503 or 429 comes again under its key; with 400 it is lost, and said', () => {
  const statuses = [503, 429, 200, 400, 200]
  return withService(
    () => ({ status: statuses.shift() ?? 200 }),
    async (service) => {
      const server = await start(httpLog, {})
      const config = { ...rules, url: service.url, batch_events: 1 }
      for (const number of [1, 2]) await server.run({ config, request: { path: `/hello/${number}` } })
      while (service.requests.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
      await server.run({ config, request: { path: '/hello/3' } })
      await server.close()
      assert.equal(urisOf(service).flat(), ['/hello/1', '/hello/1', '/hello/1', '/hello/2', '/hello/3'])
      const keys = service.requests.map(({ headers }) => headers['idempotency-key'])
      assert.equal([keys[0] === keys[1], keys[1] === keys[2], new Set(keys).size], [true, true, 3])
    },
  )
})

test("http-batch-log: what goes wrong is in Kong's own log with the next request, at level warn", () =>
  withService(
    () => ({ status: 400 }),
    async (service) => {
      const server = await start(httpLog, {})
      const config = { ...rules, url: service.url, batch_events: 1 }
      await server.run({ config })
      while (service.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      let said: readonly { level: string; text: string }[] = []
      while (said.length === 0) said = (await server.run({ config })).logs
      assert.is(said[0]?.level, 'warn')
      assert.is(said[0]?.text, `${service.url} refuses a batch of events with 400: they are lost`)
      await server.close()
    },
  ))

test('http-batch-log: what is to be lost when it is full has to be said', async () => {
  const config = { url: 'http://127.0.0.1:9' }
  await run(httpLog, { config: config as never }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'config.when_full: required field missing'),
  )
})

test.run()
