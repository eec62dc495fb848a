import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildExample, type Instance, type RunningPlugin, startExample } from '../support/binary.ts'
import { startGateway } from '../support/gateway.ts'
import { type OtlpCollector, type OtlpSpan, startOtlpCollector } from '../support/otlp.ts'
import { shownBy } from '../support/readme.ts'
import { send, startService } from '../support/service.ts'

test.before(() => buildExample('otel'))

const rules = {
  headers: {},
  service_name: 'kong',
  sampling: 1,
  batch_age: 20,
  max_waiting: 2048,
  timeout: 2000,
  close_wait: 4000,
}
const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const asked = {
  'kong.request.get_headers': () => ({ traceparent: `00-${trace}-00f067aa0ba902b7-01` }),
  'kong.request.get_method': () => 'GET',
  'kong.request.get_path': () => '/',
}

/** Runs access so often, each with its trace passed on. */
async function serve(instance: Instance, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const { calls, exit } = await instance.run('access', asked)
    assert.is(exit, undefined)
    const { method, args } = calls.at(-1) ?? {}
    assert.is(method, 'kong.service.request.set_header')
    assert.match(String(args), new RegExp(`^traceparent,00-${trace}-(?!00f067aa0ba902b7)[\\da-f]{16}-01$`))
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 2000) throw new Error(`It never came to pass: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The binary, with a collector; both are stopped, and the binary has to end in good order. */
async function withBoth(
  check: (plugin: RunningPlugin, collector: OtlpCollector) => Promise<void>,
  flags: readonly string[] = [],
): Promise<{ log: string; collector: OtlpCollector }> {
  const collector = await startOtlpCollector()
  const plugin = await startExample('otel', flags)
  try {
    await check(plugin, collector)
  } finally {
    assert.is(await plugin.stop(), 0)
    collector.stop()
  }
  assert.not.match(plugin.log(), 'work undone')
  assert.equal(collector.complaints, [])
  return { log: plugin.log(), collector }
}

const linesWith = (log: string, words: string) =>
  log.split('\n').filter((line) => line.includes(words)).length

test('otel: tells Kong its name, its phases and its fields', async () => {
  await withBoth(async ({ dump }) => {
    const { Name, Version, Priority, Phases, Schema } = dump.Plugins[0]!
    assert.equal([Name, Version, Priority, Phases], ['otel', '1.0.0', 100_000, ['access', 'log']])
    const config = Schema.fields.at(-1)?.config as { fields: object[] }
    assert.equal(config.fields.flatMap(Object.keys).sort(), [...Object.keys(rules), 'endpoint'].sort())
  })
})

test('otel: a request of its README is answered as shown there, and the collector gets the span that it shows', async () => {
  const { config, request, answer, json } = shownBy('otel')
  const collector = await startOtlpCollector()
  const service = await startService(() => ({ headers: answer.headers, body: answer.body }))
  const gateway = await startGateway('otel', { ...config, endpoint: collector.endpoint }, service.url)
  try {
    const answered = await send(gateway.url, request)
    assert.equal([answered.status, answered.body.toString()], [answer.status, answer.body])
    await until(() => collector.sent.length > 1)
  } finally {
    await gateway.stop()
    collector.stop()
    service.stop()
  }
  const [shown] = json as [OtlpSpan]
  const sent = collector.sent.find(({ name }) => name === shown.name)
  assert.ok(sent)
  // What is another one each time.
  const { spanId, startTimeUnixNano, endTimeUnixNano } = shown
  const attributes = sent.attributes.map((one) =>
    one.key === 'kong.instance' ? (shown.attributes.find(({ key }) => key === one.key) ?? one) : one,
  )
  assert.equal({ ...sent, spanId, startTimeUnixNano, endTimeUnixNano, attributes }, shown)
  assert.is(service.requests[0]?.headers.traceparent, `00-${shown.traceId}-${sent.spanId}-01`)
  assert.is(service.requests[0]?.headers.tracestate, request.headers?.tracestate)
})

test('otel: a collector that comes and goes costs spans, and two lines of the log in ten seconds', async () => {
  let port = 0
  const { log, collector } = await withBoth(async (plugin, collector) => {
    const instance = await plugin.configure({ ...rules, endpoint: collector.endpoint })
    collector.answer('away')
    await serve(instance, 30)
    await until(() => plugin.log().includes('Cannot send spans'))
    await serve(instance, 30)
    await new Promise((resolve) => setTimeout(resolve, 500))
    collector.answer('take')
    await serve(instance, 30)
    await until(() => plugin.log().includes('takes spans again') && collector.spans.length >= 30)
    const { requests } = collector
    collector.answer(500)
    await serve(instance, 10)
    await until(() => collector.requests > requests)
    port = Number(new URL(collector.endpoint).port)
  })
  assert.is(linesWith(log, `Cannot send spans to ${collector.endpoint}: `), 1)
  assert.match(log, `ECONNREFUSED 127.0.0.1:${port}`)
  const [, first] = /takes spans again: (\d+) were lost/.exec(log) ?? []
  const [, then] = /that were lost: (\d+)/.exec(log) ?? []
  assert.is(collector.spans.length + Number(first) + Number(then), 100)
})

for (const status of [400, 500, 503])
  test(`otel: a collector that answers ${status} costs spans and one line of the log`, async () => {
    const { log, collector } = await withBoth(async (plugin, collector) => {
      collector.answer(status)
      const instance = await plugin.configure({ ...rules, endpoint: collector.endpoint })
      for (const batches of [1, 2, 3]) {
        await serve(instance, 20)
        await until(() => collector.requests >= batches)
      }
    })
    assert.is(linesWith(log, 'Cannot send spans'), 1)
    if (status !== 503) assert.match(log, `Cannot send spans to ${collector.endpoint}: ${status} `)
    assert.match(log, `Spans for ${collector.endpoint} that were lost: 60`)
  })

test('otel: a collector that never answers gets no more spans than may wait, and a stop does not wait for it', async () => {
  const { log, collector } = await withBoth(async (plugin, collector) => {
    collector.answer('silence')
    const bounds = { max_waiting: 10, timeout: 60_000, close_wait: 200 }
    const instance = await plugin.configure({ ...rules, ...bounds, endpoint: collector.endpoint })
    await serve(instance, 100)
    await until(() => collector.requests > 0)
    await serve(instance, 100)
  })
  assert.is(linesWith(log, `10 spans wait for ${collector.endpoint}: new ones are lost`), 1)
  assert.match(log, `Spans for ${collector.endpoint} that were lost: 200`)
  assert.ok(collector.unanswered <= 10, String(collector.unanswered))
})

test('otel: a collector that never answers a batch does not keep later ones for ever', async () => {
  await withBoth(async (plugin, collector) => {
    collector.answer('silence')
    const instance = await plugin.configure({ ...rules, timeout: 500, endpoint: collector.endpoint })
    await serve(instance, 1)
    await until(() => plugin.log().includes('Cannot send spans'))
    collector.answer('take')
    await serve(instance, 1)
    await until(() => collector.spans.length > 0 && plugin.log().includes('takes spans again'))
  })
})

for (const flags of [[], ['-workers', '2']])
  test(`otel: SIGTERM sends what waits before the process ends ${flags.join(' ')}`, async () => {
    const { log, collector } = await withBoth(async (plugin, collector) => {
      const settings = { ...rules, batch_age: 60_000, timeout: 4000, endpoint: collector.endpoint }
      const instance = await plugin.configure(settings)
      await Promise.all(Array.from({ length: 20 }, () => serve(instance, 35)))
      const logged = { 'kong.request.get_headers': asked['kong.request.get_headers'] }
      await instance.run('log', { ...logged, 'kong.response.get_status': () => 200 })
    }, flags)
    assert.not.match(log, 'lost')
    assert.is(collector.spans.length, 701)
    assert.is(new Set(collector.spans.map(({ spanId }) => spanId)).size, 701)
  })

test('otel: what an instance has not sent when Kong closes it is sent then', async () => {
  const { collector } = await withBoth(async (plugin, collector) => {
    const instance = await plugin.configure({ ...rules, batch_age: 60_000, endpoint: collector.endpoint })
    await serve(instance, 3)
    await instance.close()
    await until(() => collector.spans.length === 3)
  })
  assert.is(collector.requests, 1)
})

test.run()
