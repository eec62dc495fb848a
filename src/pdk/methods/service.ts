import * as a from '../arguments.ts'
import { connectingPhases } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'
import { request } from './service-request.ts'
import { response } from './service-response.ts'

export const service = {
  /**
   * Sends the request to an upstream of Kong, with its targets and health checks.
   *
   * @param host the upstream's name
   * @returns `true` when Kong knows the upstream, `false` when it does not
   * @phases access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails over ProtoBuf:1 with Kong up to 3.6, where every success is a 500
   * @example
   * if (!(await kong.service.setUpstream('blue'))) return kong.response.exit(503, 'no such upstream')
   */
  setUpstream: method<(host: string) => Promise<boolean>>()({
    name: 'kong.service.set_upstream',
    phases: ['access'],
    args: [a.text('host')],
    result: r.done,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Bool', since: '2.4' },
  }),

  /**
   * Sends the request, or the connection in preread, to another host and port.
   *
   * @param host a name or an address
   * @param port 0 to 65535
   * @returns nothing; no need to wait for it
   * @phases access, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another port; in rewrite Kong raises, so the function is not offered there, nor in preread
   *   before 3.8
   * @example
   * kong.service.setTarget('10.0.0.7', 8080)
   */
  setTarget: method<(host: string, port: number) => Promise<void>>()({
    name: 'kong.service.set_target',
    phases: ['access', 'preread'],
    args: [a.text('host'), a.integer('port', 0, 65535)],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'Target', gives: 'Empty', since: '2.4' },
  }),

  /**
   * Overrides how often Kong tries another target of the service.
   *
   * @param retries 0 to 32767
   * @returns nothing; no need to wait for it
   * @phases access
   * @dialects MsgPack:1
   * @since Kong 3.8
   * @fails for another number
   * @example
   * kong.service.setRetries(2)
   */
  setRetries: method<(retries: number) => Promise<void>>()({
    name: 'kong.service.set_retries',
    phases: ['access'],
    args: [a.integer('retries', 0, 32767)],
    result: r.nothing,
    since: '3.8',
  }),

  /**
   * Overrides the time limits of the service for this request.
   *
   * @param connectTimeout milliseconds until connected, 1 to 2147483646
   * @param writeTimeout milliseconds between two writes, 1 to 2147483646
   * @param readTimeout milliseconds between two reads, 1 to 2147483646
   * @returns nothing; no need to wait for it
   * @phases access
   * @dialects MsgPack:1
   * @since Kong 3.8
   * @fails for another number
   * @example
   * kong.service.setTimeouts(1000, 5000, 30000)
   */
  setTimeouts: method<(connectTimeout: number, writeTimeout: number, readTimeout: number) => Promise<void>>()(
    {
      name: 'kong.service.set_timeouts',
      phases: ['access'],
      args: [
        a.integer('connect_timeout', 1, 2147483646),
        a.integer('write_timeout', 1, 2147483646),
        a.integer('read_timeout', 1, 2147483646),
      ],
      result: r.nothing,
      since: '3.8',
    },
  ),

  /**
   * Sets whether Kong checks the service's certificate on this connection.
   *
   * @param on whether to check it
   * @returns `true` when Kong set it
   * @phases rewrite, access, preread
   * @dialects MsgPack:1
   * @since Kong 2.1
   * @fails never: Kong's reason for a `false` is lost on the way. Kong up to 3.1 does nothing in preread
   * @example
   * await kong.service.setTlsVerify(true)
   */
  setTlsVerify: method<(on: boolean) => Promise<boolean>>()({
    name: 'kong.service.set_tls_verify',
    phases: connectingPhases,
    args: [a.flag('on')],
    result: r.done,
    since: '2.1',
  }),

  /**
   * Sets how many certificates the service's chain may have when Kong checks it.
   *
   * @param depth certificates between the service's own and a trusted one, 0 or more
   * @returns `true` when Kong set it
   * @phases rewrite, access, preread
   * @dialects MsgPack:1
   * @since Kong 2.1
   * @fails for a negative number. Kong up to 3.1 does nothing in preread
   * @example
   * await kong.service.setTlsVerifyDepth(2)
   */
  setTlsVerifyDepth: method<(depth: number) => Promise<boolean>>()({
    name: 'kong.service.set_tls_verify_depth',
    phases: connectingPhases,
    args: [a.integer('depth', 0, 2 ** 31 - 1)],
    result: r.done,
    since: '2.1',
  }),

  request,
  response,
} as const
