import { definePlugin, s } from 'kong-ts-pdk'
import { callerOf, traceparentOf } from './trace-context.ts'
import { now, openTracing } from './tracing.ts'

/** A span for each event: below the caller's span, and above what the service does. */
export default definePlugin({
  version: '1.0.0',
  // Before those that may refuse a request, so that it has a trace.
  priority: 100_000,
  config: {
    endpoint: s.string({
      default: 'http://127.0.0.1:4318/v1/traces',
      match: '^https?://',
      description: 'Where spans are sent, over OTLP/HTTP as JSON.',
    }),
    headers: s.map(s.string(), s.string({ referenceable: true }), {
      default: {},
      description: 'Headers for the collector, such as Authorization.',
    }),
    service_name: s.string({ default: 'kong', description: 'The attribute service.name.' }),
    sampling: s.number({
      default: 1,
      between: [0, 1],
      description: 'The part of the traces that begin here which is sent. For others the caller has decided.',
    }),
    batch_age: s.integer({ default: 1000, gt: 0, description: 'Milliseconds that a span waits at most.' }),
    max_waiting: s.integer({
      default: 2048,
      gt: 0,
      description: 'Spans that wait, those on their way included. New ones are lost beyond it.',
    }),
    timeout: s.integer({
      default: 5000,
      gt: 0,
      description: 'Milliseconds for a batch, its retries included.',
    }),
    close_wait: s.integer({
      default: 4000,
      between: [0, 4500],
      description: 'Milliseconds that a stop may take to send what still waits.',
    }),
  },
  init: openTracing,
  close: (tracing) => tracing.close(),

  async access(kong, _config, tracing) {
    const startedAt = now()
    const [headers, method, path] = await Promise.all([
      // All of them: only so it shows that one stands there twice.
      kong.request.getHeaders(1000),
      kong.request.getMethod(),
      kong.request.getPath(),
    ])
    const attributes = { 'http.request.method': method, 'url.path': path }
    const caller = callerOf(headers)
    const span = tracing.begin(kong, startedAt, caller.context, attributes)
    kong.service.request.setHeader('traceparent', traceparentOf(span, caller))
    if (caller.tracestate !== '') kong.service.request.setHeader('tracestate', caller.tracestate)
    else if (headers.tracestate !== undefined) kong.service.request.clearHeader('tracestate')
  },

  async log(kong, _config, tracing) {
    const startedAt = now()
    // They name the span of access by now.
    const [headers, status] = await Promise.all([kong.request.getHeaders(), kong.response.getStatus()])
    tracing.begin(kong, startedAt, callerOf(headers).context, { 'http.response.status_code': status })
  },

  onEvent: (event, tracing) => tracing?.end(event),
})
