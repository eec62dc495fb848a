import * as a from '../arguments.ts'
import type { Json, UriCaptures } from '../entities.ts'
import { beforeLog, httpRequestPhases, liveRequestPhases } from '../phases.ts'
import * as r from '../results.ts'
import { mapped, method } from '../row.ts'

const fullQuery = method<(maxArgs?: number) => Promise<Record<string, (string | true)[]>>>()({
  name: 'kong.request.get_query',
  phases: beforeLog,
  args: [a.count('max_args')],
  result: r.query,
  since: '2.0',
  protobuf: { takes: 'Int', gives: 'Struct', since: '2.4' },
})

const rawBody = method<(maxAllowedFileSize?: number) => Promise<Buffer>>()({
  name: 'kong.request.get_raw_body',
  phases: beforeLog,
  args: [a.defaulted(a.integer('max_allowed_file_size', 0, 2 ** 31 - 1), 0)],
  result: r.bytes,
  since: '2.0',
  protobuf: { takes: 'Empty', gives: 'RawBodyResult', since: '2.4' },
})

export const request = {
  /**
   * Scheme of the request as it reached Kong.
   *
   * @returns `http` or `https`
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong up to 3.9 raises, so the function is not offered there
   * @example
   * if ((await kong.request.getScheme()) !== 'https') kong.log.notice('plain HTTP')
   */
  getScheme: method<() => Promise<string>>()({
    name: 'kong.request.get_scheme',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Host of the request, from its `Host` header or its request line.
   *
   * @returns the host in lower case, without a port
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong up to 3.9 raises, so the function is not offered there
   * @example
   * kong.log.info('asked of ', await kong.request.getHost())
   */
  getHost: method<() => Promise<string>>()({
    name: 'kong.request.get_host',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Port on which Kong received the request.
   *
   * @returns a port, 1 to 65535
   * @phases rewrite, access, response, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in certificate and log Kong raises, so the function is not offered there
   * @example
   * kong.log.info('received on ', await kong.request.getPort())
   */
  getPort: method<() => Promise<number>>()({
    name: 'kong.request.get_port',
    phases: liveRequestPhases,
    args: [],
    result: r.number,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Int', since: '2.4' },
  }),

  /**
   * Scheme that the client used, from `X-Forwarded-Proto` when a trusted proxy sent it.
   *
   * @returns `http` or `https`, in lower case; that of the request to Kong otherwise
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * kong.log.info(await kong.request.getForwardedScheme())
   */
  getForwardedScheme: method<() => Promise<string>>()({
    name: 'kong.request.get_forwarded_scheme',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Host that the client asked, from `X-Forwarded-Host` when a trusted proxy sent it.
   *
   * @returns the host in lower case; that of the request to Kong otherwise
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * kong.log.info(await kong.request.getForwardedHost())
   */
  getForwardedHost: method<() => Promise<string>>()({
    name: 'kong.request.get_forwarded_host',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Port that the client asked, from `X-Forwarded-Port` when a trusted proxy sent it, or from `port_maps`.
   *
   * @returns a port, 1 to 65535; that of the request to Kong otherwise
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * kong.log.info(await kong.request.getForwardedPort())
   */
  getForwardedPort: method<() => Promise<number>>()({
    name: 'kong.request.get_forwarded_port',
    phases: beforeLog,
    args: [],
    result: r.number,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Int', since: '2.4' },
  }),

  /**
   * Path that the client asked, from `X-Forwarded-Path` when a trusted proxy sent it.
   *
   * @returns the path without query; that of the request to Kong otherwise
   * @phases rewrite, access, response
   * @dialects MsgPack:1
   * @since Kong 2.2
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * kong.log.info(await kong.request.getForwardedPath())
   */
  getForwardedPath: method<() => Promise<string>>()({
    name: 'kong.request.get_forwarded_path',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.2',
  }),

  /**
   * Part of the path that was stripped on the way, from `X-Forwarded-Prefix` when a trusted proxy sent it,
   * else by Kong.
   *
   * @returns the prefix, or `undefined` when nothing was stripped
   * @phases rewrite, access, response
   * @dialects MsgPack:1
   * @since Kong 2.2
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * kong.log.info('stripped ', (await kong.request.getForwardedPrefix()) ?? 'nothing')
   */
  getForwardedPrefix: method<() => Promise<string | undefined>>()({
    name: 'kong.request.get_forwarded_prefix',
    phases: beforeLog,
    args: [],
    result: r.maybeText,
    since: '2.2',
  }),

  /**
   * HTTP version of the request.
   *
   * @returns 1, 1.1, 2 or 3; `undefined` when nginx has none
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * if ((await kong.request.getHttpVersion()) === 2) kong.log.info('HTTP/2')
   */
  getHttpVersion: method<() => Promise<number | undefined>>()({
    name: 'kong.request.get_http_version',
    phases: beforeLog,
    args: [],
    result: r.maybeNumber,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Number', since: '2.4' },
  }),

  /**
   * Method of the request.
   *
   * @returns the method in upper case, as `GET`
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * if ((await kong.request.getMethod()) === 'POST') kong.log.info('a body may follow')
   */
  getMethod: method<() => Promise<string>>()({
    name: 'kong.request.get_method',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Path of the request, decoded and normalised (as received before Kong 3.0).
   *
   * @returns the path without query, starting with `/`
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong up to 3.9 raises, so the function is not offered there
   * @example
   * const [, first] = (await kong.request.getPath()).split('/')
   * kong.log.info('first part ', first)
   */
  getPath: method<() => Promise<string>>()({
    name: 'kong.request.get_path',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Path of the request exactly as received.
   *
   * @returns the path without query
   * @phases rewrite, access, response
   * @dialects MsgPack:1
   * @since Kong 3.0
   * @fails in log Kong up to 3.9 raises, so the function is not offered there
   * @example
   * kong.log.info(await kong.request.getRawPath())
   */
  getRawPath: method<() => Promise<string>>()({
    name: 'kong.request.get_raw_path',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '3.0',
  }),

  /**
   * Path and query of the request exactly as received.
   *
   * @returns as `/a%20b?x=1`; the path alone when there is no query
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong up to 3.9 raises, so the function is not offered there
   * @example
   * kong.log.info(await kong.request.getPathWithQuery())
   */
  getPathWithQuery: method<() => Promise<string>>()({
    name: 'kong.request.get_path_with_query',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Query of the request exactly as received.
   *
   * @returns as `x=1&y=2`, without `?`; empty when there is none
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * const query = new URLSearchParams(await kong.request.getRawQuery())
   * kong.log.info(query.get('x'))
   */
  getRawQuery: method<() => Promise<string>>()({
    name: 'kong.request.get_raw_query',
    phases: beforeLog,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * First value of a query argument, decoded.
   *
   * @param name the argument's name, as the client wrote it
   * @returns its text, `true` for a bare `?flag`, `undefined` when it is absent. It is looked for in the first
   *   100 arguments, over ProtoBuf:1 in the first 1000: a client can put one that you refuse behind them
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log Kong raises, so the function is not offered there
   * @example
   * if ((await kong.request.getQueryArg('verbose')) === true) kong.log.info('asked for more')
   */
  getQueryArg: method<(name: string) => Promise<string | true | undefined>>()({
    name: 'kong.request.get_query_arg',
    phases: beforeLog,
    args: [a.text('name')],
    result: r.value,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'String', since: '2.4' },
    instead: {
      dialect: 'ProtoBuf:1',
      row: fullQuery,
      args: () => [1000],
      result: (found, [name]) => firstOf(found as Record<string, unknown[]>, String(name)),
    },
  }),

  /**
   * All query arguments with all their values, decoded.
   *
   * @param maxArgs how many to read at most, 1 to 1000, default 100; the rest is left out without a word
   * @returns `?a=1&a=2&flag` is `{ a: ['1', '2'], flag: [true] }`
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another number; in log Kong raises, so the function is not offered there. Kong up to 2.8
   *   raises over ProtoBuf:1 when a name repeats
   * @example
   * const { tag = [] } = await kong.request.getQuery()
   * kong.log.info(tag.length, ' tags')
   */
  getQuery: fullQuery,

  /**
   * First value of a request header.
   *
   * @param name in any case; `-` and `_` are the same
   * @returns its text, or `undefined` when it is absent. Over ProtoBuf:1 an empty one counts as absent. In log,
   *   and up to Kong 2.8 in every phase, it is looked for in the first 100 headers
   * @phases rewrite, access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * const host = (await kong.request.getHeader('host')) ?? 'nobody'
   * kong.log.info('asked of ', host)
   */
  getHeader: method<(name: string) => Promise<string | undefined>>()({
    name: 'kong.request.get_header',
    phases: httpRequestPhases,
    args: [a.text('name')],
    result: r.maybeText,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'String', since: '2.4' },
  }),

  /**
   * All request headers with all their values.
   *
   * @param maxHeaders how many to read at most, 1 to 1000, default 100; the rest is left out without a word, so
   *   refuse a request that has as many where one more could do harm. In log it has no effect
   * @returns names in lower case: `{ host: ['a.example'], accept: ['text/html', 'text/plain'] }`
   * @phases rewrite, access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another number. Kong up to 2.8 raises over ProtoBuf:1 when a name repeats
   * @example
   * const { accept = [] } = await kong.request.getHeaders()
   * kong.log.info(accept.join(', '))
   */
  getHeaders: method<(maxHeaders?: number) => Promise<Record<string, string[]>>>()({
    name: 'kong.request.get_headers',
    phases: httpRequestPhases,
    args: [a.count('max_headers')],
    result: r.multimap,
    since: '2.0',
    protobuf: { takes: 'Int', gives: 'Struct', since: '2.4' },
  }),

  /**
   * Bytes of the request body, also when nginx keeps them in a file (over 8 kB by default).
   *
   * @param maxAllowedFileSize the longest file to read, in bytes; 0, the default, for any. MsgPack:1 and Kong
   *   3.8 only
   * @returns the bytes; empty when there is no body
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails when the file is not readable: over ProtoBuf:1 the plugin reads it and needs Kong's host and user;
   *   over MsgPack:1 Kong reads it from 3.8 on, before that it raises
   * @example
   * const body = await kong.request.getRawBody()
   * kong.log.info(body.length, ' bytes')
   */
  getRawBody: rawBody,

  /**
   * The request body as text.
   *
   * @param maxAllowedFileSize as for `getRawBody`
   * @returns the body read as UTF-8; bytes that are not become U+FFFD, so take `getRawBody` for binary bodies
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails as `getRawBody` does
   * @example
   * const lines = (await kong.request.getRawBodyText()).split('\n')
   * kong.log.info(lines.length, ' lines')
   */
  getRawBodyText: mapped<(maxAllowedFileSize?: number) => Promise<string>>()(rawBody, r.bodyText),

  /**
   * The request body as the value that its JSON text stands for, whatever the content type says.
   *
   * @param maxAllowedFileSize as for `getRawBody`
   * @returns the value, `unknown` as the client chose it: check it before use; `undefined` for an empty body
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails when the body is no JSON, and as `getRawBody` does
   * @example
   * const order = (await kong.request.getRawBodyJson()) as { items?: unknown }
   * kong.log.info(Array.isArray(order.items))
   */
  getRawBodyJson: mapped<(maxAllowedFileSize?: number) => Promise<unknown>>()(
    rawBody,
    r.bodyJson('kong.request.getRawBodyJson'),
  ),

  /**
   * The request body, parsed by Kong by its content type: form, JSON or multipart.
   * Kong cannot tell `{}` from `[]`; for JSON, `getRawBodyJson` is exact and takes bodies of any length.
   *
   * @param mimetype parse as this type, whatever the header says
   * @param maxArgs how many form fields to read at most, 1 to 1000, default 100; needs `mimetype`
   * @param maxAllowedFileSize the longest spooled body to read, in bytes; 0, the default with `mimetype`, for
   *   any; needs `mimetype`
   * @returns the parsed body; `undefined` for an unknown type, a broken body, or a spooled one
   * @phases rewrite, access, response
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails for a limit without `mimetype`, as Kong would not see it
   * @example
   * const form = await kong.request.getBody('application/x-www-form-urlencoded')
   * kong.log.info(form)
   */
  getBody: method<
    (mimetype?: string, maxArgs?: number, maxAllowedFileSize?: number) => Promise<Json | undefined>
  >()({
    name: 'kong.request.get_body',
    phases: beforeLog,
    args: [
      a.optional(a.text('mimetype')),
      a.optional(a.integer('max_args', 1, 1000)),
      a.optional(a.integer('max_allowed_file_size', 0, 2 ** 31 - 1)),
    ],
    result: r.value,
    since: '2.0',
    finish(args) {
      const [mimetype, maxArgs, maxSize] = args
      return mimetype === undefined ? args : [mimetype, maxArgs ?? 100, maxSize ?? 0]
    },
  }),

  /**
   * When Kong began to handle this request.
   *
   * @returns milliseconds since 1970
   * @phases rewrite, access, response, log
   * @dialects MsgPack:1
   * @since Kong 3.0
   * @fails never
   * @example
   * kong.log.info(Date.now() - (await kong.request.getStartTime()), ' ms so far')
   */
  getStartTime: method<() => Promise<number>>()({
    name: 'kong.request.get_start_time',
    phases: httpRequestPhases,
    args: [],
    result: r.number,
    since: '3.0',
  }),

  /**
   * What the groups of the route's regular expression path caught.
   *
   * @returns `named` groups by name, and all groups in order in `unnamed`, without the whole match. Both
   *   empty before access
   * @phases rewrite, access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 3.1
   * @fails never
   * @example
   * const { named } = await kong.request.getUriCaptures()
   * kong.log.info('version ', named.version ?? 'none')
   */
  getUriCaptures: method<() => Promise<UriCaptures>>()({
    name: 'kong.request.get_uri_captures',
    phases: httpRequestPhases,
    args: [],
    result: r.uriCaptures,
    since: '3.1',
    protobuf: { takes: 'Empty', gives: 'UriCapturesResult', since: '3.1' },
  }),
} as const

function firstOf(found: Record<string, unknown[]>, name: string): unknown {
  return Object.hasOwn(found, name) ? found[name]?.[0] : undefined
}
