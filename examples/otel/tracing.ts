import {
  type Attributes,
  type Context,
  type Exception,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
} from '@opentelemetry/api'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { EndedEvent, EventFailure } from 'kong-ts-pdk'
import { Delivery, type DeliveryOptions } from './delivery.ts'

export interface TracingOptions extends DeliveryOptions {
  readonly service_name: string
  /** The part of the traces that begin here which is sent. */
  readonly sampling: number
}

/** The spans of an instance's events. */
export interface Tracing {
  /**
   * Begins the span of an event and keeps it under the handler's `kong`. `startedAt` is what `now()` gave when the handler
   * began.
   */
  begin(kong: object, startedAt: number, parent: Context, attributes: Attributes): Span
  /** Ends it as its event has ended. */
  end(event: EndedEvent): void
  /** Sends what waits. */
  close(): Promise<void>
}

/** Milliseconds since the epoch, by the same clock as those of `onEvent`. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}

interface Begun {
  readonly span: Span
  /** Milliseconds by which the system's clock was ahead: it is set now and then, and the other one is not. */
  readonly ahead: number
}

/** Characters of an attribute. */
const longest = 2048

export function openTracing(options: TracingOptions): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': options.service_name })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampling) }),
    spanLimits: { attributeValueLengthLimit: longest },
    spanProcessors: [new Delivery(options)],
  })
  const tracer = provider.getTracer('kong-ts-pdk')
  const spans = new WeakMap<object, Begun>()

  const begin = (startedAt: number, parent: Context, attributes: Attributes): Begun => {
    const ahead = Date.now() - now()
    // Its name is known at its end.
    return { ahead, span: tracer.startSpan('event', { startTime: startedAt + ahead, attributes }, parent) }
  }
  return {
    begin(kong, startedAt, parent, attributes) {
      const begun = begin(startedAt, parent, attributes)
      spans.set(kong, begun)
      return begun.span
    },
    end(event) {
      // An event that failed before its request was read has a span too, in a trace of its own.
      const { span, ahead } = spans.get(event.kong ?? event) ?? begin(event.startedAt, ROOT_CONTEXT, {})
      finish(span, event, event.startedAt + event.duration + ahead)
    },
    close: () => provider.shutdown(),
  }
}

function finish(
  span: Span,
  { plugin, phase, instance, outcome, failure, roundTrips }: EndedEvent,
  at: number,
) {
  span.updateName(`${plugin} ${phase}`)
  span.setAttributes({
    'kong.plugin': plugin,
    'kong.phase': phase,
    'kong.instance': instance,
    'kong.outcome': outcome,
    'kong.round_trips': roundTrips,
  })
  if (failure !== undefined) span.recordException(exceptionOf(failure), at)
  if (outcome !== 'ok' && outcome !== 'exit') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome })
  span.end(at)
}

/** With the stack that has lines of TypeScript. */
function exceptionOf({ error, stack }: EventFailure): Exception {
  if (!(error instanceof Error)) return { name: typeof error, message: stack }
  const { name, message } = error
  // The SDK prefers a code to the name, and each error of the kit and of Node has one.
  const code = 'code' in error ? String(error.code) : name
  return { code, name, message, stack }
}
