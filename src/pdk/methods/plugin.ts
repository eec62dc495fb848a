import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const plugin = {
  /**
   * Id of the plugin entity in Kong whose configuration runs now.
   *
   * @returns a UUID
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 3.3
   * @fails never
   * @example
   * kong.log.info('plugin ', await kong.plugin.getId())
   */
  getId: method<() => Promise<string>>()({
    name: 'kong.plugin.get_id',
    phases: everyPhase,
    args: [],
    result: r.text,
    since: '3.3',
  }),
} as const
