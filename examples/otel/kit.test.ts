import { definePlugin } from 'kong-ts-pdk'
import { type RunOptions, run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf, buildExample } from '../support/binary.ts'
import { type OtlpCollector, type ReceivedSpan, startOtlpCollector } from '../support/otlp.ts'
import otel from './plugin.ts'
import { callerOf } from './trace-context.ts'
import { now, openTracing } from './tracing.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const caller = '00f067aa0ba902b7'
const good = `00-${trace}-${caller}-01`
/** For runs of which the spans do not matter. */
let bin: OtlpCollector

test.before(async () => {
  buildExample('otel')
  bin = await startOtlpCollector()
})
test.after(() => {
  bin.stop()
  assert.equal(bin.complaints, [])
})

/** Runs with a collector of its own, and looks at what it got when all is over. */
async function withCollector(check: (collector: OtlpCollector) => Promise<void>): Promise<void> {
  const collector = await startOtlpCollector()
  try {
    await check(collector)
    assert.equal(collector.complaints, [])
  } finally {
    collector.stop()
  }
}

const spanOf = (phase: string, { spans }: OtlpCollector): ReceivedSpan => {
  const [span, ...others] = spans.filter(({ name }) => name.endsWith(` ${phase}`))
  assert.ok(span !== undefined && others.length === 0, JSON.stringify(spans))
  return span
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [otel, binaryOf('otel')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`otel: a span lies between the caller's and the service's, and that of log below it (${where})`, () =>
      withCollector(async (collector) => {
        const headers = { traceparent: `00-${trace}-${caller}-01`, tracestate: 'vendor=1,other=2' }
        const { upstream } = await run(plugin, {
          dialect,
          config: { endpoint: collector.endpoint, service_name: 'edge' },
          request: { path: '/orders?secret=1', headers },
          upstream: { status: 404 },
        })
        const [access, log] = [spanOf('access', collector), spanOf('log', collector)]
        assert.equal([access.traceId, access.parentSpanId, access.service], [trace, caller, 'edge'])
        assert.equal([log.traceId, log.parentSpanId], [trace, access.spanId])
        assert.is(upstream?.headers.traceparent, `00-${trace}-${access.spanId}-01`)
        assert.equal(
          [upstream?.headers.tracestate, access.traceState],
          ['vendor=1,other=2', 'vendor=1,other=2'],
        )
        const { attributes } = access
        assert.equal([attributes['http.request.method'], attributes['url.path']], ['GET', '/orders'])
        assert.equal([attributes['kong.phase'], attributes['kong.outcome']], ['access', 'ok'])
        assert.is(log.attributes['http.response.status_code'], 404)
        assert.equal([access.status.code ?? 0, access.events], [0, []])
      }))

    test(`otel: a request without a trace begins one, which its two events share (${where})`, () =>
      withCollector(async (collector) => {
        const { upstream } = await run(plugin, { dialect, config: { endpoint: collector.endpoint } })
        const [access, log] = [spanOf('access', collector), spanOf('log', collector)]
        assert.is(access.parentSpanId, undefined)
        assert.equal([log.traceId, log.parentSpanId], [access.traceId, access.spanId])
        assert.is(upstream?.headers.traceparent, `00-${access.traceId}-${access.spanId}-01`)
        assert.is(upstream?.headers.tracestate, undefined)
      }))

    test(`otel: a trace that its caller does not sample goes on, and is not sent (${where})`, () =>
      withCollector(async (collector) => {
        const headers = { traceparent: `00-${trace}-${caller}-00`, tracestate: 'vendor=1' }
        const { upstream } = await run(plugin, {
          dialect,
          config: { endpoint: collector.endpoint },
          request: { headers },
        })
        assert.match(
          String(upstream?.headers.traceparent),
          new RegExp(`^00-${trace}-(?!${caller})[\\da-f]{16}-00$`),
        )
        assert.is(upstream?.headers.tracestate, 'vendor=1')
        assert.is(collector.requests, 0)
      }))
  }

