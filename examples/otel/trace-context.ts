import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { parseTraceParent, TraceState } from '@opentelemetry/core'

/** Headers as Kong gives them: names in lower case, all values of each. */
export type Headers = Readonly<Record<string, readonly string[]>>

/** What a request says of its trace. */
export interface Caller {
  /** Holds the caller's span; it is empty, and a trace begins here, where there is none or not as W3C wants it. */
  readonly context: Context
  /** To be sent on; empty where there is none, or one that is not valid. */
  readonly tracestate: string
  /** Whether the caller says that the id of the trace is random: a flag that is to be sent on. */
  readonly random: number
}

const randomFlag = 2

export function callerOf({ traceparent = [], tracestate = [] }: Headers): Caller {
  // Which one of several is the caller's cannot be known.
  const [only = ''] = traceparent.length === 1 ? traceparent : []
  const parent = parseTraceParent(only)
  if (parent === null) return { context: ROOT_CONTEXT, tracestate: '', random: 0 }
  const state = validState(tracestate)
  const caller = { ...parent, isRemote: true, ...(state !== '' && { traceState: new TraceState(state) }) }
  const context = trace.setSpanContext(ROOT_CONTEXT, caller)
  return { context, tracestate: state, random: parent.traceFlags & randomFlag }
}

/** The `traceparent` that names a span as parent. */
export function traceparentOf(span: Span, { random }: Caller): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${(traceFlags | random).toString(16).padStart(2, '0')}`
}

const mostMembers = 32
const member =
  /^[a-z\d][-a-z\d_*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * All of it or nothing, by level 2 of the specification. The SDK would send on the part that it can read, and that of the
 * first 512 characters.
 */
function validState(values: readonly string[]): string {
  const members = values
    .flatMap((value) => value.split(','))
    .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((text) => text !== '')
  return members.length <= mostMembers && members.every((text) => member.test(text)) ? members.join() : ''
}
