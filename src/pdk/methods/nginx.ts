import * as a from '../arguments.ts'
import type { Json, JsonInput, NginxStatistics } from '../entities.ts'
import { everyPhase, liveRequestPhases } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const nginx = {
  /**
   * The part of nginx that runs this phase: HTTP, or TCP and TLS streams.
   *
   * @returns `http` or `stream`
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * if ((await kong.nginx.getSubsystem()) === 'stream') kong.log.info('a TCP or TLS connection')
   */
  getSubsystem: method<() => Promise<'http' | 'stream'>>()({
    name: 'kong.nginx.get_subsystem',
    phases: everyPhase,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Counts of connections and requests of this nginx, all workers together.
   *
   * @returns connections now active, reading, writing and waiting, and connections and requests since the
   *   start
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 3.0
   * @fails never
   * @example
   * const { connections_active } = await kong.nginx.getStatistics()
   * kong.log.info(connections_active, ' connections')
   */
  getStatistics: method<() => Promise<NginxStatistics>>()({
    name: 'kong.nginx.get_statistics',
    phases: everyPhase,
    args: [],
    result: r.value,
    since: '3.0',
  }),

  /**
   * Reads a variable of nginx for this request.
   *
   * @param name the variable's name without `$`, as `remote_addr`
   * @returns its text, or `undefined` when it is unset, unknown or empty
   * @phases rewrite, access, response, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in certificate and log Kong raises, so the function is not offered there
   * @example
   * kong.log.info('cipher ', (await kong.nginx.getVar('ssl_cipher')) ?? 'none')
   */
  getVar: method<(name: string) => Promise<string | undefined>>()({
    name: 'kong.nginx.get_var',
    phases: liveRequestPhases,
    args: [a.text('name')],
    result: r.maybeText,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'String', since: '2.4' },
  }),

  /**
   * TLS version of the client's connection.
   *
   * @returns as `TLSv1.3`; `undefined` for a connection without TLS, and always in log
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * kong.log.info((await kong.nginx.getTls1VersionStr()) ?? 'no TLS')
   */
  getTls1VersionStr: method<() => Promise<string | undefined>>()({
    name: 'kong.nginx.get_tls1_version_str',
    phases: everyPhase,
    args: [],
    result: r.maybeText,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Reads a value of `ngx.ctx`, where Kong itself and Lua plugins keep what belongs to the request.
   *
   * @param key the name of the value
   * @returns the value, or `undefined` when it is unset. Kong cannot tell `{}` from `[]`
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for values with functions or other Lua objects inside: Kong raises, or over MsgPack:1 spoils the
   *   reply. Kong up to 2.8 raises over ProtoBuf:1 for lists
   * @example
   * const phase = await kong.nginx.getCtx('KONG_PHASE')
   * kong.log.debug('phase number ', phase)
   */
  getCtx: method<(key: string) => Promise<Json | undefined>>()({
    name: 'kong.nginx.get_ctx',
    phases: everyPhase,
    args: [a.text('k')],
    result: r.value,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Value', since: '2.4' },
  }),

  /**
   * Writes a value to `ngx.ctx`; names that Kong uses itself are best left alone.
   * In log it changes a snapshot that nobody else reads. For values of your own, `ctx.shared.set` is the
   * better place.
   *
   * @param key the name of the value
   * @param value any JSON value; `undefined` and `null` delete it
   * @returns nothing
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for what the dialect cannot carry: over ProtoBuf:1 `false` anywhere and `null` inside, over
   *   MsgPack:1 `null` in a list
   * @example
   * kong.nginx.setCtx('my_plugin_seen', 'yes')
   */
  setCtx: method<(key: string, value: JsonInput | undefined) => Promise<void>>()({
    name: 'kong.nginx.set_ctx',
    phases: everyPhase,
    args: [a.text('k'), a.json('v')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'KV', gives: 'String', since: '2.4' },
  }),

  /**
   * When nginx began to read this request.
   *
   * @returns seconds since 1970, with milliseconds as decimals; 0 in the stream subsystem
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * const age = Date.now() / 1000 - (await kong.nginx.reqStartTime())
   * kong.log.info('the request is ', age, ' s old')
   */
  reqStartTime: method<() => Promise<number>>()({
    name: 'kong.nginx.req_start_time',
    phases: everyPhase,
    args: [],
    result: r.number,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Number', since: '2.4' },
  }),
} as const