for (const plugin of [otel, binaryOf('otel')])
  test(`otel: an event that Kong leaves before its request was read has a span with an error (${typeof plugin})`, () =>
    withCollector(async (collector) => {
      const { response } = await run(plugin, {
        config: { endpoint: collector.endpoint },
        request: { headers: { traceparent: good } },
        fault: { raise: 'kong.request.get_headers' },
        phases: ['access'],
      })
      assert.is(response.status, 500)
      const { attributes, status, parentSpanId } = spanOf('access', collector)
      assert.equal(
        [attributes['kong.outcome'], status, parentSpanId],
        ['lost', { code: 2, message: 'lost' }, undefined],
      )
    }))

type Headers = Readonly<Record<string, string | readonly string[]>>

/** What the service gets of a request's headers. */
async function sentOn(headers: Headers, dialect: 'ProtoBuf:1' | 'MsgPack:1') {
  const config = { endpoint: bin.endpoint, sampling: 0 }
  const request = { headers } as NonNullable<RunOptions<typeof otel>['request']>
  const { upstream } = await run(otel, { dialect, config, request, phases: ['access'] })
  const [, traceId, parent, flags] =
    /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(String(upstream?.headers.traceparent)) ?? []
  assert.ok(traceId !== undefined && parent !== caller, String(upstream?.headers.traceparent))
  return { goesOn: traceId === trace, flags, tracestate: upstream?.headers.tracestate }
}

/** Values of `traceparent` with which a trace begins anew, by https://www.w3.org/TR/trace-context/. */
const invalid: Readonly<Record<string, string | readonly string[]>> = {
  'of version ff': `ff-${trace}-${caller}-01`,
  'with a version of one digit': `0-${trace}-${caller}-01`,
  'with a version of other characters': `.0-${trace}-${caller}-01`,
  'with a trace id of zeros': `00-${'0'.repeat(32)}-${caller}-01`,
  'with a parent id of zeros': `00-${trace}-${'0'.repeat(16)}-01`,
  'in upper case': good.toUpperCase(),
  'with a trace id that is too long': `00-${trace}a-${caller}-01`,
  'with a trace id that is too short': `00-${trace.slice(1)}-${caller}-01`,
  'with a parent id that is too short': `00-${trace}-${caller.slice(1)}-01`,
  'with flags of one digit': `00-${trace}-${caller}-1`,
  'of version 00 with more behind it': `${good}-more`,
  'of a later version with something else behind it': `cc-${trace}-${caller}-01.more`,
  'that is there twice': [good, good.replace('00f0', '01f0')],
  'twice in one line': `${good},${good}`,
  'that is empty': '',
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const) {
  for (const [what, traceparent] of Object.entries(invalid))
    test(`otel: a traceparent ${what} is not taken, and its tracestate goes with it (${dialect})`, async () => {
      const { goesOn, flags, tracestate } = await sentOn({ traceparent, tracestate: 'vendor=1' }, dialect)
      assert.equal([goesOn, flags, tracestate], [false, '00', undefined])
    })

  test(`otel: a traceparent of a later version is taken, with more behind it too (${dialect})`, async () => {
    for (const version of ['cc', '00', 'fe'])
      for (const more of version === '00' ? [''] : ['', '-more']) {
        const { goesOn, flags } = await sentOn(
          { traceparent: `${version}-${trace}-${caller}-01${more}` },
          dialect,
        )
        assert.equal([goesOn, flags], [true, '01'], version)
      }
  })

  test(`otel: of the flags it sends on whether the trace is sampled, and whether its id is random (${dialect})`, async () => {
    for (const [given, sent] of [
      ['00', '00'],
      ['02', '02'],
      ['03', '03'],
      ['fc', '00'],
      ['ff', '03'],
    ]) {
      const { goesOn, flags } = await sentOn({ traceparent: `00-${trace}-${caller}-${given}` }, dialect)
      assert.equal([goesOn, flags], [true, sent], given)
    }
  })

  test(`otel: tracestate is sent on whole, in its order, or not at all (${dialect})`, async () => {
    const many = Array.from({ length: 33 }, (_, index) => `k${index}=${index}`)
    const cases: readonly (readonly [string | readonly string[], string | undefined])[] = [
      [['a=1,b=2', 'c=3'], 'a=1,b=2,c=3'],
      ['a=1 ,\t b=2', 'a=1,b=2'],
      ['tenant@vendor=1,0a-b*c/d_e@=x y', 'tenant@vendor=1,0a-b*c/d_e@=x y'],
      ['a=1,a=2', 'a=1,a=2'],
      [['', 'a=1'], 'a=1'],
      [many.slice(1), many.slice(1).join()],
      [many, undefined],
      // More than 512 characters may be dropped, and need not be.
      [
        ['a', 'b', 'c'].map((key) => `${key}=${'x'.repeat(256)}`),
        ['a', 'b', 'c'].map((key) => `${key}=${'x'.repeat(256)}`).join(),
      ],
      [`a=${'x'.repeat(257)}`, undefined],
      [`a=1,${'k'.repeat(257)}=1`, undefined],
      ['UPPER=1,a=2', undefined],
      ['@a=1,b=2', undefined],
      ['a=,b=2', undefined],
      ['a=1=2', undefined],
      ['nothing', undefined],
    ]
    for (const [given, kept] of cases) {
      const { goesOn, tracestate } = await sentOn({ traceparent: good, tracestate: given }, dialect)
      assert.equal([goesOn, tracestate], [true, kept], String(given))
    }
  })
}

