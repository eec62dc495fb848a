import * as a from '../arguments.ts'
import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const ip = {
  /**
   * Whether an address is within `trusted_ips` of kong.conf.
   *
   * @param address an IPv4 or IPv6 address; anything else is not trusted
   * @returns `true` when Kong trusts the address
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never: text that is no address answers `false`
   * @example
   * if (await kong.ip.isTrusted('10.0.0.1')) kong.log.info('a peer of ours')
   */
  isTrusted: method<(address: string) => Promise<boolean>>()({
    name: 'kong.ip.is_trusted',
    phases: everyPhase,
    args: [a.text('address')],
    result: r.flag,
    since: '2.0',
    protobuf: { takes: 'String', gives: 'Bool', since: '2.4' },
  }),
} as const
