import { textOf } from '../fake-kong/lua.ts'
import { pathWithQuery, upstreamRequest } from '../fake-kong/proxy.ts'
import type { Headers, Request, World } from '../fake-kong/world.ts'
import type { Consumer, Credential } from '../pdk/entities.ts'
import type { Phase } from '../pdk/phases.ts'

/** Names in lower case; a list where a header stands several times. */
export type OutcomeHeaders = Readonly<Record<string, string | readonly string[]>>

/** A request as the service sees it. */
export interface UpstreamRequest {
  /** In capitals. */
  readonly method: string
  /** `https` is over TLS. */
  readonly scheme: 'http' | 'https'
  /** Where it was sent. */
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
  /** Without the query. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** With what Kong adds. */
  readonly headers: OutcomeHeaders
  /** Its bytes. */
  readonly body: Buffer
  /** The body as UTF-8. */
  readonly text: string
}

/** One PDK call. Lua's strings are text, with bytes that are no UTF-8 as U+DC80 to U+DCFF. */
export interface CallRecord {
  /** Of the handler that made it. */
  readonly phase: Phase
  /** Kong's name, as `kong.request.get_header`. */
  readonly method: string
  /** As Kong got them. */
  readonly args: readonly unknown[]
  /** Absent for nil, and for a call that was not answered. */
  readonly result?: unknown
}

/** A handler that ran. */
export interface EventRecord {
  /** Its phase. */
  readonly phase: Phase
  /** How it ended: `exited` by `kong.response.exit`, `raised` by an error in Kong or a handler that failed. */
  readonly end: 'returned' | 'exited' | 'raised'
  /** Why Kong raised, after the name of the call. */
  readonly why?: string
  /** How often Kong sent the event again, where it did. */
  readonly repeats?: number
}

/** A line of Kong's error log. */
export interface LogRecord {
  /** Kong's word, as `notice` and `err`. */
  readonly level: string
  /** The line, without what nginx adds. */
  readonly text: string
  /** Who wrote it. */
  readonly by: 'plugin' | 'kong'
}

/** What came of a request or a connection. */
export interface Outcome {
  /** `refused` is a connection that Kong closed without an answer, `closed` a Kong that went away. */
  readonly end: 'answered' | 'refused' | 'closed'
  /** As the client sees it. */
  readonly response: {
    /** As the client got it. */
    readonly status: number
    /** Names in lower case. */
    readonly headers: OutcomeHeaders
    /** Its bytes. */
    readonly body: Buffer
    /** The body as UTF-8. */
    readonly text: string
    /** Who made it: the service, a plugin's `kong.response.exit`, or Kong's own error. */
    readonly source: 'service' | 'exit' | 'error'
  }
  /** As the service saw it; `undefined` where it saw none. */
  readonly upstream: UpstreamRequest | undefined
  /** Where the bytes of a stream went. */
  readonly target:
    | {
        /** A name or an address. */
        readonly host: string
        /** 1 to 65535. */
        readonly port: number
      }
    | undefined
  /** Lines of Kong's error log, in order. */
  readonly logs: readonly LogRecord[]
  /** What plugins kept for each other. */
  readonly ctx: Readonly<Record<'shared' | 'nginx', Readonly<Record<string, unknown>>>>
  /** Who was authenticated. */
  readonly consumer: Consumer | undefined
  /** With what. */
  readonly credential: Credential | undefined
  /** Every call of the plugin, in order. */
  readonly calls: readonly CallRecord[]
  /** Every handler that ran, in order. */
  readonly events: readonly EventRecord[]
  /** Lines that the plugin's server wrote meanwhile; those of a binary may come later. */
  readonly output: readonly string[]
}

/** What was noted down while it happened. */
export interface Recording {
  readonly calls: CallRecord[]
  readonly events: EventRecord[]
  upstream: UpstreamRequest | undefined
  target: Outcome['target']
}

export function outcomeOf(
  { response, log, ctx, consumer, credential }: World,
  { calls, events, upstream, target }: Recording,
  end: Outcome['end'],
  output: readonly string[],
): Outcome {
  const { KONG_PHASE: _phase, plugin_id: _id, ...nginx } = ctx.nginx
  const { status, headers, body, source } = response
  return {
    end,
    response: { status, headers: headersOf(headers), body, text: body.toString(), source },
    upstream,
    target,
    // A world is a structured clone, whose arrays and objects are not those of jest's tests.
    logs: Array.from(log, ({ level, parts, by }) => ({
      level,
      text: parts.map(textOf).join(''),
      by: by ?? 'plugin',
    })),
    ctx: plainValue({ shared: ctx.shared, nginx }) as Outcome['ctx'],
    consumer: plainValue(consumer) as Outcome['consumer'],
    credential: plainValue(credential) as Outcome['credential'],
    calls,
    events,
    output,
  }
}

/** The request as it leaves Kong now. */
export function seenUpstream(world: World): UpstreamRequest {
  const request: Request = upstreamRequest(world)
  const { method, scheme, path, query, body } = request
  const { host, port } = world.upstream.target
  const headers = headersOf(request.headers)
  return { method, scheme, host, port, path, query, headers, body, text: body.toString() }
}

/** The request as JSON, for a service that echoes. */
export function echoOf(request: UpstreamRequest): object {
  const { method, headers, text } = request
  return { method, url: pathWithQuery(request as unknown as Request), headers, body: text }
}

/** A Lua value as plain data. */
export function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return textOf(value)
  if (Array.isArray(value)) return Array.from(value, plainValue)
  if (value instanceof Map)
    return new Map([...value].map(([key, member]) => [key, plainValue(member)] as const))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, plainValue(member)]),
  )
}

function headersOf(headers: Headers): OutcomeHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [
      name,
      values.length === 1 ? (values[0] as string) : [...values],
    ]),
  )
}
