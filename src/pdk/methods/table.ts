import * as a from '../arguments.ts'
import type { Json } from '../entities.ts'
import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const table = {
  /**
   * Makes an empty Lua table in Kong, of which a copy arrives: of no use from outside.
   *
   * @param slots list entries to make room for
   * @param keys named entries to make room for
   * @returns an empty list
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * kong.log.debug(await kong.table.new(1, 1))
   */
  new: method<(slots?: number, keys?: number) => Promise<Json | undefined>>()({
    name: 'kong.table.new',
    phases: everyPhase,
    args: [a.optional(a.integer('narr', 0, 2 ** 31 - 1)), a.optional(a.integer('nrec', 0, 2 ** 31 - 1))],
    result: r.value,
    since: '2.0',
  }),

  /**
   * Empties a copy of a table in Kong: of no use from outside.
   *
   * @param table the object or list to send
   * @returns nothing
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * await kong.table.clear({ a: 1 })
   */
  clear: method<(table: object) => Promise<void>>()({
    name: 'kong.table.clear',
    phases: everyPhase,
    args: [a.container('tab')],
    result: r.nothing,
    since: '2.0',
  }),

  /**
   * Merges two objects in Kong and sends a copy back: `{ ...first, ...second }` does the same here.
   *
   * @param first an object or list; default `{}`
   * @param second an object or list, whose members win; default `{}`
   * @returns the merged object
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * kong.log.debug(await kong.table.merge({ a: 1 }, { b: 2 }))
   */
  merge: method<(first?: object, second?: object) => Promise<Json | undefined>>()({
    name: 'kong.table.merge',
    phases: everyPhase,
    args: [a.defaulted(a.container('t1'), {}), a.defaulted(a.container('t2'), {})],
    result: r.value,
    since: '2.0',
  }),
} as const
