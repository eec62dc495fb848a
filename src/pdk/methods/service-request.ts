import * as a from '../arguments.ts'
import type { BodyType, HeaderValue, HttpMethod, QueryValue } from '../entities.ts'
import { bodyTypes, httpMethods } from '../entities.ts'
import { upstreamPhases } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const request = {
  /**
   * Makes Kong hold the whole upstream response back, so that `response` and `log` can read its body.
   * A plugin with a response handler has that already. Kong sends no streaming responses then.
   *
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * kong.service.request.enableBuffering()
   */
  enableBuffering: method<() => Promise<void>>()({
    name: 'kong.service.request.enable_buffering',
    phases: upstreamPhases,
    args: [],
    result: r.nothing,
    since: '2.0',
  }),

  /**
   * Sets the scheme of the request to the service.
   *
   * @param scheme `http` or `https`
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another scheme; Kong up to 3.7 raises in rewrite
   * @example
   * kong.service.request.setScheme('https')
   */
  setScheme: method<(scheme: 'http' | 'https') => Promise<void>>()({
    name: 'kong.service.request.set_scheme',
    phases: upstreamPhases,
    args: [a.choice('scheme', ['http', 'https'])],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Sets the path of the request to the service.
   *
   * @param path starts with `/`, without query; Kong escapes what a path cannot hold
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for a path without `/` in front; Kong up to 3.7 raises in rewrite
   * @example
   * kong.service.request.setPath('/v2/orders')
   */
  setPath: method<(path: string) => Promise<void>>()({
    name: 'kong.service.request.set_path',
    phases: upstreamPhases,
    args: [a.word('path', 'a path that starts with /', (path) => path.startsWith('/'))],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Sets the query of the request to the service, as it is.
   *
   * @param query as `a=1&b=2`, without `?`; empty for none
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * kong.service.request.setRawQuery('a=1&b=2')
   */
  setRawQuery: method<(query: string) => Promise<void>>()({
    name: 'kong.service.request.set_raw_query',
    phases: upstreamPhases,
    args: [a.text('query')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Sets the method of the request to the service.
   *
   * @param method in upper case; one that nginx knows
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another method
   * @example
   * kong.service.request.setMethod('PUT')
   */
  setMethod: method<(method: HttpMethod) => Promise<void>>()({
    name: 'kong.service.request.set_method',
    phases: upstreamPhases,
    args: [a.choice('method', httpMethods)],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Sets the whole query of the request to the service from an object.
   *
   * @param args names with values: text or number, `true` for a bare `?flag`, a list to repeat a name;
   *   `false` leaves one out
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value
   * @example
   * kong.service.request.setQuery({ page: 2, tag: ['a', 'b'], verbose: true })
   */
  setQuery: method<(args: Record<string, QueryValue>) => Promise<void>>()({
    name: 'kong.service.request.set_query',
    phases: upstreamPhases,
    args: [a.query('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'Struct', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Takes one query argument, with all its values, off the request to the service.
   *
   * @param name the argument's name
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects MsgPack:1
   * @since Kong 3.9
   * @fails never
   * @example
   * kong.service.request.clearQueryArg('api_key')
   */
  clearQueryArg: method<(name: string) => Promise<void>>()({
    name: 'kong.service.request.clear_query_arg',
    phases: upstreamPhases,
    args: [a.text('name')],
    result: r.nothing,
    since: '3.9',
  }),

  /**
   * Sets a header of the request to the service, in place of all its values so far.
   *
   * @param header in any case; `host` sets the host that the service sees
   * @param value text, number, boolean, or a list for several lines
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value; `:authority` is refused in silence on requests that are not gRPC
   * @example
   * kong.service.request.setHeader('x-user', 'alice')
   */
  setHeader: method<(header: string, value: HeaderValue) => Promise<void>>()({
    name: 'kong.service.request.set_header',
    phases: upstreamPhases,
    args: [a.text('header'), a.headerValue('value')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'KV', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Adds a line of a header to the request to the service, next to those that are there.
   *
   * @param header in any case
   * @param value text, number or boolean: one line. Kong would write `table: 0x...` for a list
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value
   * @example
   * kong.service.request.addHeader('x-seen-by', 'my-plugin')
   */
  addHeader: method<(header: string, value: string | number | boolean) => Promise<void>>()({
    name: 'kong.service.request.add_header',
    phases: upstreamPhases,
    args: [a.text('header'), a.headerLine('value')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'KV', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Takes all lines of a header off the request to the service.
   *
   * @param header in any case
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * kong.service.request.clearHeader('authorization')
   */
  clearHeader: method<(header: string) => Promise<void>>()({
    name: 'kong.service.request.clear_header',
    phases: upstreamPhases,
    args: [a.text('header')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Sets several headers of the request to the service, each in place of all its values so far.
   *
   * @param headers names with values; a list makes several lines
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value
   * @example
   * kong.service.request.setHeaders({ 'x-user': 'alice', 'x-roles': ['admin', 'ops'] })
   */
  setHeaders: method<(headers: Record<string, HeaderValue>) => Promise<void>>()({
    name: 'kong.service.request.set_headers',
    phases: upstreamPhases,
    args: [a.headers('headers')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'Struct', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Replaces the body of the request to the service; Kong sets `Content-Length`, the content type stays.
   *
   * @param body text, sent as UTF-8, or bytes
   * @returns nothing; no need to wait for it
   * @phases rewrite, access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value
   * @example
   * kong.service.request.setRawBody(JSON.stringify({ hello: 'world' }))
   */
  setRawBody: method<(body: string | Uint8Array) => Promise<void>>()({
    name: 'kong.service.request.set_raw_body',
    phases: upstreamPhases,
    args: [a.bytes('body')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ByteString', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Replaces the body of the request to the service by fields that Kong encodes.
   *
   * @param args the fields
   * @param mimetype the encoding, and the new content type; default that of the request
   * @returns `true` when Kong set it, `false` when the request has no content type
   * @phases rewrite, access
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails for another type; Kong raises when the request's own type is another
   * @example
   * await kong.service.request.setBody({ a: '1', b: ['2', '3'] }, 'application/x-www-form-urlencoded')
   */
  setBody: method<(args: object, mimetype?: BodyType) => Promise<boolean>>()({
    name: 'kong.service.request.set_body',
    phases: upstreamPhases,
    args: [a.object('args'), a.optional(a.choice('mimetype', bodyTypes))],
    result: r.done,
    since: '2.0',
  }),

  /**
   * Makes Kong talk to the service without TLS on this connection.
   *
   * @returns `true` when Kong set it
   * @phases preread
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails never: Kong's reason for a `false` is lost on the way
   * @example
   * await kong.service.request.disableTls()
   */
  disableTls: method<() => Promise<boolean>>()({
    name: 'kong.service.request.disable_tls',
    phases: ['preread'],
    args: [],
    result: r.done,
    since: '2.0',
  }),
} as const
