import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const cluster = {
  /**
   * Id of the cluster that this gateway belongs to.
   *
   * @returns a UUID; `undefined` on a gateway without a database (DB-less)
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.3
   * @fails never: a database error answers `undefined` too
   * @example
   * kong.log.info('cluster ', (await kong.cluster.getId()) ?? 'unknown')
   */
  getId: method<() => Promise<string | undefined>>()({
    name: 'kong.cluster.get_id',
    phases: everyPhase,
    args: [],
    result: r.maybeText,
    since: '2.3',
  }),
} as const
