import * as a from '../arguments.ts'
import type { Json } from '../entities.ts'
import { afterUpstream } from '../phases.ts'
import * as r from '../results.ts'
import { mapped, method } from '../row.ts'

const rawBody = method<() => Promise<Buffer>>()({
  name: 'kong.service.response.get_raw_body',
  phases: afterUpstream,
  args: [],
  result: r.bytes,
  since: '2.0',
  protobuf: { takes: 'Empty', gives: 'ByteString', since: '2.4' },
})

export const response = {
  /**
   * Status that the service answered, before plugins changed it.
   *
   * @returns the status, or `undefined` when the request did not reach the service
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log, when the response was not buffered (no plugin with a response handler, no
   *   `enableBuffering`): Kong raises and the event is lost. `log.serialize` has `upstream_status` there
   * @example
   * if ((await kong.service.response.getStatus()) === undefined) kong.log.info('the service was not asked')
   */
  getStatus: method<() => Promise<number | undefined>>()({
    name: 'kong.service.response.get_status',
    phases: afterUpstream,
    args: [],
    result: r.maybeNumber,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Int', since: '2.4' },
  }),

  /**
   * First value of a header that the service answered.
   *
   * @param name in any case; `-` and `_` are the same
   * @returns its text, or `undefined` when it is absent
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log, when the response was not buffered (no plugin with a response handler, no
   *   `enableBuffering`): Kong raises and the event is lost. `response.getHeader` works there
   * @example
   * kong.log.info((await kong.service.response.getHeader('etag')) ?? 'no etag')
   */
  getHeader: method<(name: string) => Promise<string | undefined>>()({
    name: 'kong.service.response.get_header',
    phases: afterUpstream,
    args: [a.text('name')],
    result: r.maybeText,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'String', since: '2.4' },
  }),

  /**
   * Always `{}` for a buffered response, so in response too: use `response.getHeaders`, or `getHeader` by
   * name.
   * Kong keeps the service's headers behind a Lua metatable then, which does not cross the socket.
   *
   * @param maxHeaders how many to read at most, 1 to 1000, default 100
   * @returns `{}`
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another number; in log, when the response was not buffered: Kong raises and the event is lost
   * @example
   * const headers = await kong.service.response.getHeaders()
   * kong.log.info(Object.keys(headers).length, ' headers')
   */
  getHeaders: method<(maxHeaders?: number) => Promise<Record<string, string[]>>>()({
    name: 'kong.service.response.get_headers',
    phases: afterUpstream,
    args: [a.count('max_headers')],
    result: r.multimap,
    since: '2.0',
    protobuf: { takes: 'Int', gives: 'Struct', since: '2.4' },
  }),

  /**
   * Bytes of the body that the service answered.
   * A connection upgrade (WebSocket) switches buffering off, and Kong skips the response phase.
   *
   * @returns the bytes, as the service encoded them (gzip stays gzip); empty when there is no body
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log, when the response was not buffered (no plugin with a response handler, no
   *   `enableBuffering`): Kong raises and the event is lost
   * @example
   * const body = await kong.service.response.getRawBody()
   * kong.log.info(body.length, ' bytes')
   */
  getRawBody: rawBody,

  /**
   * The body that the service answered, as text.
   *
   * @returns the body read as UTF-8; bytes that are not become U+FFFD, so take `getRawBody` for binary or
   *   compressed bodies
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails as `getRawBody` does
   * @example
   * const text = await kong.service.response.getRawBodyText()
   * kong.log.info(text.slice(0, 80))
   */
  getRawBodyText: mapped<() => Promise<string>>()(rawBody, r.bodyText),

  /**
   * The body that the service answered, as the value that its JSON text stands for.
   *
   * @returns the value, `unknown` as the service chose it: check it before use; `undefined` for an empty body
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails when the body is compressed or no JSON, and as `getRawBody` does
   * @example
   * const answer = (await kong.service.response.getRawBodyJson()) as { id?: unknown }
   * kong.log.info(answer.id)
   */
  getRawBodyJson: mapped<() => Promise<unknown>>()(
    rawBody,
    r.bodyJson('kong.service.response.getRawBodyJson'),
  ),

  /**
   * The body that the service answered, parsed by Kong by its content type: form, JSON or multipart.
   * Kong cannot tell `{}` from `[]`; for JSON, `getRawBodyJson` is exact.
   *
   * @param mimetype parse as this type, whatever the header says
   * @param maxArgs how many form fields to read at most, 1 to 1000, default 100; needs `mimetype`
   * @returns the parsed body; `undefined` for an unknown type or a broken body
   * @phases response, log
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails for a limit without `mimetype`; in log, when the response was not buffered: Kong raises and the
   *   event is lost
   * @example
   * kong.log.info(await kong.service.response.getBody('application/json'))
   */
  getBody: method<(mimetype?: string, maxArgs?: number) => Promise<Json | undefined>>()({
    name: 'kong.service.response.get_body',
    phases: afterUpstream,
    args: [a.optional(a.text('mimetype')), a.optional(a.integer('max_args', 1, 1000))],
    result: r.value,
    since: '2.0',
  }),
} as const
