import { fault, reason } from '../../errors.ts'
import * as a from '../arguments.ts'
import type { HeaderValue } from '../entities.ts'
import { afterUpstream, beforeLog, liveRequestPhases } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const response = {
  /**
   * Status of the response as it goes to the client.
   *
   * @returns the status, 100 to 599
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * if ((await kong.response.getStatus()) >= 500) kong.log.warn('failing')
   */
  getStatus: method<() => Promise<number>>()({
    name: 'kong.response.get_status',
    phases: afterUpstream,
    args: [],
    result: r.number,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Int', since: '2.4' },
  }),

  /**
   * First value of a header of the response as it goes to the client, headers of Kong and plugins included.
   *
   * @param name in any case; `-` and `_` are the same
   * @returns its text, or `undefined` when it is absent. Over ProtoBuf:1 an empty one counts as absent. It is
   *   looked for in the first 100 headers
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * kong.log.info((await kong.response.getHeader('content-type')) ?? 'no type')
   */
  getHeader: method<(name: string) => Promise<string | undefined>>()({
    name: 'kong.response.get_header',
    phases: afterUpstream,
    args: [a.text('name')],
    result: r.maybeText,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'String', since: '2.4' },
  }),

  /**
   * All headers of the response as it goes to the client, with all their values.
   *
   * @param maxHeaders how many to read at most, 1 to 1000, default 100; the rest is left out. In log it has
   *   no effect
   * @returns names in lower case: `{ 'set-cookie': ['a=1', 'b=2'] }`
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another number. Kong up to 2.8 raises over ProtoBuf:1 when a name repeats
   * @example
   * const { 'set-cookie': cookies = [] } = await kong.response.getHeaders()
   * kong.log.info(cookies.length, ' cookies')
   */
  getHeaders: method<(maxHeaders?: number) => Promise<Record<string, string[]>>>()({
    name: 'kong.response.get_headers',
    phases: afterUpstream,
    args: [a.count('max_headers')],
    result: r.multimap,
    since: '2.0',
    protobuf: { takes: 'Int', gives: 'Struct', since: '2.4' },
  }),

  /**
   * Who made the response.
   *
   * @returns `service` for the upstream service, `exit` for a plugin's `response.exit`, `error` for Kong
   *   after a failure
   * @phases response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * if ((await kong.response.getSource()) === 'error') kong.log.err('Kong itself answered')
   */
  getSource: method<() => Promise<'service' | 'exit' | 'error'>>()({
    name: 'kong.response.get_source',
    phases: afterUpstream,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Changes the status of the response.
   *
   * @param status 100 to 599
   * @returns nothing; no need to wait for it
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another number; Kong raises when the response was sent already
   * @example
   * kong.response.setStatus(203)
   */
  setStatus: method<(status: number) => Promise<void>>()({
    name: 'kong.response.set_status',
    phases: beforeLog,
    args: [a.integer('status', 100, 599)],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'Int', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Sets a header of the response, in place of all its values so far.
   *
   * @param name in any case; `Transfer-Encoding` is ignored
   * @param value text, number, boolean, or a list for several lines; empty text becomes one space
   * @returns nothing; no need to wait for it
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value; Kong raises when the response was sent already
   * @example
   * kong.response.setHeader('x-hello', 'world')
   */
  setHeader: method<(name: string, value: HeaderValue) => Promise<void>>()({
    name: 'kong.response.set_header',
    phases: beforeLog,
    args: [a.text('name'), a.headerValue('value')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'KV', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Adds a line of a header to the response, next to those that are there.
   *
   * @param name in any case
   * @param value text, number, boolean, or a list for several lines
   * @returns nothing; no need to wait for it
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value; Kong raises when the response was sent already
   * @example
   * kong.response.addHeader('set-cookie', 'seen=1; Path=/')
   */
  addHeader: method<(name: string, value: HeaderValue) => Promise<void>>()({
    name: 'kong.response.add_header',
    phases: beforeLog,
    args: [a.text('name'), a.headerValue('value')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'KV', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Takes all lines of a header off the response.
   *
   * @param name in any case
   * @returns nothing; no need to wait for it
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails when the response was sent already: Kong raises
   * @example
   * kong.response.clearHeader('x-powered-by')
   */
  clearHeader: method<(name: string) => Promise<void>>()({
    name: 'kong.response.clear_header',
    phases: beforeLog,
    args: [a.text('name')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Sets several headers of the response, each in place of all its values so far.
   *
   * @param headers names with values; a list makes several lines, `[]` takes the header off
   * @returns nothing; no need to wait for it
   * @phases rewrite, access, response
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another value; Kong raises when the response was sent already
   * @example
   * kong.response.setHeaders({ 'x-served-by': 'me', vary: ['accept', 'origin'] })
   */
  setHeaders: method<(headers: Record<string, HeaderValue>) => Promise<void>>()({
    name: 'kong.response.set_headers',
    phases: beforeLog,
    args: [a.headers('headers')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'Struct', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Answers the client and ends the event: nothing after it runs towards Kong, and later plugins' access is
   * skipped.
   * In preread it closes the connection; Kong takes only 200, 400, 403, 500, 502 and 503 there.
   *
   * @param status 100 to 599
   * @param body text, bytes, or an object or list, which goes out as JSON
   * @param headers names with values; `content-type` is `application/json; charset=utf-8` for an object
   *   unless named here
   * @returns never: the handler ends here
   * @phases rewrite, access, response, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another status, for an object that JSON cannot hold; Kong raises when the response was sent
   *   already
   * @example
   * return kong.response.exit(403, { message: 'not today' }, { 'x-reason': 'closed' })
   */
  exit: method<
    (
      status: number,
      body?: string | Uint8Array | object,
      headers?: Record<string, HeaderValue>,
    ) => Promise<never>
  >()({
    name: 'kong.response.exit',
    phases: liveRequestPhases,
    args: [a.integer('status', 100, 599), a.optional(a.exitBody('body')), a.optional(a.headers('headers'))],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ExitArgs', gives: 'Empty', since: '2.4' },
    ends: true,
    finish([status, body, headers], where) {
      if (typeof body !== 'object' || body instanceof Uint8Array) return [status, body, headers]
      return [status, jsonText(body, where), withJsonType(headers as Record<string, unknown> | undefined)]
    },
  }),

  /**
   * Answers the client with an error in the format that it accepts (JSON, HTML, XML, plain text, gRPC), and
   * ends the event.
   *
   * @param status 400 to 599
   * @param message the text in Kong's template, or an object that goes out as it is; Kong's words for the
   *   status when left out
   * @param headers names with values; needs `message`
   * @returns never: the handler ends here
   * @phases rewrite, access, response
   * @dialects MsgPack:1
   * @since Kong 2.1
   * @fails for another status, for headers without a message; Kong raises when the response was sent already
   * @example
   * return kong.response.error(401, 'No key')
   */
  error: method<
    (status: number, message?: string | object, headers?: Record<string, HeaderValue>) => Promise<never>
  >()({
    name: 'kong.response.error',
    phases: beforeLog,
    args: [
      a.integer('status', 400, 599),
      a.optional(a.textOrObject('message')),
      a.optional(a.headers('headers')),
    ],
    result: r.nothing,
    since: '2.1',
    ends: true,
  }),
} as const

function jsonText(body: unknown, where: string): string {
  try {
    return JSON.stringify(body)
  } catch (thrown) {
    throw fault('BAD_ARGUMENT', where, 'body', `a value that JSON can hold (${reason(thrown)})`, body)
  }
}

function withJsonType(headers: Record<string, unknown> = {}): Record<string, unknown> {
  const named = Object.keys(headers).some(
    (name) => name.toLowerCase().replaceAll('_', '-') === 'content-type',
  )
  return named ? headers : { ...headers, 'content-type': 'application/json; charset=utf-8' }
}
