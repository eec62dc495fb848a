import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf } from './service.ts'

/** A span as OTLP/HTTP has it in JSON. */
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly flags?: number
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly events: readonly { readonly name: string; readonly attributes: readonly OtlpAttribute[] }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

export interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A span with that of its resource, attributes as an object. */
export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes' | 'events'> {
  readonly service: unknown
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly {
    readonly name: string
    readonly attributes: Readonly<Record<string, unknown>>
  }[]
}

/** A collector on loopback that reads what the specification of OTLP allows, and refuses all else. */
export interface OtlpCollector {
  readonly endpoint: string
  readonly spans: readonly ReceivedSpan[]
  /** The spans as they came. */
  readonly sent: readonly OtlpSpan[]
  /** Requests that came, whatever they were answered. */
  readonly requests: number
  /** What it did not understand, in words. */
  readonly complaints: readonly string[]
  /** Spans in requests that it has left without an answer. */
  readonly unanswered: number
  /** What it does from now on: take spans, answer with a status, not answer at all, or listen no more. */
  answer(how: Answer): void
  stop(): void
}

type Answer = 'take' | 'silence' | 'away' | number

export async function startOtlpCollector(): Promise<OtlpCollector> {
  const sent: OtlpSpan[] = []
  const spans: ReceivedSpan[] = []
  const complaints: string[] = []
  let answer: Answer = 'take'
  let requests = 0
  let unanswered = 0
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming)
    requests++
    if (typeof answer === 'number') return void outgoing.writeHead(answer).end()
    try {
      if (answer !== 'take') {
        unanswered += read(JSON.parse(body.toString())).length
        return
      }
      expect(
        incoming.method === 'POST' && incoming.url === '/v1/traces',
        `${incoming.method} ${incoming.url}`,
      )
      expect(incoming.headers['content-type'] === 'application/json', 'content-type')
      for (const { span, service } of read(JSON.parse(body.toString()))) {
        sent.push(span)
        const events = span.events.map(({ name, attributes }) => ({ name, attributes: valuesOf(attributes) }))
        spans.push({ ...span, service, attributes: valuesOf(span.attributes), events })
      }
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    } catch (error) {
      complaints.push(String(error))
      outgoing.writeHead(400).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return {
    endpoint: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    sent,
    complaints,
    get requests() {
      return requests
    },
    get unanswered() {
      return unanswered
    },
    answer(how) {
      if (how === 'away') stop()
      else if (answer === 'away') server.listen(port, '127.0.0.1')
      answer = how
    },
    stop,
  }
}

/** The spans of an ExportTraceServiceRequest; throws for what its JSON may not have. */
function read(request: unknown): { span: OtlpSpan; service: unknown }[] {
  const { resourceSpans } = objectOf(request, ['resourceSpans'])
  return listOf(resourceSpans).flatMap((group) => {
    const { resource, scopeSpans } = objectOf(group, ['resource', 'scopeSpans', 'schemaUrl'])
    const { attributes } = objectOf(resource, ['attributes', 'droppedAttributesCount'])
    const service = valuesOf(attributesIn(attributes))['service.name']
    return listOf(scopeSpans).flatMap((scoped) => {
      const { spans } = objectOf(scoped, ['scope', 'spans', 'schemaUrl'])
      return listOf(spans).map((span) => ({ span: spanIn(span), service }))
    })
  })
}

function spanIn(value: unknown): OtlpSpan {
  const span = objectOf(value, [
    ...['traceId', 'spanId', 'traceState', 'parentSpanId', 'flags', 'name', 'kind', 'status'],
    ...['startTimeUnixNano', 'endTimeUnixNano', 'attributes', 'events', 'links'],
    ...['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount'],
  ])
  const { traceId, spanId, parentSpanId, kind, startTimeUnixNano, endTimeUnixNano } = span
  expect(/^(?!0+$)[\da-f]{32}$/.test(String(traceId)), `traceId ${traceId}`)
  expect(/^(?!0+$)[\da-f]{16}$/.test(String(spanId)), `spanId ${spanId}`)
  expect(
    parentSpanId === undefined || /^(?!0+$)[\da-f]{16}$/.test(String(parentSpanId)),
    `parent ${parentSpanId}`,
  )
  expect(Number.isInteger(kind) && Number(kind) >= 0 && Number(kind) <= 5, `kind ${kind}`)
  for (const time of [startTimeUnixNano, endTimeUnixNano])
    expect(/^\d{19}$/.test(String(time)), `time ${time}`)
  expect(BigInt(String(startTimeUnixNano)) <= BigInt(String(endTimeUnixNano)), 'it ends before it starts')
  attributesIn(span.attributes)
  for (const event of listOf(span.events)) {
    const { attributes } = objectOf(event, ['timeUnixNano', 'name', 'attributes', 'droppedAttributesCount'])
    attributesIn(attributes)
  }
  objectOf(span.status, ['code', 'message'])
  return span as unknown as OtlpSpan
}

function attributesIn(value: unknown): OtlpAttribute[] {
  const attributes = listOf(value)
  for (const attribute of attributes) {
    const { value: any } = objectOf(attribute, ['key', 'value'])
    const values = [
      'stringValue',
      'boolValue',
      'intValue',
      'doubleValue',
      'arrayValue',
      'kvlistValue',
      'bytesValue',
    ]
    expect(Object.keys(objectOf(any, values)).length === 1, `value ${JSON.stringify(any)}`)
  }
  return attributes as OtlpAttribute[]
}

function valuesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}

function listOf(value: unknown): unknown[] {
  expect(Array.isArray(value), `${JSON.stringify(value)} is no list`)
  return value as unknown[]
}

function objectOf(value: unknown, members: readonly string[]): Record<string, unknown> {
  expect(typeof value === 'object' && value !== null, `${JSON.stringify(value)} is no object`)
  for (const member of Object.keys(value as object)) expect(members.includes(member), `there is no ${member}`)
  return value as Record<string, unknown>
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}