test('otel: a trace that begins here is sent or not as `sampling` says, and the service is told so', () =>
  withCollector(async ({ endpoint, ...collector }) => {
    const server = await start(otel)
    const none = await server.run({ config: { endpoint, sampling: 0 } })
    const all = await server.run({ config: { endpoint, sampling: 1 } })
    await server.close()
    assert.match(String(none.upstream?.headers.traceparent), /-00$/)
    assert.match(String(all.upstream?.headers.traceparent), /-01$/)
    const [, sampled] = String(all.upstream?.headers.traceparent).split('-')
    assert.equal(
      collector.spans.map(({ traceId }) => traceId),
      [sampled, sampled],
    )
  }))

for (const level of ['memory', 'wire'] as const)
  test(`tracing: an event that fails, or takes too long, is refused and has a span with an error (${level})`, () =>
    withCollector(async (collector) => {
      const options = { headers: {}, service_name: 'mine', sampling: 1, batch_age: 1000, max_waiting: 10 }
      const bounds = { endpoint: collector.endpoint, timeout: 1000, close_wait: 4000 }
      const handlers = {
        throws: () => {
          throw new TypeError('no such thing')
        },
        rejects: () => Promise.reject('a word'),
        hangs: () => new Promise(() => undefined),
      }
      const failing = (handler: () => unknown) =>
        definePlugin({
          name: 'mine',
          version: '1.0.0',
          timeLimit: 50,
          init: () => openTracing({ ...options, ...bounds }),
          close: (tracing) => tracing.close(),
          async access(kong, _config, tracing) {
            const startedAt = now()
            tracing.begin(kong, startedAt, callerOf(await kong.request.getHeaders()).context, {})
            await handler()
          },
          onEvent: (event, tracing) => tracing?.end(event),
        })
      const found: unknown[] = []
      for (const handler of Object.values(handlers)) {
        const headers = { traceparent: good }
        const { response } = await run(failing(handler), { level, request: { headers } })
        assert.is(response.status, 500)
        const span = collector.spans.at(-1)
        assert.equal([span?.name, span?.traceId, span?.parentSpanId], ['mine access', trace, caller])
        const [{ name, attributes } = { name: '', attributes: {} }] = span?.events ?? []
        found.push([span?.status.code, span?.status.message, name, attributes['exception.type']])
        assert.ok(String(attributes['exception.message']).length > 0)
      }
      assert.equal(found, [
        [2, 'failed_closed', 'exception', 'TypeError'],
        [2, 'failed_closed', 'exception', 'string'],
        [2, 'timed_out', 'exception', 'HANDLER_TIMEOUT'],
      ])
      const stack = collector.spans[0]?.events[0]?.attributes['exception.stacktrace']
      assert.match(String(stack), /^TypeError: no such thing\n +at .*kit\.test\.ts/)
    }))

test.run()
