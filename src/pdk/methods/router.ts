import type { Route, Service } from '../entities.ts'
import { afterRouting } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const router = {
  /**
   * Route that matched this request.
   *
   * @returns the route as the Admin API shows it, or `undefined` when none matched. ProtoBuf:1 carries
   *   neither `headers`, `expression`, `priority`, `path_handling` nor buffering; Kong raises there for
   *   routes with `sources` or `destinations`
   * @phases access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never over MsgPack:1
   * @example
   * const route = await kong.router.getRoute()
   * kong.log.info('route ', route?.name ?? 'none')
   */
  getRoute: method<() => Promise<Route | undefined>>()({
    name: 'kong.router.get_route',
    phases: afterRouting,
    args: [],
    result: r.entity,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Route', since: '2.4' },
  }),

  /**
   * Service that this request goes to.
   *
   * @returns the service as the Admin API shows it, or `undefined` when the route has none. ProtoBuf:1
   *   carries neither `enabled`, `tls_verify`, `tls_verify_depth` nor `ca_certificates`
   * @phases access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * const service = await kong.router.getService()
   * kong.log.info('service ', service?.name ?? 'none')
   */
  getService: method<() => Promise<Service | undefined>>()({
    name: 'kong.router.get_service',
    phases: afterRouting,
    args: [],
    result: r.entity,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Service', since: '2.4' },
  }),
} as const
